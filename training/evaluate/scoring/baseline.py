"""What a score is worth: the one of calling every pixel the commonest class."""

from __future__ import annotations

import numpy as np

from training.metrics import ConfusionMatrix


def commonest(matrix: ConfusionMatrix) -> int:
    """The network id of the class that has the most true pixels; the first of them where several have."""
    return int(matrix.counts.sum(axis=1).argmax())


def always(class_id: int, matrix: ConfusionMatrix) -> ConfusionMatrix:
    """The table of the same true pixels for a predictor that answers this class whatever it sees."""
    counts = np.zeros_like(matrix.counts)
    counts[:, class_id] = matrix.counts.sum(axis=1)
    return ConfusionMatrix(matrix.num_classes, counts)

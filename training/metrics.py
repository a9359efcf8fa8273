"""Every score comes from one table: how many pixels of each class were called which class."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmentation.classes import IGNORE


class ConfusionMatrix:
    """Counts pixels by truth and prediction; tables of parts of a data set add up to the table of the whole.

    counts: (C, C) int64, rows are the truth, columns the prediction.
    """

    def __init__(self, num_classes: int, counts: NDArray[np.int64] | None = None) -> None:
        if counts is not None and counts.shape != (num_classes, num_classes):
            raise ValueError(f"counts: expected {(num_classes, num_classes)}, got {counts.shape}")
        self.num_classes = num_classes
        self.counts = np.zeros((num_classes, num_classes), np.int64) if counts is None else counts.astype(np.int64)

    def update(self, predicted: Tensor | NDArray[Any], target: Tensor | NDArray[Any]) -> None:
        """Add the pixels of some images; both of the same shape, network ids 0..C-1, 255 in target = ignored.

        Raises ValueError where shapes differ or an id is outside the classes.
        """
        if tuple(predicted.shape) != tuple(target.shape):
            raise ValueError(f"prediction {tuple(predicted.shape)} and truth {tuple(target.shape)} differ in size")
        guesses, truths = _flat(predicted), _flat(target)
        counted = truths != IGNORE
        guesses, truths = guesses[counted], truths[counted]
        if not truths.numel():
            return
        highest = int(torch.maximum(guesses.max(), truths.max()))
        if highest >= self.num_classes or min(int(guesses.min()), int(truths.min())) < 0:
            raise ValueError(f"class {highest} is outside the {self.num_classes} classes")
        cells = torch.bincount(truths * self.num_classes + guesses, minlength=self.num_classes**2)
        self.counts += cells.cpu().numpy().reshape(self.num_classes, self.num_classes)

    def __add__(self, other: ConfusionMatrix) -> ConfusionMatrix:
        return ConfusionMatrix(self.num_classes, self.counts + other.counts)

    @property
    def pixels(self) -> int:
        """How many pixels were counted."""
        return int(self.counts.sum())

    @property
    def classes_present(self) -> int:
        """How many classes have a pixel of truth: those that miou is the mean of."""
        return int((self.counts.sum(axis=1) > 0).sum())

    def iou(self) -> NDArray[np.float64]:
        """(C,) intersection over union of each class; nan where the truth has no pixel of it."""
        return _ratio(np.diag(self.counts), self.counts.sum(0) + self.counts.sum(1) - np.diag(self.counts), self._truth)

    def recall(self) -> NDArray[np.float64]:
        """(C,) share of each class's pixels that were found; nan where the truth has no pixel of it."""
        return _ratio(np.diag(self.counts), self._truth, self._truth)

    def miou(self) -> float:
        """Mean intersection over union of the classes that have a pixel of truth; nan where nothing was counted."""
        return _mean(self.iou())

    def mean_accuracy(self) -> float:
        """Mean recall of the classes that have a pixel of truth; nan where nothing was counted."""
        return _mean(self.recall())

    def pixel_accuracy(self) -> float:
        """Share of pixels that are right; nan where nothing was counted."""
        return float(np.trace(self.counts) / self.pixels) if self.pixels else float("nan")

    @property
    def _truth(self) -> NDArray[np.int64]:
        return self.counts.sum(axis=1)


def _flat(ids: Tensor | NDArray[Any]) -> Tensor:
    return torch.as_tensor(ids).reshape(-1).to(torch.int64)


def _ratio(part: NDArray[np.int64], whole: NDArray[np.int64], truth: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(truth > 0, part / np.maximum(whole, 1), np.nan)


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else float("nan")

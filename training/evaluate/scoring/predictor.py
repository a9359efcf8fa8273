"""What is evaluated."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet


class Predictor(Protocol):
    """segmentation.segmenter.Segmenter, or anything that predicts as it does."""

    @property
    def classes(self) -> ClassSet:
        """What it tells apart."""
        ...

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """Every class's probability at every pixel of the frame, (C, H, W) float32. The array is the caller's."""
        ...

"""Random fields that are smooth over a given number of pixels."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def noise_field(rng: np.random.Generator, shape: tuple[int, ...], scale_px: float) -> NDArray[np.float32]:
    """(h, w) float32 Gaussian noise, mean 0, standard deviation about 1, correlated over scale_px (0: white)."""
    shrink = max(1, int(scale_px / 2))  # smooth fields are made small and enlarged: the same look at a fraction
    small = (-(-shape[0] // shrink), -(-shape[1] // shrink))
    field = rng.standard_normal(small, dtype=np.float32)
    sigma = scale_px / shrink
    if sigma > 0.2:
        kernel = cv2.getGaussianKernel(2 * round(3 * sigma) + 1, sigma, cv2.CV_32F)
        field = cv2.sepFilter2D(field, -1, kernel, kernel, borderType=cv2.BORDER_REFLECT_101)
        field /= np.float32((kernel**2).sum())
    if shrink > 1:
        field = cv2.resize(field, shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(field, np.float32)

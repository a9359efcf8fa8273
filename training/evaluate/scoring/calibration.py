"""Does a confidence of 0.8 mean right four times out of five?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

BINS = 15


class Calibration:
    """Confidence against accuracy, in bins of equal width over 0..1.

    pixels: (bins,) int64, how many fell into each bin. Bin b takes confidences above b / bins up to (b + 1) / bins, as
    in Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    """

    def __init__(self, bins: int = BINS) -> None:
        self.bins = bins
        self.pixels = np.zeros(bins, np.int64)
        self._correct = np.zeros(bins, np.int64)
        self._confidence = np.zeros(bins)

    def update(self, confidence: NDArray[np.float32], correct: NDArray[np.bool_]) -> None:
        """Add pixels: arrays of one shape, the confidence 0..1 and whether the label was right."""
        edges = np.linspace(0, 1, self.bins + 1)[1:-1]
        found = np.searchsorted(edges, confidence.ravel().astype(np.float64), side="left")
        self.pixels += np.bincount(found, minlength=self.bins)
        self._correct += np.bincount(found[correct.ravel()], minlength=self.bins)
        self._confidence += np.bincount(found, weights=confidence.ravel(), minlength=self.bins)

    def accuracy(self) -> NDArray[np.float64]:
        """(bins,) share of right labels; nan where a bin is empty."""
        return _ratio(self._correct, self.pixels)

    def confidence(self) -> NDArray[np.float64]:
        """(bins,) mean confidence; nan where a bin is empty."""
        return _ratio(self._confidence, self.pixels)

    def ece(self) -> float:
        """Expected calibration error: mean distance of confidence and accuracy, bins weighted by their pixels.

        nan when there are no pixels.
        """
        if not self.pixels.any():
            return float("nan")
        return float(np.abs(self._correct - self._confidence).sum() / self.pixels.sum())


def _ratio(sums: NDArray[np.float64] | NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.divide(sums, counts, out=np.full(len(counts), np.nan), where=counts > 0)

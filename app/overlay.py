"""Class colours laid over the colour image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet
from segmentation.result import Segmentation

DEFAULT_OPACITY = 0.5


class Overlay:
    """Blends at a given opacity (0 = only the picture, 1 = only the classes); keeps its working memory between frames.

    The table look-up and the blend are OpenCV's, into memory that is already there: a tenth of the time of
    `palette[labels]`.
    """

    def __init__(self, opacity: float = DEFAULT_OPACITY) -> None:
        self.opacity = opacity
        self._classes: ClassSet | None = None
        self._table = np.zeros((256, 1, 3), np.uint8)
        self._painted = np.empty((0, 0, 3), np.uint8)

    def __call__(
        self, color: NDArray[np.uint8], segmentation: Segmentation, out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        """color: (H, W, 3) uint8 RGB -> a new image of the same kind, or `out` filled."""
        import cv2

        if out is None:
            out = np.empty_like(color)
        if not len(segmentation.classes):  # no model: nothing to lay over
            np.copyto(out, color)
            return out
        self._prepare(segmentation.classes, color.shape)
        # The table's channels pass through as they are, so an RGB table gives an RGB image.
        cv2.applyColorMap(segmentation.labels, self._table, dst=self._painted)
        cv2.addWeighted(color, 1 - self.opacity, self._painted, self.opacity, 0, dst=out)
        return out

    def _prepare(self, classes: ClassSet, shape: tuple[int, ...]) -> None:
        if classes is not self._classes:
            self._table[:] = 0
            self._table[: len(classes.colors), 0] = classes.colors
            self._classes = classes
        if self._painted.shape != shape:
            self._painted = np.empty(shape, np.uint8)

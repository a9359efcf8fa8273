"""Marks in the pictures: what was clicked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.query.region import RegionAnswer
from app.viewers.web.asking import Answer

_DARK, _LIGHT = (0, 0, 0), (255, 255, 255)


def draw_marks(image: NDArray[np.uint8], answer: Answer) -> NDArray[np.uint8]:
    """A copy of image (H, W, 3) with a cross at each pixel, the line between two, and the outline of a region."""
    import cv2

    marked = np.ascontiguousarray(image).copy()
    unit = max(1, round(image.shape[1] / 640))
    for color, thickness in ((_DARK, 3 * unit), (_LIGHT, unit)):
        if isinstance(answer.told, RegionAnswer):
            outlines, _ = cv2.findContours(
                answer.told.pixels.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
            )
            cv2.drawContours(marked, outlines, -1, color, thickness, cv2.LINE_AA)
        if len(answer.pixels) == 2:
            cv2.line(marked, answer.pixels[0], answer.pixels[1], color, thickness, cv2.LINE_AA)
        for pixel in answer.pixels:
            cv2.drawMarker(marked, pixel, color, cv2.MARKER_CROSS, 19 * unit, thickness, cv2.LINE_AA)
    return marked

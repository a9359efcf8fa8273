"""The pixels that belong to the thing at a pixel: of its class, and not beyond a step in depth."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sensors.frames import Frame

LEAST_STEP = 0.04  # of the depth: three times a stereo camera's noise at 4 m
STEEPEST_TAN = 12.0  # a surface seen at up to 85 degrees off its normal hangs together
_FILLED = 255


def connected_pixels(frame: Frame, labels: NDArray[np.uint8], x: int, y: int) -> NDArray[np.bool_]:
    """The pixels (H, W) that are reached from (x, y) through neighbours of the same label without a step in depth.

    labels: (H, W). A step is more than LEAST_STEP of the depth, so that a chair before another ends at its edge. Pixels
    without a reading belong to the reading of their label that is nearest in the image.
    """
    same = labels == labels[y, x]
    step = max(LEAST_STEP, STEEPEST_TAN / frame.intrinsics.fx)
    # cv2.floodFill compares each pixel with its neighbour; in logarithms a share of the depth is a difference.
    barred = np.pad((~same).astype(np.uint8), 1, constant_values=1)
    cv2.floodFill(
        _logarithms(frame.depth_m, same),
        barred,
        (x, y),
        0,
        step,
        step,
        4 | cv2.FLOODFILL_MASK_ONLY | (_FILLED << 8),
    )
    return barred[1:-1, 1:-1] == _FILLED


def _logarithms(depth_m: NDArray[np.float32], same: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Of the depth at each pixel of `same`, or of the nearest reading there; 0 everywhere where there is none."""
    read = same & (depth_m > 0)
    if not read.any():
        return np.zeros_like(depth_m)
    logs = np.asarray(np.log(depth_m, out=np.zeros_like(depth_m), where=read), np.float32)
    if np.array_equal(read, same):
        return logs
    _, numbers = cv2.distanceTransformWithLabels(
        (~read).astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(numbers, np.intp)  # each reading has a number; each pixel that of its nearest reading
    readings = np.zeros(int(nearest.max()) + 1, np.float32)
    readings[nearest[read]] = logs[read]
    return readings[nearest]

"""Depth as colours: a fixed range, so that colours mean the same in every frame; no reading is black."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

FAR_M = 6.0


@cache
def depth_table() -> NDArray[np.uint8]:
    """(256, 1, 3) uint8 RGB: entry 0 black, then red (near) to blue (FAR_M and beyond)."""
    import cv2

    ramp = np.arange(255, -1, -1, dtype=np.uint8)[:, None]
    table = cv2.cvtColor(cv2.applyColorMap(ramp, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    # The ends of the map are nearly black, which here means "no reading".
    table = cv2.resize(table[14:242], (1, 256), interpolation=cv2.INTER_LINEAR).reshape(256, 1, 3)
    table[0] = 0
    return table.astype(np.uint8, copy=False)


def color_depth(depth_m: NDArray[np.float32]) -> NDArray[np.uint8]:
    """depth_m: (H, W) float32 metres, 0 = no reading -> (H, W, 3) uint8 RGB."""
    import cv2

    steps = cv2.convertScaleAbs(depth_m, alpha=255 / FAR_M)
    return cv2.applyColorMap(steps, depth_table()).astype(np.uint8, copy=False)


def has_depth(depth_m: NDArray[np.float32]) -> bool:
    """Whether any pixel has a depth."""
    import cv2

    return cv2.countNonZero(depth_m) > 0

"""What the numbers in SUN RGB-D's depth images mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FARTHEST_MM = np.uint16(8000)


def depth_mm(stored: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """A depth image's pixels, any shape, uint16 -> uint16 millimetres, 0 = no reading.

    As the toolbox's read3dPoints.m: the 16 bits are turned by three, and what lies beyond 8 m is put at 8 m.
    """
    return np.minimum((stored >> np.uint16(3)) | (stored << np.uint16(13)), FARTHEST_MM)

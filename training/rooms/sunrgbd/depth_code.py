"""SUN RGB-D's 16-bit depth: millimetres with their bits turned by three."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

TURN, BITS = np.uint16(3), np.uint16(16)


def encoded(depth_mm: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Any shape, uint16 millimetres -> what the PNG stores; the toolbox undoes it by (p >> 3) | (p << 13)."""
    return (depth_mm << TURN) | (depth_mm >> (BITS - TURN))

"""Random fields that cost next to nothing: cut out of noise that was drawn once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

SPARE = 128  # rows and columns beyond the image; twice the square of it are the different fields


@lru_cache(maxsize=8)
def _bank(height: int, width: int, channels: int) -> NDArray[np.float32]:
    rng = np.random.default_rng((height, width, channels))
    noise = rng.standard_normal((height + SPARE, width + SPARE, channels), np.float32)
    noise.flags.writeable = False
    return noise


def white_noise(rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Standard normal noise of this shape, (h, w) or (h, w, c) float32, independent from pixel to pixel."""
    height, width = shape[:2]
    bank = _bank(height, width, shape[2] if len(shape) == 3 else 1)
    top, left = rng.integers(0, SPARE, 2)
    field = bank[top : top + height, left : left + width].reshape(shape)
    return field if rng.random() < 0.5 else -field


def smooth_noise(rng: np.random.Generator, shape: tuple[int, ...], cells: int) -> NDArray[np.float32]:
    """(h, w) float32 that varies smoothly between `cells` x `cells` standard normal numbers; shape: (h, w, ...)."""
    height, width = shape[:2]
    coarse = rng.standard_normal((cells, cells), np.float32)
    field: Any = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return field

"""Between half and full resolution without bleeding across the edges of surfaces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


def smoothed(values: Array, surface: NDArray[np.int32]) -> Array:
    """values (C, h, w) averaged over 3 x 3 neighbours on the same surface (h, w)."""
    total, weight = values.copy(), np.ones(surface.shape, np.float32)
    height, width = surface.shape
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if dy or dx:
                to = slice(max(0, -dy), height - max(0, dy)), slice(max(0, -dx), width - max(0, dx))
                of = slice(max(0, dy), height - max(0, -dy)), slice(max(0, dx), width - max(0, -dx))
                same = (surface[to] == surface[of]).astype(np.float32)
                total[:, to[0], to[1]] += values[:, of[0], of[1]] * same
                weight[to] += same
    return total / weight


def upsampled(values: Array, coarse: NDArray[np.int32], surface: NDArray[np.int32]) -> Array:
    """values (C, h, w), known at every second pixel of surface (H, W), at every pixel: (C, H, W).

    coarse: surface[::2, ::2]. Each pixel takes the known neighbours on its own surface, or all where there is none.
    """
    height, width = surface.shape
    result = np.empty((len(values), height, width), np.float32)
    padded = np.pad(values, ((0, 0), (0, 1), (0, 1)), mode="edge")
    ids = np.pad(coarse, ((0, 1), (0, 1)), mode="edge")
    for dy in (0, 1):
        for dx in (0, 1):
            mine = surface[dy::2, dx::2]
            h, w = mine.shape
            total, weight = np.zeros((len(values), h, w), np.float32), np.zeros((h, w), np.float32)
            for sy in range(dy + 1):
                for sx in range(dx + 1):
                    same = np.where(ids[sy : sy + h, sx : sx + w] == mine, np.float32(1), np.float32(1e-3))
                    total += padded[:, sy : sy + h, sx : sx + w] * same
                    weight += same
            result[:, dy::2, dx::2] = total / weight
    return result

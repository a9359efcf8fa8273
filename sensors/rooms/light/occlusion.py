"""Ambient occlusion from what the camera sees: corners and gaps get less of the light that comes from everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.vectors import dot

Array = NDArray[np.floating]
TAPS = 12
REACH_M = 0.45


def occlusion(point_m: Array, normal: Array, depth_m: Array, focal_px: float, turn: Array) -> Array:
    """How open each pixel is, (h, w) in 0..1.

    point_m, normal: (3, h, w), world. depth_m: (h, w), 0 = nothing. focal_px: at this resolution. turn: (h, w) radians.
    """
    height, width = depth_m.shape
    row, column = np.mgrid[:height, :width].astype(np.float32)
    radius = np.clip(REACH_M * focal_px / np.maximum(depth_m, 0.1), 2, 0.3 * width).astype(np.float32)
    flat = point_m.reshape(3, -1)
    covered = np.zeros_like(depth_m)
    cos, sin = np.cos(turn), np.sin(turn)
    for number in range(TAPS):
        angle, far = number * 2.399963, ((number + 0.6) / TAPS) ** 1.3
        a, b = np.float32(far * np.cos(angle)), np.float32(far * np.sin(angle))
        x = np.clip(column + radius * (a * cos - b * sin), 0, width - 1).astype(np.int32)
        y = np.clip(row + radius * (a * sin + b * cos), 0, height - 1).astype(np.int32)
        gap = flat[:, (y * width + x).ravel()].reshape(point_m.shape) - point_m
        distance2 = dot(gap, gap)
        rise = dot(gap, normal) - np.float32(0.01) - np.float32(0.004) * depth_m
        near = np.clip(1 - distance2 / np.float32((1.6 * REACH_M) ** 2), 0, 1)
        covered += np.maximum(rise, 0) / np.sqrt(distance2 + np.float32(1e-4)) * near
    return np.clip(1 - np.float32(2.3 / TAPS) * covered, 0.05, 1)

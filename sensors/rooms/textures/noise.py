"""Noise, hashes and lines that textures are made of; each fades to its mean where it is finer than a pixel."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating]  # (N,) float32

_CELLS, _ZOOM = 128, 4  # noise cells per table side, table texels per cell
_ROW = 128  # remap wants an image, not a line


def hash01(*keys: NDArray[np.integer] | int) -> Values:
    """A random number 0..1 for each combination of integers, always the same one."""
    state = np.array([2166136261], np.uint32)  # an array: numpy warns when scalars overflow, which is meant here
    for key in keys:
        mixed = (np.asarray(key, np.int64) & 0xFFFFFFFF).astype(np.uint32)
        state = _scrambled(mixed ^ (state * np.uint32(16777619)))
    return (state >> np.uint32(8)).astype(np.float32) * np.float32(1 / (1 << 24))


def _scrambled(x: NDArray[np.uint32]) -> NDArray[np.uint32]:
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x7FEB352D)
    x = (x ^ (x >> np.uint32(15))) * np.uint32(0x846CA68B)
    return x ^ (x >> np.uint32(16))


@lru_cache(maxsize=1)
def _table() -> NDArray[np.floating]:
    """Smooth noise that repeats, mean 0 and standard deviation 1, cut at 2.5."""
    cells = np.random.default_rng(20240607).standard_normal((_CELLS, _CELLS)).astype(np.float32)
    around = np.pad(cells, 4, mode="wrap")
    smooth = cv2.resize(around, None, fx=_ZOOM, fy=_ZOOM, interpolation=cv2.INTER_CUBIC)
    table = smooth[4 * _ZOOM : -4 * _ZOOM, 4 * _ZOOM : -4 * _ZOOM]
    return np.clip((table - table.mean()) / table.std(), -2.5, 2.5)


def noise(x: Values, y: Values) -> Values:
    """Smooth noise at these places, one cell per unit; mean 0, standard deviation 1."""
    side = np.float32(_CELLS * _ZOOM)
    scaled = [a * np.float32(_ZOOM) for a in (x, y)]
    x, y = (a - np.floor(a / side) * side for a in scaled)
    return sampled(_table(), x, y)


def sampled(image: NDArray[np.floating], x: Values, y: Values, border: int = cv2.BORDER_WRAP) -> Values:
    """The image (h, w) or (h, w, c) between its pixels, centres at integers: (N,) or (N, c)."""
    count = len(x)
    rows = -(-count // _ROW)
    maps = np.zeros((2, rows * _ROW), np.float32)
    maps[0, :count], maps[1, :count] = x, y
    maps = maps.reshape(2, rows, _ROW)
    taken = np.asarray(cv2.remap(image, maps[0], maps[1], cv2.INTER_LINEAR, borderMode=border), np.float32)
    return taken.reshape(rows * _ROW, *image.shape[2:])[:count]


def visible(period_m: Values | float, footprint_m: Values) -> Values:
    """How much of a detail of this size a pixel of that size resolves: 0 under one pixel, 1 from 2.5 on."""
    return np.clip((period_m / footprint_m - 1) * np.float32(1 / 1.5), 0, 1)


def grain(u: Values, v: Values, size_u: Values | float, size_v: Values | float, footprint_m: Values) -> Values:
    """Noise with cells of size_u x size_v metres that fades with distance."""
    finer = np.asarray(np.minimum(size_u, size_v), np.float32)
    return noise(u / size_u, v / size_v) * visible(finer, footprint_m)


def clouds(u: Values, v: Values, size_m: Values | float, footprint_m: Values, octaves: int = 3) -> Values:
    """Noise at several sizes, each half the one before, in metres; standard deviation about 1."""
    total = np.zeros_like(u)
    share, size = np.float32(0.8), np.asarray(size_m, np.float32)
    for number in range(octaves):
        total += share * grain(u + np.float32(7.3 * number), v, size, size, footprint_m)
        share, size = share * np.float32(0.6), size * np.float32(0.5)
    return total


def cell(x: Values) -> tuple[NDArray[np.int64], Values]:
    """The whole part and the rest."""
    whole = np.floor(x)
    return whole.astype(np.int64), x - whole


def line(distance_m: Values, half_width_m: Values | float, footprint_m: Values) -> Values:
    """How much of a pixel a line covers whose middle is distance_m away, 0..1."""
    reach = np.maximum(footprint_m, np.float32(1e-6))
    overlap = (half_width_m + reach / 2 - np.abs(distance_m)) / reach
    return np.clip(overlap, 0, np.minimum(1, 2 * half_width_m / reach))


def band(x: Values, share: Values | float, footprint: Values) -> Values:
    """A wave of period 1 that is 1 for the first share of each period, else 0; edges as soft as a pixel is wide."""
    soft = np.clip(footprint, 1e-4, 1).astype(np.float32, copy=False)
    phase = x - np.floor(x)
    centre = np.abs(phase - share / 2)
    centre = np.minimum(centre, 1 - centre)
    sharp = np.clip((share / 2 - centre) / soft + np.float32(0.5), 0, 1)
    fade = np.clip(2 - 2 * footprint, 0, 1)
    return sharp * fade + share * (1 - fade)

"""Patterns of cloth: upholstery, bedding, curtains, rugs, clothes."""

from __future__ import annotations

import numpy as np

from sensors.rooms.textures.noise import Values, band, cell, clouds, grain, hash01, noise, visible
from sensors.rooms.textures.patch import Colors, Look, Patch

TURN = np.float32(2 * np.pi)


def wrinkles(p: Patch, size_m: Values | float = 0.12) -> tuple[Values, np.ndarray]:
    """Height of soft folds, and how they tilt the normals."""
    step = 0.012
    a = noise(p.u / size_m, p.v / size_m) + 0.45 * noise(p.u / size_m * 2.3 + 9, p.v / size_m * 2.1)
    b = noise((p.u + step) / size_m, p.v / size_m) + 0.45 * noise((p.u + step) / size_m * 2.3 + 9, p.v / size_m * 2.1)
    c = noise(p.u / size_m, (p.v + step) / size_m) + 0.45 * noise(p.u / size_m * 2.3 + 9, (p.v + step) / size_m * 2.1)
    return a, (np.stack([a - b, a - c]) * np.float32(0.7)) * visible(size_m, p.footprint_m)


def _woven(p: Patch, color: Colors) -> Look:
    """Adds a weave and folds to colours."""
    thread = 0.05 * np.sin(p.u * TURN / 0.004) * np.sin(p.v * TURN / 0.004) * visible(0.004, p.footprint_m)
    nap = grain(p.u, p.v, 0.006, 0.006, p.footprint_m)
    height, tilt = wrinkles(p)
    return Look(color * (1 + thread + 0.03 * nap + 0.015 * height), tilt)


def fabric(p: Patch) -> Look:
    """A fine weave, mottled."""
    mottle = grain(p.u, p.v, 0.012, 0.004, p.footprint_m) + grain(p.u + 4, p.v, 0.004, 0.012, p.footprint_m)
    return _woven(p, p.mixed(0.25 + 0.16 * mottle * p.strength))


def carpet(p: Patch) -> Look:
    """Tufts, and traces of feet and brushes."""
    tufts = grain(p.u, p.v, 0.006, 0.006, p.footprint_m)
    loops = grain(p.u + 8, p.v, 0.015, 0.015, p.footprint_m)
    brushed = clouds(p.u, p.v, 0.35, p.footprint_m, 3)
    color = p.mixed(0.3 + (0.22 * tufts + 0.16 * loops) * p.strength)
    return Look(color * (1 + 0.03 * brushed), 0.25 * np.stack([tufts, loops]))


def stripes(p: Patch) -> Look:
    """Broad stripes of the accent colour, with narrow ones beside them for some seeds."""
    across = np.where(hash01(p.seed, 2) < 0.5, p.u, p.v)
    x, soft = across / p.scale_m, p.footprint_m / p.scale_m
    share = band(x, 0.25 + 0.3 * hash01(p.seed, 4), soft)
    narrow = band(x * 2 + 0.3, 0.12, soft * 2) * (hash01(p.seed, 6) < 0.5)
    color = p.mixed(np.maximum(share, 0.6 * narrow) * p.strength)
    return _woven(p, color)


def checks(p: Patch) -> Look:
    """Gingham and tartan: stripes both ways."""
    soft = p.footprint_m / p.scale_m
    both = [band(a / p.scale_m, 0.5, soft) for a in (p.u, p.v)]
    thin = [band(a / p.scale_m + 0.37, 0.07, soft) for a in (p.u, p.v)]
    lined = np.maximum(*thin) * (hash01(p.seed, 9) < 0.6)
    color = p.mixed(0.5 * (both[0] + both[1]) * p.strength)
    light = np.where(hash01(p.seed, 10) < 0.5, 0.35, 1.5)
    return _woven(p, np.clip(color * (1 + (light - 1) * 0.7 * lined), 0, 1))


def dots(p: Patch) -> Look:
    """Round dots, every second row shifted."""
    row, fy = cell(p.v / p.scale_m)
    _, fx = cell(p.u / p.scale_m + 0.5 * (row & 1))
    soft = np.maximum(p.footprint_m / p.scale_m, 0.02)
    radius = 0.2 + 0.14 * hash01(p.seed, 3)
    share = np.clip((radius - np.hypot(fx - 0.5, fy - 0.5)) / soft + 0.5, 0, 1)
    fade = visible(p.scale_m * 0.5, p.footprint_m)
    return _woven(p, p.mixed((share * fade + np.pi * radius**2 * (1 - fade)) * p.strength))


def floral(p: Patch) -> Look:
    """Scattered flowers with petals, and leaves between them."""
    x, y = p.u / p.scale_m, p.v / p.scale_m
    soft = np.maximum(p.footprint_m / p.scale_m, 0.03)
    fade = visible(p.scale_m * 0.4, p.footprint_m)
    (column, fx), (row, fy) = cell(x), cell(y)
    a, b, c = (hash01(column, row, p.seed + k) for k in (1, 2, 3))
    dx, dy = fx - 0.3 - 0.4 * a, fy - 0.3 - 0.4 * b
    angle, radius = np.arctan2(dy, dx), np.hypot(dx, dy)
    petals = 0.2 + 0.08 * np.cos(np.where(c < 0.5, 5, 6) * angle + 6 * a)
    flower = np.clip((petals * (0.7 + 0.5 * c) - radius) / soft + 0.5, 0, 1) * fade
    heart = np.clip((0.06 - radius) / soft + 0.5, 0, 1) * fade
    vines = np.clip((noise(x * 1.7, y * 1.7) - 0.8) * 3, 0, 1) * fade
    leaf = p.accent * 0.45 + p.color * 0.15 + np.array([[0.02], [0.16], [0.03]], np.float32)
    tint = 0.75 + 0.4 * hash01(column, row, p.seed + 4)
    color = p.color + (leaf - p.color) * 0.8 * vines * p.strength
    color = color + (np.clip(p.accent * tint, 0, 1) - color) * flower * p.strength
    color = color + (np.array([[0.9], [0.8], [0.35]], np.float32) - color) * heart * p.strength
    return _woven(p, color)


def folds(p: Patch) -> Look:
    """Vertical waves of a curtain, wider below."""
    wander = 0.35 * noise(p.u / (p.scale_m * 3), p.v / 1.1)
    phase = (p.u / p.scale_m + wander) * TURN
    fade = visible(p.scale_m * 0.5, p.footprint_m)
    wave, slope = np.sin(phase), np.cos(phase)
    small = 0.4 * np.sin(phase * 2.3 + 1.3) * fade
    color = p.mixed(0.12 * p.strength * hash01(p.seed, 8)) * (1 + (0.16 * wave + 0.06 * small) * fade)
    tilt = np.stack([-(0.75 * slope + 0.35 * np.cos(phase * 2.3 + 1.3)) * fade, np.zeros_like(wave)])
    weave = grain(p.u, p.v, 0.004, 0.012, p.footprint_m)
    return Look(color * (1 + 0.03 * weave), tilt.astype(np.float32))


def leather(p: Patch) -> Look:
    """Pores and creases, shining where it bulges."""
    pores = grain(p.u, p.v, 0.007, 0.007, p.footprint_m)
    height, tilt = wrinkles(p, 0.18)
    creases = np.exp(-np.abs(noise(p.u / 0.1 + 3, p.v / 0.16)) * 12) * visible(0.03, p.footprint_m)
    tilt = 0.7 * tilt + 0.12 * np.stack([pores, np.roll(pores, 3)])
    return Look(p.toned(0.05 * pores - 0.07 * creases + 0.04 * height), tilt, 1 - 0.5 * creases)

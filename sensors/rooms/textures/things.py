"""Patterns of things: metal, plastic, blinds, books, keys, leaves, skin, hair."""

from __future__ import annotations

import numpy as np

from sensors.rooms.textures.noise import Values, band, cell, clouds, grain, hash01, line, noise, visible
from sensors.rooms.textures.patch import Colors, Look, Patch


def hsv(hue: Values, saturation: Values | float, value: Values | float) -> Colors:
    """Colours (3, N) from hue 0..1, saturation and value."""
    wheel = np.abs((hue * 6 + np.array([[0], [4], [2]], np.float32)) % 6 - 3) - 1
    return value * (1 - saturation + saturation * np.clip(wheel, 0, 1))


def metal(p: Patch) -> Look:
    """Brushed along the longer side."""
    along, across = p.grained()
    streaks = grain(along, across, 0.25, 0.0025, p.footprint_m)
    broad = noise(along / 0.5, across / 0.06)
    tilt = np.stack([0.03 * broad, 0.03 * broad])
    return Look(p.toned((0.07 * streaks + 0.03 * broad) * p.strength), tilt)


def plastic(p: Patch) -> Look:
    """Smooth, with a few scuffs."""
    scuffs = np.maximum(noise(p.u / 0.09 + 17, p.v / 0.03) - 1.5, 0)
    return Look(p.toned(0.06 * scuffs + 0.01 * clouds(p.u, p.v, 0.12, p.footprint_m, 2)), gloss=1 - 0.3 * scuffs)


def slats(p: Patch) -> Look:
    """Blades of a blind, lit above and dark in the gaps."""
    _, inside = cell(p.v / p.scale_m)
    seen = visible(p.scale_m * 0.5, p.footprint_m)
    gap = line(np.minimum(inside, 1 - inside) * p.scale_m, p.scale_m * 0.07, p.footprint_m) * seen
    shade = (0.22 * (inside - 0.5) - 0.5 * gap) * seen
    tilt = np.stack([np.zeros_like(inside), (1.1 * (inside - 0.35)) * seen])
    cords = line(p.u - 0.5 * np.round(p.u / 0.5), 0.003, p.footprint_m)
    return Look(p.toned((shade - 0.25 * cords) * p.strength), tilt.astype(np.float32), 1 - gap)


def books(p: Patch) -> Look:
    """Upright spines of many colours and heights along u, with titles."""
    x = p.u / p.scale_m
    x = x + 0.33 * noise(np.floor(x), p.seed.astype(np.float32) * 0.37)  # uneven widths
    number, inside = cell(x)
    a, b, c, d = (hash01(number, p.seed + k) for k in range(4))
    hue = np.where(a < 0.4, hash01(p.seed, 50) + 0.15 * b, b)
    spine = hsv(hue, np.where(c < 0.35, 0.08, 0.2 + 0.5 * c), np.where(d < 0.25, 0.9, 0.18 + 0.6 * d))
    up = p.v / p.height_m + 0.5
    top = 0.74 + 0.24 * hash01(number // 3, p.seed + 9) - 0.04 * c
    above = np.clip((up - top) * p.height_m / p.footprint_m + 0.5, 0, 1)
    title = (np.abs(up - 0.6) < 0.1 * (1 + a)) & (np.abs(inside - 0.5) < 0.2) & (d > 0.3)
    letters = 0.6 * title * (grain(p.u, p.v, 0.01, 0.006, p.footprint_m) > -0.2) * visible(0.02, p.footprint_m)
    bands = band(up * 9 + a * 3, 0.08, p.footprint_m / p.height_m * 9) * (b > 0.6)
    color = spine + (hsv(a, 0.25, 0.92) - spine) * np.maximum(letters, 0.7 * bands)
    edges = line(np.minimum(inside, 1 - inside) * p.scale_m, 0.0025, p.footprint_m)
    round_off = np.sin(np.clip(inside, 0, 1) * np.float32(np.pi)) * visible(p.scale_m, p.footprint_m)
    color = color * (0.72 + 0.28 * round_off) * (1 - 0.7 * edges)
    color = color * (1 - above) + 0.05 * above
    return Look(color, np.stack([(inside - 0.5) * 0.8, np.zeros_like(up)]).astype(np.float32), 1 - above)


def paper(p: Patch) -> Look:
    """White, with lines of grey text and sometimes a heading or a figure."""
    up, across = p.v / np.maximum(p.height_m, 1e-3), p.u / np.maximum(p.width_m, 1e-3)
    margin = (np.abs(up) < 0.42) & (np.abs(across) < 0.4)
    size = np.maximum(p.height_m * 0.035, 0.003)
    row, _ = cell(p.v / size)
    length = 0.4 - 0.45 * (hash01(row, p.seed) > 0.75) * hash01(row, p.seed + 1)
    words = (grain(p.u, p.v * 0 + row, size * 1.5, 1.0, p.footprint_m) > -0.9) & (across < length)
    ink = band(p.v / size, 0.5, p.footprint_m / size) * words * margin
    figure = (hash01(p.seed, 5) < 0.35) & (np.abs(across) < 0.28) & (np.abs(up + 0.15) < 0.12)
    color = p.toned(-0.55 * ink * p.strength)
    return Look(np.where(figure, p.accent * 0.8 + 0.1, color))


def keys(p: Patch) -> Look:
    """A keyboard: rows of keys in the accent colour."""
    size = np.maximum(p.scale_m, 0.008)
    row, fy = cell(p.v / size)
    _, fx = cell(p.u / size + 0.31 * row)
    inside = np.minimum(np.minimum(fx, 1 - fx), np.minimum(fy, 1 - fy)) * size
    key = np.clip((inside - 0.0015) / np.maximum(p.footprint_m, 1e-5) + 0.5, 0, 1)
    fade = visible(size * 0.6, p.footprint_m)
    share = key * fade + 0.7 * (1 - fade)
    return Look(p.mixed(share * p.strength) * (1 + 0.1 * (fy - 0.5) * fade))


def leaves(p: Patch) -> Look:
    """Foliage: blades in light and shade."""
    size = np.maximum(p.scale_m, 0.01)
    blades = noise(p.u / size, p.v / (size * 2.2)) + 0.6 * grain(p.u, p.v, size * 0.4, size * 0.4, p.footprint_m)
    deep = np.clip(-blades - 0.4, 0, 1)
    color = p.mixed(0.5 + 0.4 * blades) * (1 - 0.65 * deep)
    return Look(color, 0.5 * np.stack([blades, np.roll(blades, 2)]))


def skin(p: Patch) -> Look:
    """Nearly even."""
    return Look(p.toned(0.03 * clouds(p.u, p.v, 0.05, p.footprint_m, 2)))


def hair(p: Patch) -> Look:
    """Strands downwards."""
    strands = grain(p.u, p.v, 0.004, 0.08, p.footprint_m) + 0.8 * noise(p.u / 0.015, p.v / 0.15)
    return Look(p.toned(0.16 * strands), np.stack([0.3 * strands, np.zeros_like(strands)]))


def screen_off(p: Patch) -> Look:
    """Dark glass with a frame of its own colour."""
    sides = np.minimum(p.width_m / 2 - np.abs(p.u), p.height_m / 2 - np.abs(p.v))
    frame = np.clip((0.012 - sides) / np.maximum(p.footprint_m, 1e-5) + 0.5, 0, 1)
    return Look(p.color + (p.accent * 0.3 - p.color) * frame * 0.6, gloss=1 - 0.5 * frame)

"""Colours as homes have them: mostly neutral or muted, now and then vivid."""

from __future__ import annotations

import colorsys

import numpy as np

from sensors.rooms.draw import between, pick_weighted
from sensors.rooms.materials import RGB

LUMA = (0.299, 0.587, 0.114)


def luminance(color: RGB) -> float:
    """How light it looks, 0..1."""
    return sum(share * value for share, value in zip(LUMA, color, strict=True))


def shaded(color: RGB, factor: float) -> RGB:
    """Darker (below 1) or lighter."""
    r, g, b = color
    return min(r * factor, 1.0), min(g * factor, 1.0), min(b * factor, 1.0)


def jittered(rng: np.random.Generator, color: RGB, amount: float = 0.04) -> RGB:
    """Nearly the same colour: all channels up or down together, and each a little by itself."""
    common = between(rng, -amount, amount)
    r, g, b = (min(max(c + common + between(rng, -amount, amount) * 0.4, 0.01), 0.99) for c in color)
    return r, g, b


def white(rng: np.random.Generator) -> RGB:
    """White to cream."""
    value = between(rng, 0.82, 0.97)
    return colorsys.hsv_to_rgb(between(rng, 0.08, 0.16), between(rng, 0.0, 0.09), value)


def grey(rng: np.random.Generator) -> RGB:
    """Any grey, a little warm or cold."""
    return colorsys.hsv_to_rgb(between(rng, 0.05, 0.65), between(rng, 0.0, 0.08), between(rng, 0.25, 0.8))


def black(rng: np.random.Generator) -> RGB:
    """Nearly black."""
    return colorsys.hsv_to_rgb(rng.random(), between(rng, 0.0, 0.25), between(rng, 0.05, 0.17))


def beige(rng: np.random.Generator) -> RGB:
    """Sand, beige, light brown."""
    return colorsys.hsv_to_rgb(between(rng, 0.07, 0.14), between(rng, 0.15, 0.4), between(rng, 0.6, 0.92))


def brown(rng: np.random.Generator) -> RGB:
    """Browns."""
    return colorsys.hsv_to_rgb(between(rng, 0.04, 0.1), between(rng, 0.35, 0.7), between(rng, 0.2, 0.55))


def muted(rng: np.random.Generator) -> RGB:
    """A colour of any hue with little saturation."""
    return colorsys.hsv_to_rgb(rng.random(), between(rng, 0.12, 0.4), between(rng, 0.35, 0.85))


def pastel(rng: np.random.Generator) -> RGB:
    """What walls are painted with: light, of any hue, hardly saturated."""
    return colorsys.hsv_to_rgb(rng.random(), between(rng, 0.06, 0.22), between(rng, 0.6, 0.92))


def dark(rng: np.random.Generator) -> RGB:
    """Navy, bottle green, burgundy and the like."""
    return colorsys.hsv_to_rgb(rng.random(), between(rng, 0.3, 0.75), between(rng, 0.15, 0.38))


def vivid(rng: np.random.Generator) -> RGB:
    """A saturated colour."""
    return colorsys.hsv_to_rgb(rng.random(), between(rng, 0.5, 0.85), between(rng, 0.45, 0.9))


FAMILIES = {
    white: 0.2,
    grey: 0.17,
    black: 0.1,
    beige: 0.15,
    brown: 0.09,
    muted: 0.13,
    dark: 0.08,
    vivid: 0.08,
}
CLOTH = {white: 0.16, grey: 0.17, black: 0.1, beige: 0.15, brown: 0.08, muted: 0.16, dark: 0.12, vivid: 0.06}
PAINT = {white: 0.5, grey: 0.13, black: 0.09, beige: 0.12, brown: 0.05, muted: 0.06, dark: 0.03, vivid: 0.02}
GOODS = {white: 0.2, grey: 0.1, black: 0.12, beige: 0.1, brown: 0.08, muted: 0.12, dark: 0.12, vivid: 0.14}


def drawn(rng: np.random.Generator, families: dict = FAMILIES) -> RGB:
    """A colour from these families."""
    return pick_weighted(rng, families)(rng)

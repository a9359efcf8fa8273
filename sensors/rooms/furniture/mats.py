"""Rugs and mats (class floor mat)."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.labels import FLOOR_MAT
from sensors.rooms.materials import Material, Pattern
from sensors.rooms.palettes import colors, looks
from sensors.rooms.primitives import Primitive, box, cylinder


def mat(rng: np.random.Generator, width_m: float, depth_m: float) -> Piece:
    """A rug or mat of that size, square or oval, some with a border."""
    color = colors.drawn(
        rng,
        {
            colors.beige: 0.2,
            colors.grey: 0.18,
            colors.brown: 0.15,
            colors.muted: 0.2,
            colors.dark: 0.14,
            colors.vivid: 0.08,
            colors.white: 0.05,
        },
    )
    patterns: tuple[Pattern, ...] = ("carpet", "carpet", "carpet", "stripes", "floral", "checks")
    pattern = pick(rng, patterns)
    accent = colors.shaded(color, 0.75) if pattern == "carpet" else colors.drawn(rng, colors.CLOTH)
    cloth = Material(
        color,
        pattern,
        accent,
        0.01 if pattern == "carpet" else between(rng, 0.06, 0.3),
        between(rng, 0.5, 1.0),
        looks.seed(rng),
        bump=0.6,
        infrared=looks.infrared(rng, color, 0.3),
    )
    high = between(rng, 0.008, 0.02)
    if chance(rng, 0.12):
        return piece([cylinder((width_m, depth_m, high), (0, 0, high / 2), FLOOR_MAT, cloth)], weight=1.3)
    parts: list[Primitive] = [box((width_m, depth_m, high), (0, 0, high / 2), FLOOR_MAT, cloth)]
    if chance(rng, 0.3) and width_m > 0.8:
        inner = looks.fabric(rng).with_(bump=0.6)
        edge = between(rng, 0.06, 0.15)
        parts.append(box((width_m - 2 * edge, depth_m - 2 * edge, high), (0, 0, high / 2 + 0.002), FLOOR_MAT, inner))
    return piece(parts, weight=1.3)


def door_mat(rng: np.random.Generator) -> Piece:
    """A mat for feet: before a door, a bath, a sink."""
    return mat(rng, between(rng, 0.5, 0.85), between(rng, 0.4, 0.55))

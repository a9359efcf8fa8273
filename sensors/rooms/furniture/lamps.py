"""Lamps of all kinds; each tells where its light comes from."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from sensors.rooms.draw import between, chance, pick
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.labels import LAMP
from sensors.rooms.materials import RGB, Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Point, Primitive, box, cylinder, ellipsoid, rod


@dataclass(frozen=True, slots=True)
class Light:
    """A lamp and, where it is lit, its light: position in the lamp's own space, colour and strength."""

    body: Piece
    position_m: Point
    color: RGB
    power: float


def light_color(rng: np.random.Generator) -> RGB:
    """From a candle's yellow to an office's cold white."""
    warmth = rng.random()
    return colorsys.hsv_to_rgb(0.1 if warmth > 0.3 else 0.58, 0.05 + 0.3 * max(warmth - 0.3, 0.0), 1.0)


def table_lamp(rng: np.random.Generator, style: Style, lit: bool) -> Light:
    """A foot and a shade, or an arm over a desk."""
    color = light_color(rng)
    if chance(rng, 0.35):
        return _desk_lamp(rng, style, lit, color)
    high, shade_h, wide = between(rng, 0.32, 0.55), between(rng, 0.14, 0.24), between(rng, 0.18, 0.34)
    foot = pick(rng, (looks.ceramic, looks.metal, looks.wood, looks.plastic))(rng)
    parts: list[Primitive] = [cylinder((0.14, 0.14, 0.02), (0, 0, 0.01), LAMP, foot)]
    if chance(rng, 0.5):
        bulge = between(rng, 0.1, 0.17)
        parts.append(ellipsoid((bulge, bulge, high - shade_h), (0, 0, (high - shade_h) / 2 + 0.01), LAMP, foot))
    parts.append(rod((0, 0, 0.01), (0, 0, high - shade_h * 0.4), 0.02, LAMP, foot))
    parts.append(
        cylinder(
            (wide, wide, shade_h),
            (0, 0, high - shade_h / 2),
            LAMP,
            _shade(rng, lit, color),
            taper=between(rng, 0.5, 0.95),
        )
    )
    return Light(piece(parts, weight=3.0), (0, 0, high + 0.05), color, 0.25 if lit else 0.0)


def floor_lamp(rng: np.random.Generator, style: Style, lit: bool) -> Light:
    """A tall lamp."""
    color, high = light_color(rng), between(rng, 1.4, 1.8)
    metal = style.metal()
    wide, shade_h = between(rng, 0.26, 0.46), between(rng, 0.2, 0.34)
    parts: list[Primitive] = [
        cylinder((0.28, 0.28, 0.025), (0, 0, 0.0125), LAMP, metal),
        rod((0, 0, 0.02), (0, 0, high - shade_h * 0.3), 0.025, LAMP, metal),
    ]
    if chance(rng, 0.75):
        parts.append(
            cylinder(
                (wide, wide, shade_h),
                (0, 0, high - shade_h / 2),
                LAMP,
                _shade(rng, lit, color),
                taper=between(rng, 0.5, 1.0),
            )
        )
    else:
        parts.append(
            ellipsoid((wide * 0.7, wide * 0.7, wide * 0.7), (0, 0, high - wide * 0.3), LAMP, _shade(rng, lit, color))
        )
    return Light(piece(parts, weight=1.4), (0, 0, high + 0.08), color, 0.4 if lit else 0.0)


def ceiling_lamp(rng: np.random.Generator, style: Style, lit: bool) -> Light:
    """A lamp under the ceiling, which is at z = 0: a disc, a globe, a pendant."""
    color = light_color(rng)
    shade = _shade(rng, lit, color)
    form = pick(rng, ("disc", "pendant", "globe"))
    if form == "disc":
        across = between(rng, 0.26, 0.45)
        parts: list[Primitive] = [
            cylinder((across * 1.05, across * 1.05, 0.03), (0, 0, -0.015), LAMP, looks.metal(rng)),
            ellipsoid((across, across, 0.16), (0, 0, -0.03), LAMP, shade),
        ]
        drop = 0.15
    else:
        drop, wide = between(rng, 0.3, 0.7), between(rng, 0.24, 0.45)
        parts = [
            cylinder((0.1, 0.1, 0.03), (0, 0, -0.015), LAMP, looks.plastic(rng)),
            rod((0, 0, 0), (0, 0, -drop), 0.012, LAMP, looks.dark_plastic(rng)),
        ]
        if form == "globe":
            parts.append(ellipsoid((wide, wide, wide), (0, 0, -drop - wide / 2 + 0.02), LAMP, shade))
        else:
            parts.append(
                cylinder(
                    (wide, wide, wide * 0.6), (0, 0, -drop - wide * 0.25), LAMP, shade, taper=between(rng, 0.25, 0.9)
                )
            )
        drop += wide
    return Light(piece(parts, weight=1.4), (0, 0, -drop - 0.05), color, 1.0 if lit else 0.0)


def ceiling_panel(rng: np.random.Generator, lit: bool, long_m: float, wide_m: float, color: RGB) -> Light:
    """A flat lamp let into the ceiling, which is at z = 0, or a tube hanging below it."""
    shade = looks.glow(color) if lit else Material((0.85, 0.86, 0.86), infrared=0.6)
    parts: list[Primitive] = [
        box((long_m + 0.03, wide_m + 0.03, 0.03), (0, 0, -0.012), LAMP, Material((0.88, 0.88, 0.88), infrared=0.6)),
        box((long_m, wide_m, 0.03), (0, 0, -0.016), LAMP, shade),
    ]
    return Light(piece(parts, weight=0.7), (0, 0, -0.12), color, 1.0 if lit else 0.0)


def wall_lamp(rng: np.random.Generator, style: Style, lit: bool) -> Light:
    """A lamp on the wall, which is at y = 0."""
    color = light_color(rng)
    wide = between(rng, 0.14, 0.22)
    parts: list[Primitive] = [
        box((0.09, 0.02, 0.12), (0, -0.01, 0.06), LAMP, style.metal()),
        rod((0, 0, 0.06), (0, -0.1, 0.08), 0.02, LAMP, style.metal()),
        cylinder((wide, wide, 0.16), (0, -0.14, 0.13), LAMP, _shade(rng, lit, color), taper=between(rng, 0.6, 1.2)),
    ]
    return Light(piece(parts, weight=2.0), (0, -0.16, 0.28), color, 0.2 if lit else 0.0)


def _desk_lamp(rng: np.random.Generator, style: Style, lit: bool, color: RGB) -> Light:
    paint = looks.plastic(rng) if chance(rng, 0.6) else looks.metal(rng)
    high, reach = between(rng, 0.32, 0.5), between(rng, 0.12, 0.25)
    parts: list[Primitive] = [
        cylinder((0.17, 0.17, 0.025), (0, 0, 0.0125), LAMP, paint),
        rod((0, 0, 0.02), (0, reach * 0.5, high * 0.6), 0.02, LAMP, paint),
        rod((0, reach * 0.5, high * 0.6), (0, -reach, high), 0.02, LAMP, paint),
        cylinder((0.15, 0.15, 0.12), (0, -reach, high - 0.03), LAMP, paint, taper=0.45),
        ellipsoid((0.09, 0.09, 0.07), (0, -reach, high - 0.08), LAMP, _shade(rng, lit, color)),
    ]
    return Light(piece(parts, weight=3.0), (0, -reach, high - 0.16), color, 0.25 if lit else 0.0)


def _shade(rng: np.random.Generator, lit: bool, color: RGB) -> Material:
    if lit:
        return looks.glow(colors.shaded(color, 0.72))
    cloth = colors.drawn(
        rng, {colors.white: 0.5, colors.beige: 0.25, colors.muted: 0.15, colors.black: 0.05, colors.vivid: 0.05}
    )
    return Material(
        cloth, "fabric", colors.shaded(cloth, 0.85), 0.004, 0.4, looks.seed(rng), infrared=looks.infrared(rng, cloth)
    )

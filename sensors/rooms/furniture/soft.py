"""Soft things: pillows, clothes, towels, blankets."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.piece import Piece, bounds_of, piece
from sensors.rooms.labels import CLOTHES, PILLOW, TOWEL
from sensors.rooms.materials import Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Point, Primitive, box, cylinder, ellipsoid, rod, rotation


def pillow_parts(
    rng: np.random.Generator,
    cloth: Material,
    centre_m: Point,
    wide_m: float,
    long_m: float,
    *,
    lean_rad: float = 0.0,
    yaw_rad: float = 0.0,
) -> list[Primitive]:
    """A pillow: plump in the middle, thin at its seams. lean_rad: 0 lies flat, pi/2 stands with its face to -y."""
    turn = rotation(yaw_rad, roll_rad=lean_rad)
    high = between(rng, 0.12, 0.19)
    across, angle = float(np.hypot(wide_m, long_m)), float(np.arctan2(long_m, wide_m))
    parts = [
        ellipsoid((wide_m, long_m, high), centre_m, PILLOW, cloth, turn=turn),
        box((wide_m * 0.88, long_m * 0.88, high * 0.2), centre_m, PILLOW, cloth, turn=turn, bevel_m=high * 0.1),
    ]
    for side in (-1, 1):
        size = (across * 0.87, min(wide_m, long_m) * 0.82, high * 0.66)
        parts.append(ellipsoid(size, centre_m, PILLOW, cloth, turn=turn @ rotation(side * angle)))
    return parts


def pillow(rng: np.random.Generator, style: Style) -> Piece:
    """A cushion lying or leaning on a seat."""
    size = between(rng, 0.36, 0.5)
    lean = between(rng, 0.0, 0.3) if chance(rng, 0.35) else between(rng, 0.8, 1.25)
    parts = pillow_parts(rng, style.cloth(), (0, 0, 0), size, size * between(rng, 0.7, 1.0), lean_rad=lean)
    sunk = bounds_of(parts)[2] + 0.012
    for part in parts:
        part.centre_m[2] -= sunk
    return piece(parts, weight=0.6)


def clothes_heap(rng: np.random.Generator, style: Style) -> Piece:
    """Clothes dropped on a heap: crumpled bodies, sleeves or legs lying out of it."""
    parts: list[Primitive] = []
    z = 0.0
    for _ in range(whole(rng, 2, 4)):
        cloth = looks.fabric(rng)
        x, y = between(rng, -0.1, 0.1), between(rng, -0.08, 0.08)
        for _ in range(whole(rng, 2, 3)):
            size = (between(rng, 0.22, 0.44), between(rng, 0.14, 0.28), between(rng, 0.06, 0.13))
            turn = rotation(rng.random() * 6.28, between(rng, -0.2, 0.2), between(rng, -0.2, 0.2))
            at = (x + between(rng, -0.09, 0.09), y + between(rng, -0.09, 0.09), z + size[2] * 0.45)
            parts.append(ellipsoid(size, at, CLOTHES, cloth, turn=turn))
        for _ in range(whole(rng, 0, 2)):
            flat = (between(rng, 0.16, 0.34), between(rng, 0.12, 0.26), 0.02)
            turn = rotation(rng.random() * 6.28, between(rng, -0.3, 0.3), between(rng, -0.3, 0.3))
            at = (x + between(rng, -0.12, 0.12), y + between(rng, -0.12, 0.12), z + 0.07)
            parts.append(box(flat, at, CLOTHES, cloth, turn=turn, bevel_m=0.01))
        if chance(rng, 0.6):
            a = rng.random() * 6.28
            at = (x + 0.2 * float(np.cos(a)), y + 0.2 * float(np.sin(a)), max(z - 0.02, 0.0) + 0.03)
            parts.append(ellipsoid((0.4, 0.12, 0.06), at, CLOTHES, cloth, turn=rotation(a + between(rng, -0.4, 0.4))))
        z += 0.045
    return piece(parts, weight=1.0)


def folded_clothes(rng: np.random.Generator, style: Style, label: int = CLOTHES) -> Piece:
    """A stack of folded clothes (or towels)."""
    parts: list[Primitive] = []
    w, d, z = between(rng, 0.22, 0.34), between(rng, 0.18, 0.3), 0.0
    for _ in range(whole(rng, 1, 5)):
        high = between(rng, 0.02, 0.05)
        cloth = looks.fabric(rng, 0.6)
        turn = rotation(between(rng, -0.12, 0.12))
        size = (w * between(rng, 0.88, 1.0), d * between(rng, 0.88, 1.0), high)
        parts.append(box(size, (0, 0, z + high / 2), label, cloth, turn=turn, bevel_m=high * 0.45))
        parts.append(
            cylinder(
                (high, high, size[0]),
                (0, -size[1] / 2, z + high / 2),
                label,
                cloth,
                turn=turn @ rotation(pitch_rad=np.pi / 2),
            )
        )
        z += high
    return piece(parts, weight=0.8)


def folded_towels(rng: np.random.Generator, style: Style) -> Piece:
    """A stack of towels."""
    return folded_clothes(rng, style, TOWEL)


def jacket_over_back(rng: np.random.Generator, width_m: float) -> list[Primitive]:
    """A jacket hung over a chair's back, whose middle top is at the origin and which faces -y."""
    cloth = looks.fabric(rng, 0.4)
    w, drop = width_m * between(rng, 0.95, 1.1), between(rng, 0.32, 0.55)
    turn = rotation(between(rng, -0.08, 0.08), between(rng, -0.06, 0.06))
    parts = [
        box((w, 0.035, drop), (0, 0.055, 0.02 - drop / 2), CLOTHES, cloth, turn=turn, bevel_m=0.017),
        ellipsoid((w * 0.96, 0.11, drop * 0.9), (0, 0.065, -drop * 0.5), CLOTHES, cloth, turn=turn),
        cylinder((0.13, 0.08, w * 0.94), (0, 0.0, 0.0), CLOTHES, cloth, turn=turn @ rotation(pitch_rad=np.pi / 2)),
        box((w * 0.9, 0.03, drop * 0.4), (0, -0.05, -drop * 0.2), CLOTHES, cloth, turn=turn, bevel_m=0.015),
    ]
    if chance(rng, 0.6):
        for side in (-1, 1):
            end = (side * w * between(rng, 0.42, 0.58), 0.08, -drop * between(rng, 0.7, 1.1))
            parts.append(rod((side * w * 0.45, 0.03, -0.02), end, 0.075, CLOTHES, cloth))
    return parts


def hanging_clothes(rng: np.random.Generator, style: Style) -> Piece:
    """A row of hooks with coats, jackets and bags' worth of cloth; the wall at the back, top at z = 0 downwards."""
    count = whole(rng, 1, 4)
    rail, hook = style.body(), style.metal()
    w = count * 0.22 + 0.1
    parts: list[Primitive] = [box((w, 0.02, 0.09), (0, -0.01, 0.0), CLOTHES if chance(rng, 0.2) else 0, rail)]
    for k in range(count):
        x = (k + 0.5 - count / 2) * 0.22
        parts.append(rod((x, -0.02, 0.0), (x, -0.07, 0.02), 0.014, 0, hook))
        if chance(rng, 0.85):
            parts += _hung(rng, x)
    return piece(parts, weight=1.3)


def towel_on_rail(rng: np.random.Generator, style: Style) -> Piece:
    """A towel folded over a bar on the wall; the bar at z = 0, the wall at y = 0."""
    w = between(rng, 0.4, 0.65)
    bar = looks.metal(rng)
    parts: list[Primitive] = [rod((-w / 2, -0.07, 0), (w / 2, -0.07, 0), 0.018, 0, bar)]
    parts += [rod((side * w / 2, -0.07, 0), (side * w / 2, 0, 0), 0.018, 0, bar) for side in (-1, 1)]
    x = -w / 2 + 0.04
    while x < w / 2 - 0.16:
        wide = min(between(rng, 0.2, 0.5), w / 2 - 0.02 - x)
        parts += _draped(rng, _towelling(rng), x + wide / 2, wide, between(rng, 0.3, 0.7))
        x += wide + 0.03
        if chance(rng, 0.4):
            break
    return piece(parts, weight=1.2)


def towel_on_hook(rng: np.random.Generator, style: Style) -> Piece:
    """A towel gathered on a hook; the hook at z = 0, the wall at y = 0."""
    cloth, drop = _towelling(rng), between(rng, 0.5, 0.8)
    wide = between(rng, 0.2, 0.34)
    parts: list[Primitive] = [rod((0, 0, 0.01), (0, -0.05, 0.03), 0.02, 0, looks.metal(rng))]
    for lean, share in ((between(rng, 0.02, 0.14), 1.0), (between(rng, -0.14, -0.02), between(rng, 0.65, 0.95))):
        turn = rotation(pitch_rad=-lean)
        at = (drop * share / 2 * lean, -0.055, -drop * share / 2)
        size = (wide * between(rng, 0.6, 0.9), 0.09, drop * share)
        parts.append(cylinder(size, at, TOWEL, cloth, turn=turn, taper=between(rng, 0.18, 0.35)))
    return piece(parts, weight=1.0)


def _towelling(rng: np.random.Generator) -> Material:
    color = colors.drawn(
        rng, {colors.white: 0.35, colors.beige: 0.15, colors.muted: 0.25, colors.vivid: 0.15, colors.dark: 0.1}
    )
    pattern = "stripes" if chance(rng, 0.2) else "carpet"
    accent = colors.white(rng) if pattern == "stripes" else colors.shaded(color, 0.85)
    return Material(
        color,
        pattern,
        accent,
        0.08 if pattern == "stripes" else 0.006,
        0.6,
        looks.seed(rng),
        bump=0.6,
        infrared=looks.infrared(rng, color, 0.35),
    )


def _draped(rng: np.random.Generator, cloth: Material, x: float, wide: float, drop: float) -> list[Primitive]:
    behind = drop * between(rng, 0.6, 0.95)
    return [
        box((wide, 0.02, drop), (x, -0.088, -drop / 2), TOWEL, cloth, bevel_m=0.01),
        box((wide, 0.02, behind), (x, -0.05, -behind / 2), TOWEL, cloth, bevel_m=0.01),
        cylinder((0.055, 0.055, wide), (x, -0.07, 0.0), TOWEL, cloth, turn=rotation(pitch_rad=np.pi / 2)),
    ]


def _hung(rng: np.random.Generator, x: float) -> list[Primitive]:
    """One coat on a hook at height 0, its back to the wall."""
    cloth = pick(rng, (looks.fabric, looks.leather))(rng)
    long_m, wide = between(rng, 0.55, 1.05), between(rng, 0.26, 0.42)
    lean = between(rng, -0.05, 0.05)
    parts = [
        cylinder(
            (wide, 0.13, long_m - 0.1),
            (x, -0.085, -long_m / 2 - 0.07),
            CLOTHES,
            cloth,
            turn=rotation(pitch_rad=lean),
            taper=between(rng, 0.6, 0.9),
        ),
        cylinder((wide * 0.7, 0.12, 0.16), (x, -0.085, -0.06), CLOTHES, cloth, taper=0.25),
    ]
    if chance(rng, 0.6):
        for side in (-1, 1):
            end = (x + side * wide * between(rng, 0.38, 0.55), -0.11, -0.1 - between(rng, 0.4, 0.55))
            parts.append(rod((x + side * wide * 0.2, -0.1, -0.08), end, 0.085, CLOTHES, cloth))
    return parts

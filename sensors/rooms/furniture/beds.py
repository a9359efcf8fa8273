"""Beds with their bedding; pillows belong to them but have their own class."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted, whole
from sensors.rooms.furniture.parts import LYING, legs
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.furniture.soft import pillow_parts
from sensors.rooms.labels import BED
from sensors.rooms.materials import Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, box, cylinder, ellipsoid, moved, rotation

WIDTHS = {0.9: 0.25, 1.2: 0.15, 1.4: 0.25, 1.6: 0.25, 1.8: 0.1}


def bed(rng: np.random.Generator, style: Style, width_m: float | None = None) -> Piece:
    """A bed with its head at the back: frame or box, head board, mattress, cover more or less made, pillows."""
    w = pick_weighted(rng, WIDTHS) if width_m is None else width_m
    long_m, top = between(rng, 1.9, 2.1), between(rng, 0.42, 0.62)
    thick = between(rng, 0.16, 0.24)
    frame = style.wood() if chance(rng, 0.55) else looks.upholstery(rng)
    parts = _frame(rng, w, long_m, top - thick * 0.7, frame)
    sheet = looks.fabric(rng, 0.4) if chance(rng, 0.4) else Material(colors.white(rng), "fabric", infrared=0.7)
    parts.append(box((w, long_m, thick), (0, 0, top - thick / 2), BED, sheet, bevel_m=0.05))
    parts += _cover(rng, style, w, long_m, top, thick)
    head = long_m / 2
    parts += _pillows(rng, style, w, head, top)
    if chance(rng, 0.85):
        parts += _head_board(rng, w, head, top, frame)
    spare = Support("bed", -w / 2 + 0.1, -long_m / 2 + 0.1, w / 2 - 0.1, head - 0.75, top + 0.075, 0.8)
    return piece(parts, (spare,), front_m=0.4, weight=1.8)


def bunk_bed(rng: np.random.Generator, style: Style) -> Piece:
    """Two beds above each other, as children and hostels have."""
    wood, w, long_m, high = style.body(), 0.95, 2.0, between(rng, 1.5, 1.7)
    parts = legs(w + 0.06, long_m + 0.06, high, 0.07, BED, wood)
    for level in (0.38, high - 0.35):
        cloth = style.cloth()
        for side in (-1, 1):
            parts.append(box((0.03, long_m, 0.13), (side * (w + 0.03) / 2, 0, level - 0.04), BED, wood))
            parts.append(box((w, 0.03, 0.13), (0, side * (long_m + 0.03) / 2, level - 0.04), BED, wood))
        parts.append(box((w - 0.02, long_m - 0.02, 0.14), (0, 0, level + 0.03), BED, looks.fabric(rng, 0.3)))
        parts.append(box((w - 0.01, long_m * 0.68, 0.07), (0, -long_m * 0.14, level + 0.11), BED, cloth, bevel_m=0.03))
        parts.append(ellipsoid((w * 0.9, long_m * 0.6, 0.12), (0, -long_m * 0.14, level + 0.14), BED, cloth))
        parts += pillow_parts(rng, looks.fabric(rng), (0, long_m / 2 - 0.28, level + 0.16), 0.6, 0.4)
    x, rail = w / 2 + 0.05, high - 0.12
    parts.append(box((0.03, long_m * 0.6, 0.1), (x - 0.03, long_m * 0.2, rail), BED, wood))
    for side in (-1, 1):
        at = (x, -long_m / 2 + 0.3 + side * 0.2, (high - 0.1) / 2)
        parts.append(box((0.045, 0.035, high - 0.1), at, BED, wood))
    for k in range(4):
        parts.append(box((0.03, 0.4, 0.035), (x, -long_m / 2 + 0.3, 0.3 + k * 0.3), BED, wood))
    return piece(parts, (), front_m=0.3, weight=1.5)


def cot(rng: np.random.Generator, style: Style) -> Piece:
    """A baby's bed with bars."""
    wood, w, long_m, high = style.body(), 0.7, 1.3, between(rng, 0.85, 0.98)
    parts = legs(w, long_m, high, 0.045, BED, wood)
    for side in (-1, 1):
        for z in (0.35, high - 0.03):
            parts.append(box((0.03, long_m, 0.05), (side * (w - 0.045) / 2, 0, z), BED, wood))
            parts.append(box((w, 0.03, 0.05), (0, side * (long_m - 0.045) / 2, z), BED, wood))
        for k in range(8):
            y = (k - 3.5) * long_m / 8.5
            at = (side * (w - 0.045) / 2, y, (0.35 + high) / 2)
            parts.append(cylinder((0.018, 0.018, high - 0.38), at, BED, wood))
        parts.append(box((w - 0.06, 0.02, high - 0.36), (0, side * (long_m - 0.045) / 2, (0.35 + high) / 2), BED, wood))
    parts.append(box((w - 0.08, long_m - 0.08, 0.12), (0, 0, 0.42), BED, looks.fabric(rng), bevel_m=0.03))
    parts.append(ellipsoid((w * 0.7, long_m * 0.55, 0.1), (0, -0.2, 0.49), BED, style.cloth()))
    return piece(parts, (), front_m=0.2)


def _frame(rng: np.random.Generator, w: float, long_m: float, high: float, frame: Material) -> list[Primitive]:
    if chance(rng, 0.45):
        return [box((w + 0.02, long_m + 0.02, high), (0, 0, high / 2), BED, frame, bevel_m=0.02)]
    rail = between(rng, 0.1, 0.2)
    parts = legs(w, long_m, high - 0.02, 0.06, BED, frame)
    parts.append(box((w + 0.05, long_m + 0.05, rail), (0, 0, high - rail / 2), BED, frame, bevel_m=0.01))
    return parts


def _cover(
    rng: np.random.Generator, style: Style, w: float, long_m: float, top: float, thick: float
) -> list[Primitive]:
    """A quilt over the lower part, hanging over the sides; often heaped up or thrown back."""
    cloth = style.cloth()
    share = between(rng, 0.55, 0.78)
    fold, drop = long_m * share, between(rng, 0.5, 1.1) * thick + 0.04
    y = -long_m / 2 + fold / 2 - 0.02
    parts = [box((w + 0.06, fold + 0.03, drop), (0, y, top + 0.04 - drop / 2), BED, cloth, bevel_m=0.06)]
    parts.append(ellipsoid((w * 1.02, fold * 0.98, 0.14), (0, y, top + 0.02), BED, cloth))
    edge = y + fold / 2
    if chance(rng, 0.6):
        lining = cloth.with_(color=colors.white(rng), pattern="fabric") if chance(rng, 0.5) else cloth
        parts.append(cylinder((0.11, 0.09, w + 0.05), (0, edge - 0.02, top + 0.05), BED, lining, turn=LYING))
    for _ in range(whole(rng, 0, 4)):
        turn = rotation(rng.random() * 3.14)
        at = (between(rng, -0.3, 0.3) * w, y + between(rng, -0.4, 0.4) * fold, top + 0.04)
        size = (between(rng, 0.4, 0.8), between(rng, 0.2, 0.4), between(rng, 0.1, 0.24))
        parts.append(ellipsoid(size, at, BED, cloth, turn=turn))
    if chance(rng, 0.3):
        throw = style.cloth()
        at = (0, -long_m / 2 + between(rng, 0.25, 0.5), top + 0.05 - drop / 2)
        parts.append(box((w + 0.09, between(rng, 0.4, 0.6), drop + 0.06), at, BED, throw, bevel_m=0.05))
    return parts


def _pillows(rng: np.random.Generator, style: Style, w: float, head: float, top: float) -> list[Primitive]:
    parts: list[Primitive] = []
    across = 2 if w >= 1.35 else 1
    cloth = looks.fabric(rng)
    wide = min(0.75, w / across - 0.08)
    for k in range(across):
        x = (k + 0.5 - across / 2) * w / across + between(rng, -0.05, 0.05)
        lean = between(rng, 0.0, 0.9)
        at = (x, head - 0.24 + 0.06 * lean, top + 0.07 + 0.14 * lean)
        parts += pillow_parts(
            rng, cloth, at, wide, between(rng, 0.4, 0.5), lean_rad=lean, yaw_rad=between(rng, -0.25, 0.25)
        )
    for _ in range(whole(rng, 0, 2)):
        other, size = style.cloth(), between(rng, 0.35, 0.48)
        lean = between(rng, 0.4, 1.1)
        at = (between(rng, -0.35, 0.35) * w, head - 0.52, top + 0.08 + 0.14 * lean)
        parts += pillow_parts(rng, other, at, size, size, lean_rad=lean, yaw_rad=between(rng, -0.5, 0.5))
    return parts


def _head_board(rng: np.random.Generator, w: float, head: float, top: float, frame: Material) -> list[Primitive]:
    high = between(rng, 0.8, 1.25)
    wide = w + between(rng, 0.02, 0.12)
    form = pick_weighted(rng, {"panel": 0.5, "bars": 0.2, "padded": 0.3})
    if form == "bars":
        parts = [box((0.05, 0.05, high), (side * wide / 2, head + 0.03, high / 2), BED, frame) for side in (-1, 1)]
        parts += [box((wide, 0.035, 0.06), (0, head + 0.03, z), BED, frame) for z in (high - 0.04, top + 0.05)]
        count = whole(rng, 4, 8)
        for k in range(count):
            x = (k + 0.5 - count / 2) * wide / count
            parts.append(box((0.025, 0.02, high - top), (x, head + 0.03, (high + top) / 2), BED, frame))
        return parts
    thick = 0.04 if form == "panel" else 0.09
    parts = [box((wide, thick, high), (0, head + thick / 2, high / 2), BED, frame, bevel_m=0.02)]
    if form == "padded":
        count = whole(rng, 2, 4)
        for k in range(count):
            x = (k + 0.5 - count / 2) * wide / count
            size = (wide / count, 0.14, high - top + 0.1)
            parts.append(ellipsoid(size, (x, head + 0.02, (high + top) / 2 - 0.04), BED, frame))
    return parts


def sofa_bed(rng: np.random.Generator, style: Style) -> Piece:
    """A day bed along the wall, its cushions at the back."""
    plain = bed(rng, style, width_m=0.9)
    turned = moved(plain.primitives, yaw_rad=np.pi / 2 if chance(rng, 0.5) else -np.pi / 2)
    spare = Support("bed", -0.5, -0.35, 0.4, 0.35, plain.supports[0].z, 0.8)
    return piece(turned, (spare,), front_m=0.4, weight=1.6)

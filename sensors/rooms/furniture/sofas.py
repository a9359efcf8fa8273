"""Sofas, armchairs, corner sofas and pouffes."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted
from sensors.rooms.furniture.parts import FACING, cushion, legs, upright_cushion
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.labels import CHAIR, SOFA
from sensors.rooms.materials import Material
from sensors.rooms.palettes import looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, box, cylinder, ellipsoid


def sofa(rng: np.random.Generator, style: Style, seats: int | None = None) -> Piece:
    """A sofa of one to four seats, with or without a long corner seat."""
    cloth = looks.upholstery(rng) if chance(rng, 0.7) else style.cloth()
    seats = pick_weighted(rng, {1: 0.15, 2: 0.45, 3: 0.35, 4: 0.05}) if seats is None else seats
    arm, seat, top = between(rng, 0.12, 0.26), between(rng, 0.38, 0.46), between(rng, 0.72, 0.95)
    inner = between(rng, 0.58, 0.72) * seats if seats < 4 else 2.3
    w, d, back = inner + 2 * arm, between(rng, 0.8, 1.0), between(rng, 0.14, 0.22)
    thick, foot = between(rng, 0.13, 0.18), between(rng, 0.05, 0.13)
    parts = legs(w - 0.08, d - 0.08, foot, 0.05, SOFA, looks.wood(rng), taper=1.3)
    base = seat - thick - foot
    parts.append(box((w - 0.02, d - 0.06, base), (0, 0.01, foot + base / 2), SOFA, cloth, bevel_m=0.02))
    parts.append(
        box(
            (w - 0.02, back, top - 0.07 - foot),
            (0, (d - back) / 2, foot + (top - 0.07 - foot) / 2),
            SOFA,
            cloth,
            bevel_m=0.04,
        )
    )
    parts += _arms(rng, w, d, arm, foot, seat + between(rng, 0.14, 0.26), cloth)
    parts += _seat_cushions(rng, seats, inner, d, back, seat, top, thick, cloth)
    support = Support("sofa", -inner / 2 + 0.05, -d / 2 + 0.12, inner / 2 - 0.05, d / 2 - back - 0.2, seat)
    return piece(parts, (support,), front_m=0.45, weight=2.5)


def corner_sofa(rng: np.random.Generator, style: Style) -> Piece:
    """A sofa with a seat to stretch the legs out on, at one end."""
    plain = sofa(rng, style, seats=2)
    cloth = plain.primitives[4].material
    long_m, wide = between(rng, 1.4, 1.7), between(rng, 0.65, 0.8)
    _, _, _, x1, y1, top = plain.bounds
    seat = plain.supports[0].z
    side = 1 if chance(rng, 0.5) else -1
    x = side * (x1 + wide / 2 - 0.02)
    block = box((wide, long_m, seat - 0.18), (x, y1 - long_m / 2, 0.03 + (seat - 0.18) / 2), SOFA, cloth, bevel_m=0.03)
    pad = cushion((wide - 0.02, long_m - 0.2, 0.15), (x, y1 - long_m / 2 - 0.1, seat - 0.075), SOFA, cloth)
    back = box((wide, 0.18, top - 0.1), (x, y1 - 0.09, (top - 0.1) / 2 + 0.03), SOFA, cloth, bevel_m=0.04)
    rest = upright_cushion(
        (wide - 0.04, 0.16, top - seat), (x, y1 - 0.24, seat + (top - seat) / 2 - 0.01), SOFA, cloth, tilt_rad=0.15
    )
    parts = [*plain.primitives, block, *pad, back, *rest]
    return piece(parts, plain.supports, front_m=0.4, weight=2.6)


def armchair(rng: np.random.Generator, style: Style) -> Piece:
    """A soft chair for one: a small sofa, or an open wooden frame with cushions."""
    if chance(rng, 0.55):
        return sofa(rng, style, seats=1)
    wood, cloth = style.wood(), looks.upholstery(rng)
    w, d, seat, top = between(rng, 0.62, 0.72), between(rng, 0.68, 0.8), between(rng, 0.4, 0.45), between(rng, 0.8, 1.0)
    parts = legs(w, d - 0.1, seat + 0.14, 0.045, CHAIR, wood)
    for side in (-1, 1):
        parts.append(
            box((0.07, d - 0.06, 0.03), (side * (w / 2 - 0.022), -0.03, seat + 0.155), CHAIR, wood, bevel_m=0.01)
        )
    parts.append(box((w - 0.1, d - 0.12, 0.04), (0, 0, seat - 0.16), CHAIR, wood))
    parts += cushion((w - 0.11, d - 0.12, 0.14), (0, -0.03, seat - 0.07), CHAIR, cloth)
    height = top - seat + 0.06
    parts += upright_cushion(
        (w - 0.11, 0.13, height),
        (0, d / 2 - 0.13, seat + height / 2 - 0.04),
        CHAIR,
        cloth,
        tilt_rad=between(rng, 0.15, 0.3),
    )
    support = Support("sofa", -w / 2 + 0.12, -d / 2 + 0.1, w / 2 - 0.12, d / 2 - 0.28, seat)
    return piece(parts, (support,), front_m=0.35)


def pouffe(rng: np.random.Generator, style: Style) -> Piece:
    """A footstool: round or square."""
    cloth, across, height = style.cloth(), between(rng, 0.4, 0.65), between(rng, 0.34, 0.45)
    if chance(rng, 0.5):
        parts: list[Primitive] = [
            cylinder((across * 0.94, across * 0.94, height * 0.8), (0, 0, height * 0.4), SOFA, cloth, taper=1.05),
            ellipsoid((across, across, height * 0.6), (0, 0, height * 0.72), SOFA, cloth),
        ]
    else:
        parts = legs(across * 0.9, across * 0.9, 0.1, 0.04, SOFA, looks.wood(rng), taper=1.3)
        parts.append(
            box((across, across, height - 0.16), (0, 0, 0.09 + (height - 0.16) / 2), SOFA, cloth, bevel_m=0.03)
        )
        parts += cushion((across, across, 0.1), (0, 0, height - 0.06), SOFA, cloth)
    return piece(parts, (Support("seat", -0.12, -0.12, 0.12, 0.12, height + 0.02, 0.5),))


def _arms(
    rng: np.random.Generator, w: float, d: float, arm: float, foot: float, high: float, cloth: Material
) -> list[Primitive]:
    rolled, parts = chance(rng, 0.55), []
    for side in (-1, 1):
        x = side * (w - arm) / 2
        if not rolled:
            parts.append(box((arm, d - 0.04, high - foot), (x, 0, foot + (high - foot) / 2), SOFA, cloth, bevel_m=0.05))
            continue
        straight = high - foot - arm / 2
        parts.append(box((arm * 0.84, d - 0.05, straight), (x, 0, foot + straight / 2), SOFA, cloth, bevel_m=0.03))
        parts.append(cylinder((arm * 1.1, arm * 1.1, d - 0.03), (x, 0, high - arm * 0.5), SOFA, cloth, turn=FACING))
    return parts


def _seat_cushions(
    rng: np.random.Generator,
    seats: int,
    inner: float,
    d: float,
    back: float,
    seat: float,
    top: float,
    thick: float,
    cloth: Material,
) -> list[Primitive]:
    across = 1 if chance(rng, 0.15) else min(seats, 3)
    each, parts = inner / across, []
    loose = between(rng, 0.13, 0.19)
    other = looks.fabric(rng) if chance(rng, 0.12) else cloth
    high, tilt = top - seat + between(rng, -0.05, 0.06), between(rng, 0.12, 0.25)
    for k in range(across):
        x = (k + 0.5 - across / 2) * each
        deep = d - back - 0.02
        parts += cushion((each - 0.015, deep, thick), (x, -back / 2 - 0.015, seat - thick / 2), SOFA, cloth)
        y = d / 2 - back - loose * 0.55
        parts += upright_cushion(
            (each - 0.02, loose, high),
            (x, y, seat + high / 2 - 0.02),
            SOFA,
            other,
            tilt_rad=tilt + between(rng, -0.04, 0.04),
        )
    return parts

"""Chairs of several kinds, stools and benches."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, pick_weighted, whole
from sensors.rooms.furniture.parts import LYING, cushion, legs, splayed_legs
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.labels import CHAIR
from sensors.rooms.materials import Material
from sensors.rooms.palettes import looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, box, cylinder, ellipsoid, rod, rotation


def chair(rng: np.random.Generator, style: Style) -> Piece:
    """Any chair for a table."""
    return pick_weighted(rng, {wooden_chair: 4, shell_chair: 2, metal_chair: 2, padded_chair: 2})(rng, style)


def wooden_chair(rng: np.random.Generator, style: Style) -> Piece:
    """Four legs, a back of slats, rails or a panel."""
    wood = style.body()
    w, d, seat, top = (
        between(rng, 0.4, 0.48),
        between(rng, 0.4, 0.48),
        between(rng, 0.43, 0.48),
        between(rng, 0.82, 1.05),
    )
    leg = between(rng, 0.028, 0.042)
    parts = legs(w - 0.02, d - 0.02, seat - 0.02, leg, CHAIR, wood, round_=chance(rng, 0.4))
    parts.append(box((w, d, 0.03), (0, 0, seat - 0.015), CHAIR, wood, bevel_m=0.01))
    if chance(rng, 0.4):
        parts += cushion((w - 0.04, d - 0.04, 0.05), (0, 0, seat + 0.015), CHAIR, looks.upholstery(rng))
    lean = between(rng, 0.03, 0.09)
    y = d / 2 - leg / 2
    for side in (-1, 1):
        x = side * (w - leg - 0.02) / 2
        parts.append(rod((x, y, seat - 0.02), (x, y + lean, top), leg, CHAIR, wood))
    parts += _wooden_back(rng, w - leg, y, lean, seat, top, wood)
    if chance(rng, 0.5):
        for side in (-1, 1):
            x = side * (w - leg - 0.02) / 2
            parts.append(box((leg * 0.6, d - leg, leg * 0.8), (x, 0, seat * 0.4), CHAIR, wood))
    return _seat(parts, w, d, seat)


def shell_chair(rng: np.random.Generator, style: Style) -> Piece:
    """A moulded seat and back on thin legs."""
    shell = looks.plastic(rng) if chance(rng, 0.75) else looks.wood(rng)
    w, d, seat, top = (
        between(rng, 0.42, 0.5),
        between(rng, 0.4, 0.48),
        between(rng, 0.42, 0.47),
        between(rng, 0.76, 0.88),
    )
    metal = style.metal() if chance(rng, 0.6) else style.wood()
    parts = splayed_legs(w - 0.02, d - 0.02, seat - 0.02, 0.022, CHAIR, metal, between(rng, 0.03, 0.09))
    round_ = chance(rng, 0.5)
    if round_:
        parts.append(cylinder((w, d, 0.035), (0, 0, seat - 0.0175), CHAIR, shell, taper=1.03))
        parts.append(ellipsoid((w * 0.96, d * 0.96, 0.07), (0, 0, seat - 0.03), CHAIR, shell))
    else:
        parts.append(box((w, d, 0.03), (0, 0, seat - 0.015), CHAIR, shell, bevel_m=0.014))
        parts.append(cylinder((0.05, 0.05, w), (0, -d / 2, seat - 0.02), CHAIR, shell, turn=LYING))
    tilt = rotation(roll_rad=-between(rng, 0.12, 0.25))
    back_z = (seat + top) / 2 + 0.03
    if round_:
        parts.append(ellipsoid((w * 0.95, 0.06, top - seat + 0.04), (0, d / 2 - 0.02, back_z), CHAIR, shell, turn=tilt))
    else:
        size = (w * 0.94, 0.022, top - seat - 0.02)
        parts.append(box(size, (0, d / 2, back_z), CHAIR, shell, turn=tilt, bevel_m=0.011))
        for side in (-1, 1):
            x = side * w * 0.25
            parts.append(rod((x, d / 2 - 0.06, seat - 0.02), (x, d / 2, seat + 0.12), 0.02, CHAIR, metal))
        parts.append(
            ellipsoid((w * 0.86, 0.05, top - seat - 0.06), (0, d / 2 + 0.008, back_z), CHAIR, shell, turn=tilt)
        )
    if chance(rng, 0.35):
        for side in (-1, 1):
            parts.append(box((0.035, d * 0.7, 0.03), (side * w / 2, 0.02, seat + 0.18), CHAIR, shell, bevel_m=0.015))
            parts.append(box((0.03, 0.05, 0.2), (side * w / 2, -d * 0.25, seat + 0.08), CHAIR, shell, bevel_m=0.015))
    return _seat(parts, w, d, seat)


def metal_chair(rng: np.random.Generator, style: Style) -> Piece:
    """Tubes bent to a cantilever or a stacking frame; classrooms and canteens have them."""
    tube = style.metal()
    pad = pick(rng, (looks.plastic, looks.fabric, looks.leather, looks.wood))(rng)
    w, d, seat, top = (
        between(rng, 0.42, 0.5),
        between(rng, 0.42, 0.5),
        between(rng, 0.43, 0.47),
        between(rng, 0.78, 0.9),
    )
    thick = between(rng, 0.02, 0.028)
    x, y, lean = w / 2 - thick, d / 2 - thick, between(rng, 0.04, 0.1)
    parts: list[Primitive] = []
    cantilever = chance(rng, 0.4)
    for side in (-1, 1):
        parts.append(rod((side * x, -y, 0.012), (side * x, -y, seat - 0.02), thick, CHAIR, tube))
        if cantilever:
            parts.append(rod((side * x, -y, 0.012), (side * x, y, 0.012), thick, CHAIR, tube))
        else:
            parts.append(rod((side * x, y + 0.03, 0), (side * x, y - 0.02, seat - 0.02), thick, CHAIR, tube))
        parts.append(rod((side * x, -y, seat - 0.02), (side * x, y, seat - 0.02), thick, CHAIR, tube))
        parts.append(rod((side * x, y, seat - 0.02), (side * x, y + lean, top), thick, CHAIR, tube))
    if cantilever:
        parts.append(rod((-x, y, 0.012), (x, y, 0.012), thick, CHAIR, tube))
    parts.append(box((w - thick, d - 0.03, 0.035), (0, -0.005, seat), CHAIR, pad, bevel_m=0.015))
    tilt = rotation(roll_rad=-np.arctan2(lean, top - seat))
    height = between(rng, 0.16, 0.3)
    z = top - height / 2
    parts.append(
        box(
            (w - thick, 0.03, height),
            (0, y + lean * (z - seat) / (top - seat) - 0.01, z),
            CHAIR,
            pad,
            turn=tilt,
            bevel_m=0.015,
        )
    )
    return _seat(parts, w, d, seat)


def padded_chair(rng: np.random.Generator, style: Style) -> Piece:
    """An upholstered dining or visitor's chair."""
    cloth = looks.upholstery(rng)
    w, d, seat, top = (
        between(rng, 0.44, 0.56),
        between(rng, 0.44, 0.52),
        between(rng, 0.44, 0.5),
        between(rng, 0.86, 1.08),
    )
    parts = legs(w - 0.04, d - 0.04, seat - 0.1, 0.04, CHAIR, style.wood(), taper=1.5)
    parts.append(box((w, d, 0.06), (0, 0, seat - 0.11), CHAIR, cloth, bevel_m=0.02))
    parts += cushion((w, d, 0.08), (0, 0, seat - 0.05), CHAIR, cloth)
    tilt = between(rng, 0.06, 0.16)
    back = rotation(roll_rad=-tilt)
    height = top - seat + 0.05
    parts.append(
        box(
            (w * 0.94, 0.07, height - 0.04),
            (0, d / 2 - 0.02, seat - 0.05 + height / 2),
            CHAIR,
            cloth,
            turn=back,
            bevel_m=0.03,
        )
    )
    crown_y = d / 2 - 0.02 + tilt * height / 2
    parts.append(cylinder((0.08, 0.08, w * 0.94), (0, crown_y, top - 0.05), CHAIR, cloth, turn=LYING))
    if chance(rng, 0.35):
        for side in (-1, 1):
            parts.append(box((0.06, d * 0.85, 0.05), (side * w / 2, 0, seat + 0.17), CHAIR, cloth, bevel_m=0.02))
            parts.append(box((0.05, 0.06, seat + 0.15), (side * w / 2, -d * 0.35, (seat + 0.15) / 2), CHAIR, cloth))
    return _seat(parts, w, d, seat)


def office_chair(rng: np.random.Generator, style: Style) -> Piece:
    """A swivel chair on a five-star base with castors."""
    base = looks.dark_plastic(rng) if chance(rng, 0.6) else looks.metal(rng)
    pad = looks.leather(rng) if chance(rng, 0.3) else looks.fabric(rng, 0.1)
    w, d, seat = between(rng, 0.46, 0.54), between(rng, 0.44, 0.52), between(rng, 0.44, 0.55)
    top = seat + between(rng, 0.42, 0.72)
    parts = [cylinder((0.06, 0.06, seat - 0.14), (0, 0, (seat - 0.02) / 2 + 0.04), CHAIR, base)]
    spin = rng.random()
    for k in range(5):
        a = spin + k * 2 * np.pi / 5
        x, y = float(np.cos(a)) * 0.29, float(np.sin(a)) * 0.29
        parts.append(rod((0, 0, 0.11), (x, y, 0.075), 0.038, CHAIR, base))
        parts.append(ellipsoid((0.055, 0.055, 0.06), (x, y, 0.03), CHAIR, base))
    parts += cushion((w, d, 0.09), (0, 0, seat - 0.03), CHAIR, pad)
    parts.append(box((0.07, 0.04, 0.32), (0, d / 2 + 0.01, seat + 0.08), CHAIR, base))
    tilt = rotation(roll_rad=-between(rng, 0.05, 0.2))
    low = seat + between(rng, 0.06, 0.16)
    mid, y = (low + top) / 2, d / 2 + 0.02
    parts.append(box((w * 0.86, 0.06, (top - low) * 0.86), (0, y, mid), CHAIR, pad, turn=tilt, bevel_m=0.03))
    parts.append(ellipsoid((w * 0.98, 0.13, top - low), (0, y, mid), CHAIR, pad, turn=tilt))
    if chance(rng, 0.65):
        for side in (-1, 1):
            x = side * (w / 2 + 0.01)
            parts.append(rod((x * 0.8, 0.03, seat - 0.07), (x, 0.03, seat + 0.19), 0.035, CHAIR, base))
            parts.append(box((0.07, 0.27, 0.035), (x, -0.02, seat + 0.2), CHAIR, base, bevel_m=0.015))
    return _seat(parts, w, d, seat)


def stool(rng: np.random.Generator, style: Style) -> Piece:
    """A round stool; some are as high as a bar's."""
    seat = pick(rng, (0.45, 0.47, 0.65, 0.74))
    across = between(rng, 0.3, 0.38)
    frame = style.metal() if chance(rng, 0.5) else style.wood()
    top = looks.upholstery(rng) if chance(rng, 0.4) else style.body()
    parts = splayed_legs(across, across, seat - 0.03, 0.025, CHAIR, frame, 0.05)
    parts.append(cylinder((across, across, 0.04), (0, 0, seat - 0.02), CHAIR, top))
    if chance(rng, 0.5):
        parts.append(ellipsoid((across * 0.98, across * 0.98, 0.06), (0, 0, seat), CHAIR, top))
    if seat > 0.6:
        ring = across - 0.07
        for side in (-1, 1):
            parts.append(rod((-ring / 2, side * ring / 2, 0.22), (ring / 2, side * ring / 2, 0.22), 0.02, CHAIR, frame))
    return _seat(parts, across * 0.7, across * 0.7, seat)


def bench(rng: np.random.Generator, style: Style) -> Piece:
    """A bench without a back, or a row of joined seats as waiting rooms have."""
    w, d, seat = between(rng, 0.9, 1.6), between(rng, 0.34, 0.45), between(rng, 0.42, 0.48)
    if chance(rng, 0.4):
        return _joined_seats(rng, style, whole(rng, 2, 4), seat)
    wood = style.body()
    parts = legs(w - 0.1, d - 0.02, seat - 0.04, 0.05, CHAIR, wood)
    parts.append(box((w, d, 0.045), (0, 0, seat - 0.022), CHAIR, wood, bevel_m=0.01))
    return _seat(parts, w, d, seat)


def _joined_seats(rng: np.random.Generator, style: Style, count: int, seat: float) -> Piece:
    shell, tube, pitch = looks.plastic(rng), style.metal(), 0.54
    w = count * pitch
    parts = [box((w, 0.06, 0.05), (0, 0.05, seat - 0.09), CHAIR, tube)]
    for side in (-1, 1):
        parts.append(box((0.05, 0.05, seat - 0.1), (side * (w / 2 - 0.2), 0.05, (seat - 0.1) / 2), CHAIR, tube))
        parts.append(box((0.05, 0.5, 0.04), (side * (w / 2 - 0.2), 0, 0.02), CHAIR, tube))
    tilt = rotation(roll_rad=-0.2)
    for k in range(count):
        x = (k - (count - 1) / 2) * pitch
        parts.append(box((0.48, 0.44, 0.05), (x, -0.02, seat - 0.04), CHAIR, shell, bevel_m=0.02))
        parts.append(ellipsoid((0.46, 0.07, 0.46), (x, 0.22, seat + 0.2), CHAIR, shell, turn=tilt))
    return _seat(parts, w, 0.45, seat)


def _wooden_back(
    rng: np.random.Generator, w: float, y: float, lean: float, seat: float, top: float, wood: Material
) -> list[Primitive]:
    """Between the two posts, which lean back: rails, slats or a panel."""

    def at(z: float) -> float:
        return y + lean * (z - seat) / (top - seat)

    form = pick(rng, ("rails", "slats", "panel"))
    parts = [box((w, 0.022, 0.06), (0, at(top - 0.05), top - 0.05), CHAIR, wood, bevel_m=0.008)]
    if form == "rails":
        for k in range(whole(rng, 1, 3)):
            z = top - 0.05 - (k + 1) * (top - seat) / 4.5
            parts.append(box((w, 0.02, 0.045), (0, at(z), z), CHAIR, wood, bevel_m=0.006))
        return parts
    low = seat + 0.12
    parts.append(box((w, 0.02, 0.04), (0, at(low), low), CHAIR, wood))
    if form == "panel":
        mid = (low + top) / 2 - 0.02
        tilt = rotation(roll_rad=-np.arctan2(lean, top - seat))
        parts.append(box((w * 0.92, 0.014, top - low - 0.1), (0, at(mid), mid), CHAIR, wood, turn=tilt))
        return parts
    count = whole(rng, 3, 6)
    for k in range(count):
        x = (k + 0.5 - count / 2) * w / count
        parts.append(rod((x, at(low), low), (x, at(top - 0.06), top - 0.06), 0.016, CHAIR, wood))
    return parts


def _seat(parts: list[Primitive], w: float, d: float, seat: float) -> Piece:
    return piece(parts, (Support("seat", -w / 2 + 0.05, -d / 2 + 0.04, w / 2 - 0.05, d / 2 - 0.07, seat, 0.5),))

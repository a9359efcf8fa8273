"""Cabinets, wardrobes, dressers, night stands, filing cabinets."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.parts import front_panel, legs
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.labels import CABINET, DRESSER, NIGHT_STAND
from sensors.rooms.materials import Material
from sensors.rooms.palettes import looks
from sensors.rooms.palettes.colors import shaded
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, box


def wardrobe(rng: np.random.Generator, style: Style) -> Piece:
    """A tall cabinet with doors, some with drawers below."""
    doors = whole(rng, 1, 4)
    w, d, high = doors * between(rng, 0.42, 0.55), between(rng, 0.5, 0.62), between(rng, 1.75, 2.25)
    body, front, handle = _materials(rng, style)
    parts = _carcass(w, d, high, 0.06, CABINET, body)
    low = 0.06
    if chance(rng, 0.35):
        drawer = between(rng, 0.18, 0.28)
        for k in range(max(1, doors // 2)):
            wide = w / max(1, doors // 2)
            x = (k + 0.5) * wide - w / 2
            parts += front_panel(wide, drawer, (x, -d / 2, low + drawer / 2), CABINET, front, handle, upright=False)
        low += drawer
    door = high - low - 0.03
    parts += _door_row(rng, doors, (w, d, door), low + door / 2, front, handle)
    return _top(parts, w, d, high, front_m=0.45, weight=1.5)


def cabinet(rng: np.random.Generator, style: Style) -> Piece:
    """A cabinet of waist or breast height: doors, perhaps a row of drawers above them."""
    doors = whole(rng, 1, 4)
    w, d, high = doors * between(rng, 0.38, 0.55), between(rng, 0.34, 0.48), between(rng, 0.7, 1.3)
    body, front, handle = _materials(rng, style)
    foot = 0.06 if chance(rng, 0.5) else 0.14
    parts = _carcass(w, d, high, foot, CABINET, body, on_legs=foot > 0.1)
    top = high - 0.03
    if chance(rng, 0.45):
        drawer = between(rng, 0.12, 0.18)
        for k in range(doors):
            x = (k + 0.5 - doors / 2) * w / doors
            parts += front_panel(
                w / doors, drawer, (x, -d / 2, top - drawer / 2), CABINET, front, handle, upright=False
            )
        top -= drawer
    parts += _door_row(rng, doors, (w, d, top - foot), (top + foot) / 2, front, handle)
    return _top(parts, w, d, high, front_m=0.4, weight=1.3)


def sideboard(rng: np.random.Generator, style: Style) -> Piece:
    """A long low cabinet, as televisions stand on: doors, drawers or open parts."""
    parts_across = whole(rng, 2, 4)
    w, d, high = between(rng, 1.1, 1.9), between(rng, 0.35, 0.48), between(rng, 0.38, 0.7)
    body, front, handle = _materials(rng, style)
    foot = between(rng, 0.03, 0.15)
    parts = _carcass(w, d, high, foot, CABINET, body, on_legs=foot > 0.09)
    each = w / parts_across
    for k in range(parts_across):
        x = (k + 0.5) * each - w / 2
        form = pick(rng, ("door", "drawers", "open"))
        inner, mid = high - foot - 0.04, (high + foot) / 2
        if form == "door":
            parts += front_panel(each, inner, (x, -d / 2, mid), CABINET, front, handle, upright=True, side=1)
        elif form == "drawers":
            for z in (mid - inner / 4, mid + inner / 4):
                parts += front_panel(each, inner / 2, (x, -d / 2, z), CABINET, front, handle, upright=False)
        else:
            parts.append(_dark_hole(each - 0.04, inner - 0.03, (x, -d / 2, mid), body))
    return _top(parts, w, d, high, front_m=0.4, weight=1.3)


def filing_cabinet(rng: np.random.Generator, style: Style) -> Piece:
    """A steel cabinet: drawers for files, or lockers."""
    color = looks.metal(rng) if chance(rng, 0.3) else looks.paint(rng)
    if chance(rng, 0.3):
        return _lockers(rng, color)
    drawers = whole(rng, 2, 4)
    w, d, high = between(rng, 0.4, 0.48), between(rng, 0.5, 0.62), drawers * 0.31 + 0.06
    parts = _carcass(w, d, high, 0.03, CABINET, color)
    handle = looks.metal(rng)
    each = (high - 0.06) / drawers
    for k in range(drawers):
        z = 0.04 + (k + 0.5) * each
        parts += front_panel(w, each, (0, -d / 2, z), CABINET, color, handle, upright=False)
    return _top(parts, w, d, high, front_m=0.5)


def dresser(rng: np.random.Generator, style: Style) -> Piece:
    """A chest of drawers: three to five rows, of one or two across."""
    rows, across = whole(rng, 3, 5), 1 if chance(rng, 0.45) else 2
    w = between(rng, 0.6, 0.9) if across == 1 else between(rng, 0.9, 1.5)
    d, high = between(rng, 0.4, 0.52), rows * between(rng, 0.19, 0.25) + between(rng, 0.08, 0.16)
    body, front, handle = _materials(rng, style)
    foot = pick(rng, (0.04, 0.12))
    parts = _carcass(w, d, high, foot, DRESSER, body, on_legs=foot > 0.1)
    parts += _drawer_grid(w, d, foot, high - 0.035, rows, across, DRESSER, front, handle)
    return _top(parts, w, d, high, front_m=0.5, weight=2.3)


def night_stand(rng: np.random.Generator, style: Style) -> Piece:
    """A small one- to three-drawer table beside a bed, some with an open part."""
    w, d, high = between(rng, 0.36, 0.58), between(rng, 0.32, 0.45), between(rng, 0.42, 0.68)
    body, front, handle = _materials(rng, style)
    foot = pick(rng, (0.03, 0.1, 0.18))
    parts = _carcass(w, d, high, foot, NIGHT_STAND, body, on_legs=foot > 0.05)
    top = high - 0.03
    if chance(rng, 0.4):
        drawer = (top - foot) * between(rng, 0.3, 0.5)
        parts += front_panel(w - 0.02, drawer, (0, -d / 2, top - drawer / 2), NIGHT_STAND, front, handle, upright=False)
        rest = top - foot - drawer
        hole = _dark_hole(w - 0.06, rest - 0.04, (0, -d / 2, foot + rest / 2), body)
        parts.append(Primitive(hole.shape, hole.half_m, hole.centre_m, hole.rotation, NIGHT_STAND, hole.material))
    else:
        parts += _drawer_grid(w, d, foot, top, whole(rng, 1, 3), 1, NIGHT_STAND, front, handle)
    support = Support("stand", -w / 2 + 0.02, -d / 2 + 0.02, w / 2 - 0.02, d / 2 - 0.02, high)
    return piece(parts, (support,), front_m=0.25, weight=3.5)


def _materials(rng: np.random.Generator, style: Style) -> tuple[Material, Material, Material | None]:
    body = style.body()
    front = body if chance(rng, 0.7) else style.body()
    return body, front, None if chance(rng, 0.12) else style.metal()


def _carcass(
    w: float, d: float, high: float, foot: float, label: int, body: Material, *, on_legs: bool = False
) -> list[Primitive]:
    """The box behind the fronts, its top sticking out a little, on a plinth or on legs."""
    parts = [box((w, d, high - foot - 0.025), (0, 0, foot + (high - foot - 0.025) / 2), label, body)]
    parts.append(box((w + 0.02, d + 0.025, 0.025), (0, -0.0125, high - 0.0125), label, body, bevel_m=0.006))
    if on_legs:
        parts += legs(w - 0.02, d - 0.02, foot, 0.04, label, body, taper=1.25)
    else:
        plinth = body.with_(color=shaded(body.color, 0.6))
        parts.append(box((w - 0.03, d - 0.05, foot), (0, 0.02, foot / 2), label, plinth))
    return parts


def _door_row(
    rng: np.random.Generator,
    doors: int,
    size_m: tuple[float, float, float],
    middle: float,
    front: Material,
    handle: Material | None,
) -> list[Primitive]:
    """Doors side by side that open away from each other. size_m: the whole row's width, its cabinet's depth, height."""
    w, d, high = size_m
    framed = chance(rng, 0.4)
    parts: list[Primitive] = []
    for k in range(doors):
        at = ((k + 0.5 - doors / 2) * w / doors, -d / 2, middle)
        side = 1 if k % 2 == 0 else -1
        parts += front_panel(w / doors, high, at, CABINET, front, handle, upright=True, side=side, framed=framed)
    return parts


def _drawer_grid(
    w: float,
    d: float,
    low: float,
    high: float,
    rows: int,
    across: int,
    label: int,
    front: Material,
    handle: Material | None,
) -> list[Primitive]:
    parts: list[Primitive] = []
    each, wide = (high - low) / rows, (w - 0.02) / across
    for row in range(rows):
        for column in range(across):
            at = ((column + 0.5 - across / 2) * wide, -d / 2, low + (row + 0.5) * each)
            parts += front_panel(wide, each, at, label, front, handle, upright=False)
    return parts


def _dark_hole(w: float, high: float, at: tuple[float, float, float], body: Material) -> Primitive:
    """What an open part looks like from before: a recess in shadow."""
    x, y, z = at
    shadow = Material(shaded(body.color, 0.35), infrared=body.infrared * 0.5)
    return box((w, 0.006, high), (x, y - 0.002, z), CABINET, shadow)


def _lockers(rng: np.random.Generator, color: Material) -> Piece:
    count = whole(rng, 2, 5)
    w, d, high = count * 0.32, 0.48, between(rng, 1.7, 1.95)
    parts = _carcass(w, d, high, 0.06, CABINET, color)
    rows = whole(rng, 1, 2)
    fronts = [color, looks.paint(rng)] if chance(rng, 0.4) else [color]
    each = (high - 0.1) / rows
    handle = looks.dark_plastic(rng)
    for k in range(count):
        for row in range(rows):
            at = ((k + 0.5 - count / 2) * 0.32, -d / 2, 0.07 + (row + 0.5) * each)
            parts += front_panel(0.32, each, at, CABINET, fronts[(k + row) % len(fronts)], handle, upright=True, side=1)
    return _top(parts, w, d, high, front_m=0.5)


def _top(parts: list[Primitive], w: float, d: float, high: float, *, front_m: float, weight: float = 1.0) -> Piece:
    support = Support("top", -w / 2 + 0.03, -d / 2 + 0.03, w / 2 - 0.03, d / 2 - 0.03, high, 0.5)
    return piece(parts, (support,), front_m=front_m, weight=weight)

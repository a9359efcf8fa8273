"""Kitchens: counters with cupboards below, sinks, cookers, wall cupboards, hoods, fridges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.parts import FACING, front_panel
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.labels import CABINET, COUNTER, FRIDGE, PAPER, SINK
from sensors.rooms.materials import Material
from sensors.rooms.palettes import looks
from sensors.rooms.palettes.colors import shaded
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import VOID, Primitive, box, cylinder, rod

DEEP = 0.6
UNDER_M = 0.2  # how far below the worktop basins reach


class KitchenLook:
    """One kitchen's fronts, top and handles."""

    def __init__(self, rng: np.random.Generator, style: Style) -> None:
        self.front = style.body()
        self.top = looks.stone(rng) if chance(rng, 0.75) else style.wood()
        self.handle: Material | None = style.metal() if chance(rng, 0.85) else None
        self.framed = chance(rng, 0.4)
        self.high = between(rng, 0.84, 0.94)


def counter(rng: np.random.Generator, look: KitchenLook, width_m: float, fittings: tuple[str, ...] = ()) -> Piece:
    """A run of cupboards and drawers under one worktop; fittings from left to right: "sink", "cooker"."""
    high, thick = look.high, 0.04
    body = look.front.with_(color=shaded(look.front.color, 0.92))
    parts = [box((width_m, DEEP - 0.03, 0.1), (0, 0.04, 0.05), CABINET, Material((0.15, 0.14, 0.13), infrared=0.3))]
    low = high - UNDER_M - 0.1
    parts.append(box((width_m, DEEP - 0.03, low), (0, 0.015, 0.1 + low / 2), CABINET, body))
    count = max(1, round(width_m / 0.55))
    each = width_m / count
    holes = _spots(rng, fittings, count)
    for k in range(count):
        x = (k + 0.5) * each - width_m / 2
        if holes.get(k) == "cooker":
            parts += _oven(rng, x, each, high)
        else:
            parts += _unit(rng, look, x, each, high - thick)
    supports = _worktop(rng, look, width_m, each, holes, parts, body)
    return piece(parts, supports, front_m=0.7, weight=1.8)


def wall_cupboards(rng: np.random.Generator, look: KitchenLook, width_m: float, hood: bool = False) -> Piece:
    """Cupboards to hang over a counter, their lower edge at z = 0; some are open or have a hood between them."""
    high, deep = between(rng, 0.5, 0.75), between(rng, 0.3, 0.36)
    count = max(1, round(width_m / 0.5))
    each = width_m / count
    gap = whole(rng, 0, count - 1) if hood and count > 1 else -1
    parts: list[Primitive] = []
    supports = [Support("top", -width_m / 2, -deep + 0.03, width_m / 2, -0.03, high, 0.3)] if gap < 0 else []
    for k in range(count):
        x = (k + 0.5) * each - width_m / 2
        if k == gap:
            parts += _hood(rng, x, each, high)
            continue
        parts.append(box((each, deep, high), (x, -deep / 2, high / 2), CABINET, look.front))
        parts += front_panel(
            each,
            high,
            (x, -deep, high / 2),
            CABINET,
            look.front,
            look.handle,
            upright=True,
            side=1 if k % 2 else -1,
            framed=look.framed,
        )
    return piece(parts, supports, weight=1.1)


def island(rng: np.random.Generator, look: KitchenLook) -> Piece:
    """A free-standing counter, its top wider than its body."""
    w, d, high = between(rng, 1.1, 1.8), between(rng, 0.7, 0.9), look.high
    parts = [
        box((w - 0.1, d - 0.2, high - 0.04), (0, 0, (high - 0.04) / 2), COUNTER, look.front),
        box((w, d, 0.04), (0, 0, high - 0.02), COUNTER, look.top, bevel_m=0.008),
    ]
    support = Support("counter", -w / 2 + 0.05, -d / 2 + 0.05, w / 2 - 0.05, d / 2 - 0.05, high)
    return piece(parts, (support,), front_m=0.3, weight=1.6)


def reception(rng: np.random.Generator, style: Style) -> Piece:
    """A counter to be served at: a panelled front and a ledge."""
    w, d, high = between(rng, 1.2, 2.2), between(rng, 0.5, 0.7), between(rng, 0.95, 1.1)
    body, top = style.body(), looks.stone(rng)
    parts = [
        box((w, d * 0.5, high - 0.04), (0, d * 0.2, (high - 0.04) / 2), COUNTER, body),
        box((w + 0.06, d, 0.04), (0, 0, high - 0.02), COUNTER, top, bevel_m=0.01),
        box((w, 0.03, high - 0.2), (0, -d * 0.1, 0.08 + (high - 0.2) / 2), COUNTER, style.body()),
    ]
    support = Support("counter", -w / 2 + 0.05, -d / 2 + 0.05, w / 2 - 0.05, d / 2 - 0.05, high)
    return piece(parts, (support,), front_m=0.5, weight=1.6)


def fridge(rng: np.random.Generator, style: Style) -> Piece:
    """A fridge: one door or two, tall or low; notes stick to some."""
    low = chance(rng, 0.2)
    w, d = between(rng, 0.54, 0.75), between(rng, 0.56, 0.7)
    high = between(rng, 0.82, 0.9) if low else between(rng, 1.4, 1.9)
    skin = pick(rng, (looks.ceramic, looks.ceramic, looks.steel, looks.dark_plastic))(rng).with_(gloss=0.4)
    if chance(rng, 0.07):
        skin = looks.plastic(rng)
    handle = looks.metal(rng)
    parts = [box((w, d - 0.06, high - 0.03), (0, 0.03, 0.03 + (high - 0.03) / 2), FRIDGE, skin, bevel_m=0.012)]
    split = high * (between(rng, 0.3, 0.45) if chance(rng, 0.5) else between(rng, 0.62, 0.72))
    doors = [(0.06, high)] if low else [(0.06, split), (split + 0.012, high)]
    side = 1 if chance(rng, 0.5) else -1
    for z0, z1 in doors:
        parts.append(box((w - 0.004, 0.055, z1 - z0), (0, -d / 2 + 0.028, (z0 + z1) / 2), FRIDGE, skin, bevel_m=0.015))
        grip = min(0.4, (z1 - z0) * 0.5)
        z = z1 - grip * 0.7 if z0 < 0.1 else z0 + grip * 0.7
        parts.append(
            box((0.02, 0.035, grip), (side * (w / 2 - 0.05), -d / 2 - 0.015, z), FRIDGE, handle, bevel_m=0.008)
        )
    parts += [box((w - 0.06, d - 0.1, 0.03), (0, 0, 0.015), FRIDGE, looks.dark_plastic(rng))]
    for _ in range(whole(rng, 0, 5)):
        size = (between(rng, 0.03, 0.18), 0.002, between(rng, 0.03, 0.2))
        at = (between(rng, -0.3, 0.3) * w, -d / 2 - 0.001, between(rng, 0.55, 0.9) * high)
        note = looks.white_paper(rng) if chance(rng, 0.6) else looks.plastic(rng)
        parts.append(box(size, at, PAPER if note.pattern == "paper" else VOID, note))
    support = Support("top", -w / 2 + 0.03, -d / 2 + 0.08, w / 2 - 0.03, d / 2 - 0.03, high, 0.4)
    return piece(parts, (support,), front_m=0.6, weight=2.4)


def _spots(rng: np.random.Generator, fittings: tuple[str, ...], count: int) -> dict[int, str]:
    order = list(range(count))
    spots: dict[int, str] = {}
    for fitting in fittings:
        if order:
            spots[order.pop(int(rng.random() * len(order)))] = fitting
    return spots


def _unit(rng: np.random.Generator, look: KitchenLook, x: float, each: float, top: float) -> list[Primitive]:
    y, low = -DEEP / 2 + 0.03, 0.1
    if chance(rng, 0.3):
        parts: list[Primitive] = []
        rows = whole(rng, 3, 4)
        high = (top - low) / rows
        for row in range(rows):
            at = (x, y, low + (row + 0.5) * high)
            parts += front_panel(each, high, at, CABINET, look.front, look.handle, upright=False)
        return parts
    return front_panel(
        each,
        top - low,
        (x, y, (top + low) / 2),
        CABINET,
        look.front,
        look.handle,
        upright=True,
        side=pick(rng, (-1, 1)),
        framed=look.framed,
    )


def _oven(rng: np.random.Generator, x: float, each: float, high: float) -> list[Primitive]:
    """An oven below and a hob above; an oven is no class, so void."""
    face, glass = (looks.steel if chance(rng, 0.5) else looks.dark_plastic)(rng), looks.dark_plastic(rng)
    y = -DEEP / 2 + 0.02
    parts = [
        box((each - 0.01, 0.03, high - 0.18), (x, y, 0.1 + (high - 0.18) / 2), VOID, face),
        box((each - 0.12, 0.01, 0.3), (x, y - 0.016, high * 0.45), VOID, glass),
        rod(
            (x - each * 0.35, y - 0.05, high * 0.68),
            (x + each * 0.35, y - 0.05, high * 0.68),
            0.02,
            VOID,
            looks.metal(rng),
        ),
        box((each - 0.03, 0.5, 0.012), (x, 0, high + 0.004), VOID, glass),
    ]
    for side_x in (-1, 1):
        parts.append(cylinder((0.05, 0.05, 0.02), (x + side_x * 0.12, y - 0.02, high * 0.82), VOID, glass, turn=FACING))
        for side_y in (-1, 1):
            at = (x + side_x * each * 0.22, side_y * 0.12, high + 0.014)
            parts.append(cylinder((0.16, 0.16, 0.012), at, VOID, glass.with_(color=(0.2, 0.2, 0.2))))
    return parts


def _worktop(
    rng: np.random.Generator,
    look: KitchenLook,
    width_m: float,
    each: float,
    holes: dict[int, str],
    parts: list[Primitive],
    body: Material,
) -> list[Support]:
    """The worktop in one piece, with a basin let in where the sink is; what is left over can be stood on."""
    high, thick = look.high, 0.04
    basins = sorted(k for k, fitting in holes.items() if fitting == "sink")
    left = -width_m / 2
    cuts = [(k * each - width_m / 2 + 0.03, (k + 1) * each - width_m / 2 - 0.03) for k in basins]
    for x0, x1 in [*cuts, (width_m / 2, width_m / 2)]:
        parts.append(
            box((x0 - left, DEEP, thick), ((left + x0) / 2, 0, high - thick / 2), COUNTER, look.top, bevel_m=0.008)
        )
        if x0 - left > 0.01:
            size = (x0 - left, DEEP - 0.03, UNDER_M - thick)
            parts.append(box(size, ((left + x0) / 2, 0.015, high - thick - size[2] / 2), CABINET, body))
        if x1 > x0:
            for y0, y1 in ((-DEEP / 2, -DEEP / 2 + 0.07), (DEEP / 2 - 0.1, DEEP / 2)):
                at = ((x0 + x1) / 2, (y0 + y1) / 2, high - thick / 2)
                parts.append(box((x1 - x0, y1 - y0, thick), at, COUNTER, look.top))
            parts += _basin(rng, x0, x1, high)
        left = x1
    if chance(rng, 0.5):
        parts.append(box((width_m, 0.015, 0.08), (0, DEEP / 2 - 0.0075, high + 0.04), COUNTER, look.top))
    taken = sorted(holes)
    edges = [-1, *taken, round(width_m / each)]
    return [
        Support(
            "counter",
            (a + 1) * each - width_m / 2 + 0.02,
            -DEEP / 2 + 0.05,
            b * each - width_m / 2 - 0.02,
            DEEP / 2 - 0.05,
            high,
            0.42,
        )
        for a, b in pairwise(edges)
        if (b - a - 1) * each > 0.2
    ]


def _basin(rng: np.random.Generator, x0: float, x1: float, high: float) -> list[Primitive]:
    """A basin between x0 and x1: floor, four sides, a raised rim, a tap."""
    steel = looks.steel(rng) if chance(rng, 0.75) else looks.ceramic(rng)
    w, y0, y1, deep = x1 - x0, -DEEP / 2 + 0.07, DEEP / 2 - 0.1, 0.17
    x, y, z = (x0 + x1) / 2, (y0 + y1) / 2, high - deep / 2
    parts = [box((w, y1 - y0, 0.01), (x, y, high - deep), SINK, steel)]
    parts += [box((0.012, y1 - y0, deep), (x + side * (w / 2 - 0.006), y, z), SINK, steel) for side in (-1, 1)]
    parts += [box((w, 0.012, deep), (x, y + side * ((y1 - y0) / 2 - 0.006), z), SINK, steel) for side in (-1, 1)]
    for side in (-1, 1):
        parts.append(box((0.03, y1 - y0 + 0.03, 0.006), (x + side * w / 2, y, high + 0.003), SINK, steel))
        parts.append(box((w + 0.03, 0.03, 0.006), (x, y + side * (y1 - y0) / 2, high + 0.003), SINK, steel))
    tap, rise = looks.metal(rng), between(rng, 0.18, 0.32)
    parts.append(rod((x, y1 + 0.035, high), (x, y1 + 0.035, high + rise), 0.028, SINK, tap))
    parts.append(rod((x, y1 + 0.035, high + rise - 0.01), (x, y1 - 0.14, high + rise - 0.03), 0.024, SINK, tap))
    return parts


def _hood(rng: np.random.Generator, x: float, each: float, high: float) -> list[Primitive]:
    """A cooker hood between the cupboards; void."""
    steel = looks.steel(rng)
    return [
        box((each - 0.02, 0.42, 0.06), (x, -0.21, 0.06), VOID, steel),
        box((each * 0.5, 0.28, high - 0.09), (x, -0.14, 0.09 + (high - 0.09) / 2), VOID, steel),
    ]

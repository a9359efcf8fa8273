"""Tables, coffee tables, desks."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted
from sensors.rooms.furniture.parts import front_panel, legs, splayed_legs
from sensors.rooms.furniture.piece import Piece, Support, Use, piece
from sensors.rooms.labels import DESK, TABLE
from sensors.rooms.materials import Material
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, box, cylinder, rod


def table(rng: np.random.Generator, style: Style, width_m: float | None = None, depth_m: float | None = None) -> Piece:
    """A dining or meeting table: four legs, a frame under the top, or trestles."""
    w = between(rng, 0.9, 1.8) if width_m is None else width_m
    d = between(rng, 0.7, 0.95) if depth_m is None else depth_m
    high, thick = between(rng, 0.71, 0.77), between(rng, 0.02, 0.045)
    top = style.body()
    frame = top if chance(rng, 0.55) else (style.metal() if chance(rng, 0.6) else style.body())
    parts = [box((w, d, thick), (0, 0, high - thick / 2), TABLE, top, bevel_m=0.008)]
    under = high - thick
    form = pick_weighted(rng, {"legs": 0.6, "splayed": 0.15, "trestles": 0.25})
    if form == "legs":
        leg = between(rng, 0.045, 0.09)
        inset = between(rng, 0.01, 0.08)
        parts += legs(
            w - 2 * inset,
            d - 2 * inset,
            under,
            leg,
            TABLE,
            frame,
            round_=chance(rng, 0.25),
            taper=1.4 if chance(rng, 0.25) else 1.0,
        )
        parts += _apron(w - 2 * inset - leg, d - 2 * inset - leg, under, between(rng, 0.05, 0.1), frame)
    elif form == "splayed":
        parts += splayed_legs(w - 0.06, d - 0.06, under, 0.05, TABLE, frame, 0.07)
    else:
        parts += _trestles(w, d, under, frame)
    return _tabletop(parts, "table", w, d, high)


def round_table(rng: np.random.Generator, style: Style) -> Piece:
    """A round table on one foot or on four legs."""
    across, high, top = between(rng, 0.7, 1.25), between(rng, 0.7, 0.77), style.body()
    parts: list[Primitive] = [cylinder((across, across, 0.03), (0, 0, high - 0.015), TABLE, top)]
    if chance(rng, 0.55):
        foot = style.metal() if chance(rng, 0.6) else top
        parts.append(cylinder((0.09, 0.09, high - 0.03), (0, 0, (high - 0.03) / 2), TABLE, foot))
        base = across * between(rng, 0.45, 0.6)
        parts.append(cylinder((base, base, 0.035), (0, 0, 0.0175), TABLE, foot, taper=0.7))
    else:
        parts += splayed_legs(across * 0.72, across * 0.72, high - 0.03, 0.04, TABLE, style.body(), 0.06)
    return _tabletop(parts, "table", across * 0.7, across * 0.7, high)


def coffee_table(rng: np.random.Generator, style: Style) -> Piece:
    """A low table for before a sofa; some have a shelf below, some a glass top."""
    w, d, high = between(rng, 0.6, 1.2), between(rng, 0.45, 0.7), between(rng, 0.34, 0.48)
    wood = style.body()
    top = wood
    if chance(rng, 0.12):
        top = wood.with_(pattern="plain", color=(0.6, 0.68, 0.66), gloss=0.9, infrared=0.3)
    if chance(rng, 0.2):
        parts: list[Primitive] = [cylinder((w * 0.9, w * 0.9, 0.03), (0, 0, high - 0.015), TABLE, top)]
        parts += splayed_legs(w * 0.62, w * 0.62, high - 0.03, 0.035, TABLE, wood, 0.05)
        return _tabletop(parts, "table", w * 0.62, w * 0.62, high)
    parts = [box((w, d, 0.035), (0, 0, high - 0.0175), TABLE, top, bevel_m=0.008)]
    parts += legs(w - 0.04, d - 0.04, high - 0.035, between(rng, 0.03, 0.08), TABLE, wood)
    supports = [_rectangle("table", w, d, high)]
    if chance(rng, 0.45):
        parts.append(box((w - 0.1, d - 0.1, 0.02), (0, 0, high * 0.35), TABLE, wood))
        supports.append(
            Support("shelf", -w / 2 + 0.12, -d / 2 + 0.1, w / 2 - 0.12, d / 2 - 0.1, high * 0.35 + 0.01, high * 0.55)
        )
    return piece(parts, supports, weight=1.3)


def side_table(rng: np.random.Generator, style: Style) -> Piece:
    """A small table beside a sofa."""
    across, high = between(rng, 0.35, 0.5), between(rng, 0.45, 0.62)
    wood = style.body()
    parts: list[Primitive] = [box((across, across, 0.025), (0, 0, high - 0.0125), TABLE, wood)]
    parts += legs(across - 0.02, across - 0.02, high - 0.025, 0.035, TABLE, wood)
    return _tabletop(parts, "stand", across, across, high)


def desk(rng: np.random.Generator, style: Style, width_m: float | None = None) -> Piece:
    """A writing desk, with drawers at one side or both, a back panel, or a metal frame."""
    w = between(rng, 1.0, 1.7) if width_m is None else width_m
    d, high, thick = between(rng, 0.55, 0.8), between(rng, 0.7, 0.77), between(rng, 0.02, 0.035)
    wood = style.body()
    parts = [box((w, d, thick), (0, 0, high - thick / 2), DESK, wood, bevel_m=0.006)]
    under = high - thick
    form = pick_weighted(rng, {"pedestal": 0.4, "panels": 0.3, "frame": 0.3})
    if form == "frame":
        parts += _frame(w, d, under, style)
    else:
        for side in (-1, 1):
            parts.append(box((0.025, d - 0.05, under), (side * (w / 2 - 0.03), 0.01, under / 2), DESK, wood))
        parts.append(box((w - 0.08, 0.02, under * 0.5), (0, d / 2 - 0.06, under * 0.72), DESK, wood))
    if form == "pedestal" or chance(rng, 0.35):
        for side in (-1, 1) if w > 1.4 and chance(rng, 0.3) else ((1,) if chance(rng, 0.5) else (-1,)):
            parts += _drawers(rng, style, side * (w / 2 - 0.26), d, under)
    return _tabletop(parts, "desk", w, d, high, front_m=0.75)


def school_desk(rng: np.random.Generator, style: Style, width_m: float, depth_m: float) -> Piece:
    """A light desk on metal legs, many of a kind."""
    high = between(rng, 0.7, 0.76)
    parts = [box((width_m, depth_m, 0.025), (0, 0, high - 0.0125), DESK, style.wood(), bevel_m=0.006)]
    parts += _frame(width_m, depth_m, high - 0.025, style)
    if chance(rng, 0.4):
        parts.append(box((width_m - 0.1, 0.015, 0.3), (0, depth_m / 2 - 0.04, high - 0.2), DESK, style.body()))
    return _tabletop(parts, "desk", width_m, depth_m, high)


def _frame(w: float, d: float, under: float, style: Style) -> list[Primitive]:
    metal = style.metal()
    parts = legs(w - 0.06, d - 0.06, under, 0.04, DESK, metal)
    for side in (-1, 1):
        parts.append(box((0.035, d - 0.1, 0.035), (side * (w / 2 - 0.05), 0, under - 0.018), DESK, metal))
    parts.append(box((w - 0.1, 0.03, 0.035), (0, d / 2 - 0.05, under - 0.018), DESK, metal))
    return parts


def _drawers(rng: np.random.Generator, style: Style, x: float, d: float, under: float) -> list[Primitive]:
    body, handle = style.body(), style.metal()
    parts = [box((0.4, d - 0.06, under - 0.05), (x, 0.01, 0.05 + (under - 0.05) / 2), DESK, body)]
    heights = (0.4, 0.3, 0.3) if chance(rng, 0.6) else (0.6, 0.4)
    z = 0.06
    for share in heights:
        high = share * (under - 0.08)
        parts += front_panel(0.39, high, (x, -d / 2 + 0.04, z + high / 2), DESK, body, handle, upright=False)
        z += high
    return parts


def _apron(w: float, d: float, under: float, high: float, material: Material) -> list[Primitive]:
    z = under - high / 2
    parts = [box((w, 0.02, high), (0, side * d / 2, z), TABLE, material) for side in (-1, 1)]
    return parts + [box((0.02, d, high), (side * w / 2, 0, z), TABLE, material) for side in (-1, 1)]


def _trestles(w: float, d: float, under: float, material: Material) -> list[Primitive]:
    parts: list[Primitive] = []
    for side in (-1, 1):
        x = side * (w / 2 - 0.2)
        parts.append(rod((x, -d / 2 + 0.06, 0), (x, -d / 2 + 0.22, under), 0.045, TABLE, material))
        parts.append(rod((x, d / 2 - 0.06, 0), (x, d / 2 - 0.22, under), 0.045, TABLE, material))
        parts.append(box((0.05, d - 0.2, 0.05), (x, 0, under - 0.025), TABLE, material))
    return parts


def _rectangle(use: Use, w: float, d: float, high: float) -> Support:
    return Support(use, -w / 2 + 0.03, -d / 2 + 0.03, w / 2 - 0.03, d / 2 - 0.03, high)


def _tabletop(parts: list[Primitive], use: Use, w: float, d: float, high: float, front_m: float = 0.0) -> Piece:
    return piece(parts, (_rectangle(use, w, d, high),), front_m=front_m, weight=1.4)

"""Chairs at tables and desks, and the people on them."""

from __future__ import annotations

import math

from sensors.rooms.draw import between, chance
from sensors.rooms.furniture import people, seats
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.furniture.soft import jacket_over_back
from sensors.rooms.placement.plan import Placed, Plan

SITTING = 0.11  # how often somebody sits on a chair


def seat_at(plan: Plan, table: Placed, body: Piece, x: float, side: int, *, across: bool = False) -> Placed | None:
    """Put this seat at a table's long side (or, across, at its end), more or less tucked in and turned."""
    rng = plan.rng
    sits = chance(rng, SITTING)
    edge = table.piece.bounds[3] if across else table.piece.bounds[4]
    out = edge + (between(rng, 0.2, 0.3) if sits else between(rng, 0.08, 0.4))
    turn = between(rng, -0.15, 0.15) if sits or chance(rng, 0.6) else between(rng, -0.7, 0.7)
    along, off = (side * out, x) if across else (x, side * out)
    facing = -math.pi / 2 * side if across else (math.pi if side < 0 else 0.0)
    placed = plan.near(table, body, along, off, facing + turn, tucked=True)
    if placed is not None:
        dress(plan, placed, sits)
    return placed


def dress(plan: Plan, seat: Placed, sits: bool) -> None:
    """Somebody on the seat, or a jacket over its back."""
    rng, body = plan.rng, seat.piece
    level = body.supports[0].z
    if sits and level < 0.6:
        plan.lay(people.sitting(rng, level), seat.x, seat.y, 0.0, seat.yaw_rad)
        plan.surfaces = [s for s in plan.surfaces if s[0] is not seat]
    elif body.height_m > 0.75 and chance(rng, 0.14 * plan.untidy + 0.04):
        top = body.height_m
        back = body.bounds[4] - 0.05
        jacket = piece(jacket_over_back(rng, min(body.width_m, 0.5)), weight=1.4)
        x, y, _ = seat.world(0.0, back)
        plan.lay(jacket, x, y, top, seat.yaw_rad)


def around(plan: Plan, table: Placed, share: float) -> None:
    """Chairs of one kind along both long sides and at the ends, each there that often."""
    rng = plan.rng
    maker = seats.chair if chance(rng, 0.85) else seats.stool
    w, d = table.piece.width_m, table.piece.depth_m
    count = max(1, int(w / 0.62))
    for side in (-1, 1):
        for k in range(count):
            if chance(rng, share):
                seat_at(plan, table, maker(rng, plan.style), (k + 0.5 - count / 2) * w / count, side)
    if d > 0.7:
        for side in (-1, 1):
            if chance(rng, share * 0.5):
                seat_at(plan, table, maker(rng, plan.style), 0.0, side, across=True)

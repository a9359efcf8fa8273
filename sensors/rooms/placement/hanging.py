"""Things on the walls, and lamps under the ceiling."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted, whole
from sensors.rooms.furniture import hangings, lamps, shelving, soft
from sensors.rooms.furniture.lamps import Light
from sensors.rooms.furniture.piece import Piece
from sensors.rooms.materials import RGB
from sensors.rooms.palettes.style import Style
from sensors.rooms.placement.plan import Placed, Plan

Maker = Callable[[np.random.Generator, Style], Piece]

HOME: dict[Maker, float] = {
    hangings.picture: 4,
    hangings.pictures: 1.4,
    hangings.mirror: 1.2,
    hangings.clock: 0.6,
    shelving.wall_boards: 1.2,
    soft.hanging_clothes: 0.9,
    hangings.notices: 0.4,
}
WORK: dict[Maker, float] = {
    hangings.picture: 1.6,
    hangings.notices: 2,
    hangings.notice_board: 1.2,
    hangings.clock: 0.8,
    hangings.whiteboard: 1.4,
    shelving.wall_boards: 0.8,
    soft.hanging_clothes: 0.6,
    hangings.wall_plate: 0.5,
}
WET: dict[Maker, float] = {
    soft.towel_on_rail: 2,
    soft.towel_on_hook: 1.6,
    hangings.mirror: 1.2,
    hangings.picture: 1,
    shelving.bathroom_boards: 0.8,
    soft.hanging_clothes: 0.4,
    hangings.clock: 0.2,
}
COOKING: dict[Maker, float] = {
    hangings.picture: 1.6,
    hangings.clock: 1,
    soft.towel_on_hook: 1,
    soft.towel_on_rail: 0.8,
    hangings.notices: 1,
    shelving.bathroom_boards: 1.2,
    hangings.notice_board: 0.4,
}
HEIGHTS: dict[Maker, tuple[float, float]] = {
    hangings.picture: (1.0, 1.55),
    hangings.pictures: (1.2, 1.5),
    hangings.mirror: (0.8, 1.2),
    hangings.clock: (1.7, 2.0),
    hangings.notices: (1.0, 1.4),
    hangings.notice_board: (1.0, 1.3),
    hangings.whiteboard: (0.85, 1.05),
    hangings.wall_plate: (0.6, 1.5),
    shelving.wall_boards: (1.1, 1.6),
    shelving.bathroom_boards: (1.1, 1.6),
    soft.hanging_clothes: (1.6, 1.8),
    soft.towel_on_rail: (1.0, 1.4),
    soft.towel_on_hook: (1.3, 1.65),
}


def hang(plan: Plan, body: Piece, low_m: float, *, tries: int = 2) -> Placed | None:
    """Hang a piece on a wall at that height, or higher where the first height has no room."""
    for k in range(tries):
        z = low_m + k * 0.3
        if z + body.bounds[5] < plan.size_m[2] - 0.05:
            placed = plan.against_wall(body, z=z, corner=0.15, gap_m=0.0)
            if placed is not None:
                return placed
    return None


def cover_walls(plan: Plan, makers: Mapping[Maker, float], count: int) -> None:
    """Hang that many things about the room, switches and lamps besides."""
    rng = plan.rng
    for _ in range(count):
        maker = pick_weighted(rng, makers)
        hang(plan, maker(rng, plan.style), between(rng, *HEIGHTS[maker]))
    if chance(rng, 0.3):
        lamp = lamps.wall_lamp(rng, plan.style, chance(rng, 0.5))
        placed = hang(plan, lamp.body, between(rng, 1.35, 1.75))
        if placed is not None:
            plan.light(lamp, placed.x, placed.y, placed.z, placed.yaw_rad)
    hang(plan, hangings.switch(rng, plan.style), 1.05)
    for _ in range(whole(rng, 0, 2)):
        hang(plan, hangings.switch(rng, plan.style), 0.28)
    if chance(rng, 0.2):
        hang(plan, hangings.wall_plate(rng, plan.style), between(rng, 0.6, 1.6))


def light_ceiling(plan: Plan, lit: bool, *, panels: float = 0.0) -> None:
    """Lamps under the ceiling: one or two, or a grid of panels that often."""
    rng, (width, depth, high) = plan.rng, plan.size_m
    if chance(rng, panels):
        _panels(plan, lit)
        return
    spots = [(0.0, 0.0)] if max(width, depth) < 4.5 else [(-width / 4, -depth / 4), (width / 4, depth / 4)]
    for x, y in spots:
        if chance(rng, 0.88):
            lamp = lamps.ceiling_lamp(rng, plan.style, lit)
            if high + lamp.body.bounds[2] < 1.95:
                continue
            _put(plan, lamp, x + between(rng, -0.3, 0.3), y + between(rng, -0.3, 0.3), high)
    if lit and not any(lamp.position_m[2] > high - 1.2 for lamp in plan.lamps):
        plan.light(
            Light(lamps.ceiling_lamp(rng, plan.style, True).body, (0, 0, -0.4), lamps.light_color(rng), 0.8), 0, 0, high
        )


def _panels(plan: Plan, lit: bool) -> None:
    rng, (width, depth, high) = plan.rng, plan.size_m
    color: RGB = lamps.light_color(rng)
    long_m, wide_m = (1.2, 0.3) if chance(rng, 0.5) else (0.6, 0.6)
    columns, rows = max(1, round(width / 2.4)), max(1, round(depth / 2.4))
    lamp = lamps.ceiling_panel(rng, lit, long_m, wide_m, color)
    for column in range(columns):
        for row in range(rows):
            x, y = (column + 0.5 - columns / 2) * width / columns, (row + 0.5 - rows / 2) * depth / rows
            plan.lay(lamp.body, x, y, high, 0.0)
    # Many panels light a room like a few: one or two lights stand for the grid.
    apart = max(width, depth) / 4 if max(width, depth) > 4 else 0.0
    for side in (-1, 1) if apart and lit else ((0,) if lit else ()):
        x, y = (side * apart, 0.0) if width >= depth else (0.0, side * apart)
        plan.light(Light(lamp.body, (0, 0, -0.15), color, 0.8), x, y, high)


def _put(plan: Plan, lamp: Light, x: float, y: float, high: float) -> None:
    plan.lay(lamp.body, x, y, high, 0.0)
    plan.light(lamp, x, y, high)

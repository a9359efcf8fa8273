"""Floor, walls with doors and windows, ceiling, skirting, beams, and the light of the day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensors.rooms.draw import between, chance, pick, pick_weighted
from sensors.rooms.furniture import hangings, openings
from sensors.rooms.furniture.piece import Bounds, piece
from sensors.rooms.labels import CEILING, FLOOR, WALL
from sensors.rooms.materials import RGB, Material
from sensors.rooms.palettes import colors, looks, shells
from sensors.rooms.placement.plan import Placed, Plan
from sensors.rooms.placement.walls import Wall
from sensors.rooms.primitives import Primitive, box, rotation

THICK_M = 0.25
PATTERNED = ("tiles", "bricks", "wallpaper", "planks")


@dataclass(frozen=True, slots=True)
class Opening:
    """A hole in a wall: u0 to u1 along it, z0 to z1."""

    wall: int
    u0: float
    u1: float
    z0: float
    z1: float


@dataclass(frozen=True, slots=True)
class Daylight:
    """What comes in from outside, and whether the lamps are on."""

    sky: RGB
    ambient: RGB
    lit: bool


def daylight(rng: np.random.Generator, windows: bool) -> Daylight:
    """Day, evening or night."""
    if not windows:
        return Daylight((0.0, 0.0, 0.0), _grey(rng, 0.3, 0.5), True)
    time = pick_weighted(rng, {"day": 0.62, "evening": 0.2, "night": 0.18})
    if time == "day":
        level = between(rng, 0.7, 1.2)
        tint = pick(rng, ((0.92, 0.97, 1.05), (1.0, 1.0, 1.0), (1.05, 1.0, 0.92)))
        return Daylight((tint[0] * level, tint[1] * level, tint[2] * level), _grey(rng, 0.4, 0.7), chance(rng, 0.4))
    if time == "evening":
        level = between(rng, 0.25, 0.5)
        return Daylight((level * 1.15, level * 0.9, level * 0.75), _grey(rng, 0.28, 0.5), chance(rng, 0.85))
    return Daylight((0.02, 0.025, 0.04), _grey(rng, 0.22, 0.45), True)


def build_shell(plan: Plan, doors: int, windows: int) -> Daylight:
    """Everything that bounds the room, with that many doors and (where there is space) windows."""
    rng = plan.rng
    skin = shells.wall(rng, plan.kind)
    other = skin if chance(rng, 0.8) else shells.wall(rng, plan.kind)
    accent = int(rng.random() * 4) if other is not skin else -1
    holes: list[Opening] = []
    for _ in range(doors):
        _door(plan, holes)
    light = daylight(rng, windows > 0)
    recess = [-0.055 if m.pattern in PATTERNED else between(rng, 0.06, 0.18) for m in (skin, other)]
    preferred = int(rng.random() * 4)
    for _ in range(windows):
        index = preferred if chance(rng, 0.7) else int(rng.random() * 4)
        _window(plan, holes, index, recess[1 if index == accent else 0], light)
    for index, wall in enumerate(plan.walls):
        mine = [h for h in holes if h.wall == index and h.z0 > 0.05]
        material = other if index == accent else skin
        plan.primitives += _wall(wall, plan.size_m[2], mine if material.pattern not in PATTERNED else [], material)
    _floor_and_ceiling(plan)
    _trim(plan, holes)
    _corner_block(plan, skin)
    if chance(rng, 0.25):
        plan.against_wall(hangings.pipes(rng, plan.size_m[2] - 0.02), corner=0.85, gap_m=0.0)
    return light


def _grey(rng: np.random.Generator, low: float, high: float) -> RGB:
    level, warmth = between(rng, low, high), between(rng, -0.04, 0.06)
    return level * (1 + warmth), level, level * (1 - warmth)


def _door(plan: Plan, holes: list[Opening]) -> None:
    rng = plan.rng
    wide, high = between(rng, 0.76, 0.95), between(rng, 1.96, 2.1)
    body = openings.door(rng, plan.style, wide, high)
    placed = plan.against_wall(body, corner=0.55, gap_m=0.0)
    if placed is None:
        return
    index = next(k for k, w in enumerate(plan.walls) if w.yaw_rad == placed.yaw_rad)
    wall = plan.walls[index]
    u0, u1, _, _ = wall.span(placed.bounds)
    holes.append(Opening(index, u0, u1, 0.0, high))
    (ax, ay), (bx, by) = wall.at(u0, 0.0), wall.at(u1, 0.95)
    plan.reserve((min(ax, bx), min(ay, by), 0.0, max(ax, bx), max(ay, by), high), doorway=True)


def _window(plan: Plan, holes: list[Opening], index: int, recess: float, light: Daylight) -> None:
    rng, wall, ceiling = plan.rng, plan.walls[index], plan.size_m[2]
    sill = between(rng, 0.75, 1.05) if chance(rng, 0.85) else between(rng, 0.15, 0.5)
    if plan.kind == "bathroom":
        sill = between(rng, 1.2, 1.5)
    high = min(between(rng, 0.9, 1.5), ceiling - 0.22 - sill)
    wide = min(between(rng, 0.7, 2.2), wall.length_m - 0.6)
    if high < 0.4 or wide < 0.4:
        return
    body = openings.window(rng, plan.style, wide, high, recess, light.sky)
    spots = plan.wall_gaps(wall, body, sill)
    if not spots:
        return
    low, top = spots[int(rng.random() * len(spots))]
    u = (
        between(rng, low - body.bounds[0] + 0.05, top - body.bounds[3] - 0.05)
        if top - low > body.width_m + 0.1
        else (low + top) / 2
    )
    x, y = wall.at(u, 0.0)
    placed = plan.put(body, x, y, sill, wall.yaw_rad)
    holes.append(Opening(index, u - wide / 2, u + wide / 2, sill, sill + high))
    _before_window(plan, placed, wall, u, wide, sill, high)


def _before_window(plan: Plan, window: Placed, wall: Wall, u: float, wide: float, sill: float, high: float) -> None:
    """Curtains, blinds, both or none; a radiator below."""
    rng, style = plan.rng, plan.style
    x, y = wall.at(u, 0.0)
    public = plan.kind in ("office", "classroom", "meeting_room", "lab", "library")
    choices = (
        {"curtains": 0.2, "blinds": 0.55, "none": 0.25} if public else {"curtains": 0.52, "blinds": 0.33, "none": 0.15}
    )
    if plan.kind in ("bathroom", "kitchen"):
        choices = {"curtains": 0.2, "blinds": 0.45, "none": 0.35}
    form = pick_weighted(rng, choices)
    if form == "blinds":
        upright = chance(rng, 0.3 if public else 0.06)
        body = (openings.vertical_blinds if upright else openings.blinds)(rng, style, wide, high)
        plan.place(body, x, y, wall.yaw_rad, z=sill, but=window)
    if form == "curtains" or (form == "blinds" and chance(rng, 0.15)):
        low = between(rng, 0.02, 0.12) if chance(rng, 0.6) else sill - between(rng, 0.05, 0.25)
        room = 2 * (wall.length_m / 2 - abs(u)) - 0.08
        body = openings.curtains(
            rng, style, min(wide, room - 0.62), min(sill + high + 0.08, plan.size_m[2] - 0.08), low
        )
        plan.place(body, x, y, wall.yaw_rad, but=window)
    if sill > 0.72 and plan.kind != "kitchen" and chance(rng, 0.5):
        body = hangings.radiator(rng, style)
        if body.height_m < sill - 0.15 and body.width_m < wide + 0.4:
            plan.at_wall(body, wall, u, z=0.12, gap_m=0.0)


def _wall(wall: Wall, high: float, holes: list[Opening], material: Material) -> list[Primitive]:
    """A wall as boxes around its holes."""
    half = wall.length_m / 2
    parts: list[Primitive] = []

    def add(u0: float, u1: float, z0: float, z1: float) -> None:
        if u1 - u0 > 0.002 and z1 - z0 > 0.002:
            x, y = wall.at((u0 + u1) / 2, -THICK_M / 2)
            parts.append(
                box(
                    (u1 - u0, THICK_M, z1 - z0),
                    (x, y, (z0 + z1) / 2),
                    WALL,
                    material,
                    turn=rotation(wall.yaw_rad),
                    bevel_m=0.002,
                )
            )

    left = -half
    for hole in sorted(holes, key=lambda h: h.u0):
        add(left, hole.u0, 0.0, high)
        add(hole.u0, hole.u1, 0.0, hole.z0)
        add(hole.u0, hole.u1, hole.z1, high)
        left = hole.u1
    add(left, half, 0.0, high)
    return parts


def _floor_and_ceiling(plan: Plan) -> None:
    width, depth, high = plan.size_m
    rng = plan.rng
    outer = (width + 2 * THICK_M, depth + 2 * THICK_M, 0.2)
    plan.primitives.append(box(outer, (0, 0, -0.1), FLOOR, shells.floor(rng, plan.kind)))
    skin = shells.ceiling(rng, plan.kind)
    plan.primitives.append(box(outer, (0, 0, high + 0.1), CEILING, skin))
    if chance(rng, 0.1):
        beam = looks.wood(rng) if chance(rng, 0.6) else skin
        count = int(between(rng, 2, 5))
        for k in range(count):
            y = (k + 0.5 - count / 2) * depth / count
            plan.primitives.append(box((width, 0.14, 0.16), (0, y, high - 0.08), CEILING, beam))


def _trim(plan: Plan, holes: list[Opening]) -> None:
    """Skirting along the walls, open at doors; a cornice now and then."""
    rng = plan.rng
    if plan.kind not in ("bathroom",) and chance(rng, 0.75):
        high = between(rng, 0.05, 0.12)
        board = looks.paint(rng) if chance(rng, 0.6) else plan.style.wood()
        for index, wall in enumerate(plan.walls):
            left = -wall.length_m / 2
            doors = sorted((h.u0, h.u1) for h in holes if h.wall == index and h.z0 < 0.05)
            for u0, u1 in [*doors, (wall.length_m / 2, 0.0)]:
                if u0 - left > 0.05:
                    x, y = wall.at((left + u0) / 2, 0.004)
                    plan.primitives.append(
                        box((u0 - left, 0.012, high), (x, y, high / 2), WALL, board, turn=rotation(wall.yaw_rad))
                    )
                left = u1
    if chance(rng, 0.15):
        white = Material(colors.white(rng), infrared=0.7)
        for wall in plan.walls:
            x, y = wall.at(0.0, 0.03)
            plan.primitives.append(
                box(
                    (wall.length_m, 0.06, 0.08),
                    (x, y, plan.size_m[2] - 0.04),
                    CEILING,
                    white,
                    turn=rotation(wall.yaw_rad),
                )
            )


def _corner_block(plan: Plan, skin: Material) -> None:
    """A chimney breast, a shaft or a pillar: rooms are seldom plain boxes."""
    rng = plan.rng
    if not chance(rng, 0.3):
        return
    wide, deep, high = between(rng, 0.3, 0.9), between(rng, 0.2, 0.5), plan.size_m[2]
    bounds: Bounds = (-wide / 2, -deep / 2, 0.0, wide / 2, deep / 2, high - 0.02)
    block = piece([box((wide, deep, high), (0, 0, high / 2), WALL, skin)], bounds=bounds, weight=0.05)
    plan.against_wall(block, corner=0.8, gap_m=-0.01)

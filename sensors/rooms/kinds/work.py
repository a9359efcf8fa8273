"""Offices, classrooms, meeting rooms, libraries, laboratories."""

from __future__ import annotations

import math

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture import bags, hangings, kitchen, screens, seats, shelving, sofas, storage, tables
from sensors.rooms.furniture.piece import Piece
from sensors.rooms.kinds import common
from sensors.rooms.placement.hanging import WORK, cover_walls, hang
from sensors.rooms.placement.plan import Placed, Plan
from sensors.rooms.placement.seating import around, seat_at
from sensors.rooms.placement.walls import Wall


def office(plan: Plan, lit: bool) -> None:
    """Desks with screens and swivel chairs, cabinets, a whiteboard."""
    rng, style = plan.rng, plan.style
    if min(plan.size_m[:2]) > 3.6 and chance(rng, 0.5):
        _desk_pairs(plan, whole(rng, 1, 2))
    for _ in range(whole(rng, 1, 3)):
        common.desk_place(plan, computer=0.85)
    if chance(rng, 0.7):
        hang(plan, hangings.whiteboard(rng, style), between(rng, 0.85, 1.05))
    for _ in range(whole(rng, 1, 2)):
        plan.against_wall((storage.filing_cabinet if chance(rng, 0.6) else storage.cabinet)(rng, style), corner=0.6)
    common.shelving_along(plan, whole(rng, 0, 2), books=0.65)
    if chance(rng, 0.25):
        common.table_group(plan, 0.6)
    if chance(rng, 0.25):
        plan.against_wall(sofas.sofa(rng, style))
    common.loose_chairs(plan, whole(rng, 0, 2))
    if chance(rng, 0.35):
        common.floor_plant(plan)
    plan.against_wall(bags.bin_(rng, style), corner=0.8)
    common.cartons(plan, whole(rng, 0, 2))
    cover_walls(plan, WORK, whole(rng, 5, 9))
    common.somebody(plan, 0.28)


def classroom(plan: Plan, lit: bool) -> None:
    """Rows of desks and chairs before a board."""
    rng, style = plan.rng, plan.style
    front = plan.walls[whole(rng, 0, 3)]
    plan.at_wall(hangings.whiteboard(rng, style), front, between(rng, -0.4, 0.4), z=between(rng, 0.85, 1.0), gap_m=0.0)
    if chance(rng, 0.3):
        hang(plan, screens.projector_screen(rng, style), between(rng, 0.95, 1.15))
    _rows(plan, front)
    if chance(rng, 0.5):
        common.desk_place(plan)
    for _ in range(whole(rng, 1, 2)):
        plan.against_wall((storage.cabinet if chance(rng, 0.5) else storage.filing_cabinet)(rng, style), corner=0.6)
    common.shelving_along(plan, whole(rng, 0, 2), books=0.5)
    common.loose_chairs(plan, whole(rng, 0, 2))
    cover_walls(plan, WORK, whole(rng, 5, 9))
    common.somebody(plan, 0.42)


def meeting_room(plan: Plan, lit: bool) -> None:
    """One long table with chairs all around, a screen or a board."""
    rng, style = plan.rng, plan.style
    long_m = min(between(rng, 1.6, 2.8), max(plan.size_m[:2]) - 1.8)
    body = tables.table(rng, style, long_m, between(rng, 0.9, 1.2))
    table = plan.anywhere(body, turned=False, middle=0.45, tries=25)
    if table is not None:
        maker = seats.office_chair if chance(rng, 0.5) else seats.chair
        count = max(1, int(long_m / 0.68))
        for side in (-1, 1):
            for k in range(count):
                if chance(rng, 0.85):
                    seat_at(plan, table, maker(rng, style), (k + 0.5 - count / 2) * long_m / count, side)
            if chance(rng, 0.5):
                seat_at(plan, table, maker(rng, style), 0.0, side, across=True)
    hang(plan, hangings.whiteboard(rng, style), between(rng, 0.85, 1.0))
    if chance(rng, 0.6):
        hang(
            plan,
            (screens.wall_television if chance(rng, 0.6) else screens.projector_screen)(rng, style),
            between(rng, 1.0, 1.2),
        )
    if chance(rng, 0.5):
        plan.against_wall((storage.cabinet if chance(rng, 0.5) else storage.sideboard)(rng, style))
    if chance(rng, 0.4):
        common.floor_plant(plan)
    common.loose_chairs(plan, whole(rng, 0, 2))
    cover_walls(plan, WORK, whole(rng, 4, 8))
    common.somebody(plan, 0.35)


def library(plan: Plan, lit: bool) -> None:
    """Bookshelves along the walls and in rows, tables to read at."""
    rng, style = plan.rng, plan.style
    width = between(rng, 0.8, 1.1)
    for _ in range(whole(rng, 3, 5)):
        plan.against_wall(shelving.bookshelf(rng, style, width), corner=0.85)
    if chance(rng, 0.4):
        plan.anywhere(shelving.bookshelf(rng, style, width), turned=False, middle=0.7)
    common.table_group(plan, 0.7)
    if chance(rng, 0.5):
        common.desk_place(plan)
    if chance(rng, 0.4):
        plan.against_wall((sofas.armchair if chance(rng, 0.4) else sofas.sofa)(rng, style))
    if chance(rng, 0.4):
        plan.against_wall(shelving.display_rack(rng, style))
    if chance(rng, 0.3):
        plan.against_wall(kitchen.reception(rng, style))
    cover_walls(plan, WORK, whole(rng, 4, 7))
    common.somebody(plan, 0.35)


def lab(plan: Plan, lit: bool) -> None:
    """Workbenches with instruments, stools, shelves full of boxes."""
    rng, style = plan.rng, plan.style
    look = kitchen.KitchenLook(rng, style)
    for _ in range(whole(rng, 1, 2)):
        plan.against_wall(
            kitchen.counter(rng, look, between(rng, 1.5, 2.6), ("sink",) if chance(rng, 0.4) else ()),
            corner=0.7,
            gap_m=0.0,
        )
    table = plan.anywhere(tables.table(rng, style, between(rng, 1.4, 2.0), 0.8), turned=False, middle=0.5)
    if table is not None:
        around(plan, table, 0.5)
        common.set_on(plan, table, screens.monitor(rng, style), 0.2, 0.1, table.piece.height_m, between(rng, -0.5, 0.5))
    common.desk_place(plan, computer=0.9)
    common.shelving_along(plan, whole(rng, 1, 2), books=0.25)
    plan.against_wall(storage.filing_cabinet(rng, style))
    if chance(rng, 0.3):
        plan.against_wall(kitchen.fridge(rng, style))
    hang(plan, hangings.whiteboard(rng, style), 0.95)
    common.cartons(plan, whole(rng, 1, 3))
    cover_walls(plan, WORK, whole(rng, 4, 8))
    common.somebody(plan, 0.35)


def _desk_pairs(plan: Plan, pairs: int) -> None:
    """Desks in the room, two facing each other, with a low screen between them now and then."""
    rng, style = plan.rng, plan.style
    for _ in range(pairs):
        wide = between(rng, 1.2, 1.5)
        first = plan.anywhere(tables.desk(rng, style, wide), turned=False, middle=0.6)
        if first is None:
            return
        common.furnish_desk(plan, first, 0.9)
        second = tables.desk(rng, style, wide)
        y = first.piece.bounds[4] + 0.03 + second.bounds[4]
        placed = plan.near(first, second, 0.0, y, math.pi)
        if placed is not None:
            common.furnish_desk(plan, placed, 0.9)


def _rows(plan: Plan, front: Wall) -> None:
    """Equal desks with their fronts away from the front wall, so that who sits there looks at it."""
    rng, style = plan.rng, plan.style
    wide, deep = pick(rng, ((0.65, 0.5), (1.2, 0.5), (1.3, 0.55), (0.7, 0.55)))
    pitch_u, pitch_v = wide + between(rng, 0.25, 0.6), deep + between(rng, 0.75, 1.0)
    body = tables.school_desk(rng, style, wide, deep)
    seat = seats.metal_chair if chance(rng, 0.5) else seats.chair
    chair = seat(rng, style)
    v = between(rng, 1.3, 1.9)
    while v < 2 * front.half_m - 0.9 and len(plan.primitives) < 240:
        columns = int((front.length_m - 0.8) / pitch_u)
        for k in range(columns):
            if not chance(rng, 0.88):
                continue
            u = (k + 0.5 - columns / 2) * pitch_u
            _desk_in_row(plan, front, body, chair, u + between(rng, -0.05, 0.05), v + between(rng, -0.04, 0.04), wide)
        v += pitch_v


def _desk_in_row(plan: Plan, front: Wall, body: Piece, chair: Piece, u: float, v: float, wide: float) -> Placed | None:
    rng = plan.rng
    x, y = front.at(u, v)
    desk = plan.place(body, x, y, front.yaw_rad + between(rng, -0.05, 0.05))
    if desk is not None and len(plan.primitives) < 260:
        for k in range(2 if wide > 1.0 else 1):
            if chance(rng, 0.85):
                seat_at(plan, desk, chair, (k - 0.5) * wide * 0.5 if wide > 1.0 else 0.0, -1)
    return desk

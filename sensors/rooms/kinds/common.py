"""Groups of furniture that several kinds of room share."""

from __future__ import annotations

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture import (
    bags,
    beds,
    clutter,
    hangings,
    lamps,
    mats,
    people,
    screens,
    seats,
    shelving,
    sofas,
    storage,
    tables,
)
from sensors.rooms.furniture.piece import Piece
from sensors.rooms.placement.hanging import hang
from sensors.rooms.placement.plan import Placed, Plan
from sensors.rooms.placement.seating import around, dress, seat_at


def bed_place(plan: Plan, width_m: float | None = None) -> Placed | None:
    """A bed with its head to a wall and what stands beside it."""
    rng, style = plan.rng, plan.style
    body = beds.bed(rng, style, width_m)
    bed = plan.against_wall(body, corner=0.5, side_m=0.62) if chance(rng, 0.75) else None
    bed = plan.against_wall(body, corner=0.8) if bed is None else bed
    if bed is None:
        return None
    for side in (-1, 1):
        if chance(rng, 0.85):
            body = storage.night_stand(rng, style) if chance(rng, 0.9) else tables.side_table(rng, style)
            plan.beside(bed, body, side, between(rng, 0.02, 0.12))
    if chance(rng, 0.4):
        x, y, _ = bed.world(pick(rng, (-1, 1)) * (bed.piece.width_m / 2 + 0.35), -0.3)
        lay_mat(plan, mats.mat(rng, between(rng, 0.6, 0.9), between(rng, 1.0, 1.6)), x, y, bed.yaw_rad)
    return bed


def desk_place(plan: Plan, *, computer: float = 0.75) -> Placed | None:
    """A desk with its back to a wall, a chair before it and often a screen on it."""
    rng, style = plan.rng, plan.style
    desk = plan.against_wall(tables.desk(rng, style), corner=0.5)
    if desk is not None:
        furnish_desk(plan, desk, computer)
    return desk


def furnish_desk(plan: Plan, desk: Placed, computer: float) -> None:
    """A chair, a screen and keyboard, what stands under a desk."""
    rng, style = plan.rng, plan.style
    body = seats.office_chair(rng, style) if chance(rng, 0.7) else seats.chair(rng, style)
    seat_at(plan, desk, body, between(rng, -0.15, 0.15), -1)
    top = desk.piece.height_m
    if chance(rng, computer):
        x = between(rng, -0.15, 0.15)
        for k in range(2 if chance(rng, 0.25) and desk.piece.width_m > 1.3 else 1):
            set_on(
                plan,
                desk,
                screens.monitor(rng, style),
                x + k * 0.55,
                between(rng, 0.08, 0.16),
                top,
                between(rng, -0.2, 0.2),
            )
        set_on(
            plan, desk, screens.keyboard(rng, style), x, -desk.piece.depth_m / 2 + 0.16, top, between(rng, -0.1, 0.1)
        )
    if chance(rng, 0.35):
        set_on(
            plan,
            desk,
            screens.computer(rng, style),
            desk.piece.width_m / 2 - 0.6 if chance(rng, 0.5) else 0.0,
            0.02,
            0.0,
            0.0,
        )


def set_on(plan: Plan, owner: Placed, body: Piece, x: float, y: float, z: float, yaw: float) -> None:
    """Put a small thing at a place in its owner's space, unless something else is there."""
    if not plan.has_room_on(owner, body, x, y, z, yaw):
        return
    wx, wy, wz = owner.world(x, y, z)
    plan.lay(body, wx, wy, wz, owner.yaw_rad + yaw)


def lay_mat(plan: Plan, body: Piece, x: float, y: float, yaw: float) -> None:
    """Lay a mat or rug where it stays inside the room."""
    if chance(plan.rng, 0.6):
        yaw += between(plan.rng, -0.12, 0.12)
    half_x, half_y = plan.size_m[0] / 2, plan.size_m[1] / 2
    reach = max(body.width_m, body.depth_m) / 2 + 0.05
    x = min(max(x, reach - half_x), half_x - reach) if reach < half_x else 0.0
    y = min(max(y, reach - half_y), half_y - reach) if reach < half_y else 0.0
    plan.lay(body, x, y, 0.0, yaw)


def sofa_corner(plan: Plan) -> Placed | None:
    """A sofa, a low table before it, a rug under that, an armchair, a lamp beside."""
    rng, style = plan.rng, plan.style
    body = sofas.corner_sofa(rng, style) if chance(rng, 0.2) else sofas.sofa(rng, style)
    sofa = plan.against_wall(body, corner=0.3)
    if sofa is None:
        return None
    front = -sofa.piece.depth_m / 2
    if chance(rng, 0.65):
        x, y, _ = sofa.world(0.0, front - 0.6)
        lay_mat(plan, mats.mat(rng, between(rng, 1.4, 2.4), between(rng, 1.1, 1.7)), x, y, sofa.yaw_rad)
    if chance(rng, 0.8):
        table = tables.coffee_table(rng, style)
        plan.near(
            sofa, table, between(rng, -0.2, 0.2), front - between(rng, 0.3, 0.5) - table.depth_m / 2, 0.0, tucked=True
        )
    if chance(rng, 0.5):
        plan.beside(sofa, tables.side_table(rng, style), pick(rng, (-1, 1)), 0.06)
    if chance(rng, 0.1):
        plan.lay(people.sitting(rng, sofa.piece.supports[0].z), *_seat_point(sofa), sofa.yaw_rad)
    for _ in range(whole(rng, 0, 2)):
        chair = sofas.armchair(rng, style) if chance(rng, 0.75) else sofas.pouffe(rng, style)
        side = pick(rng, (-1, 1))
        at = side * (sofa.piece.width_m / 2 + 0.2)
        plan.near(sofa, chair, at, front - between(rng, 0.5, 0.9), -side * between(rng, 0.6, 1.5), tucked=True)
    return sofa


def _seat_point(sofa: Placed) -> tuple[float, float, float]:
    x, y, _ = sofa.world(0.0, -0.06)
    return x, y, 0.0


def television_place(plan: Plan, opposite: Placed | None) -> None:
    """A television on a sideboard or on the wall, facing the sofa where it can."""
    rng, style = plan.rng, plan.style
    walls = None
    if opposite is not None:
        walls = [w for w in plan.walls if abs(abs(w.yaw_rad - opposite.yaw_rad) - 3.14159) < 0.1] or None
    board = plan.against_wall(storage.sideboard(rng, style), walls=walls, corner=0.2) or plan.against_wall(
        storage.sideboard(rng, style)
    )
    if board is not None and chance(rng, 0.8):
        body = screens.television(rng, style)
        set_on(plan, board, body, between(rng, -0.1, 0.1), 0.02, board.piece.height_m, between(rng, -0.1, 0.1))
        plan.surfaces = [s for s in plan.surfaces if s[0] is not board]
    else:
        hang(plan, screens.wall_television(rng, style), between(rng, 1.0, 1.3))


def shelving_along(plan: Plan, count: int, *, books: float = 0.5) -> None:
    """Bookshelves and open shelves along the walls."""
    rng, style = plan.rng, plan.style
    for _ in range(count):
        make = shelving.bookshelf if chance(rng, books) else pick(rng, (shelving.shelves, shelving.cube_shelves))
        plan.against_wall(make(rng, style), corner=0.6)


def table_group(plan: Plan, share: float, *, round_: float = 0.25) -> Placed | None:
    """A table somewhere in the room with chairs around it."""
    rng, style = plan.rng, plan.style
    body = tables.round_table(rng, style) if chance(rng, round_) else tables.table(rng, style)
    table = plan.anywhere(body, turned=False, middle=0.7, tries=20) or plan.against_wall(body)
    if table is not None:
        around(plan, table, share)
    return table


def floor_lamp(plan: Plan, lit: bool) -> None:
    """A floor lamp in a corner."""
    lamp = lamps.floor_lamp(plan.rng, plan.style, lit)
    placed = plan.against_wall(lamp.body, corner=0.9)
    if placed is not None:
        plan.light(lamp, placed.x, placed.y, 0.0)


def floor_plant(plan: Plan) -> None:
    """A tall plant in a corner."""
    plan.against_wall(clutter.plant(plan.rng, plan.style, between(plan.rng, 0.6, 1.5)), corner=0.9)


def somebody(plan: Plan, probability: float) -> None:
    """Now and then somebody stands in the room."""
    if chance(plan.rng, probability):
        plan.anywhere(people.standing(plan.rng), middle=0.75)


def loose_chairs(plan: Plan, count: int) -> None:
    """Chairs by the wall or standing about."""
    rng, style = plan.rng, plan.style
    for _ in range(count):
        body = pick(rng, (seats.chair, seats.chair, seats.office_chair, seats.stool, seats.bench))(rng, style)
        placed = (
            plan.against_wall(body, corner=0.4, gap_m=0.04) if chance(rng, 0.5) else plan.anywhere(body, middle=0.8)
        )
        if placed is not None:
            dress(plan, placed, chance(rng, 0.05))


def cartons(plan: Plan, count: int) -> None:
    """Boxes along the walls, some stacked."""
    rng, style = plan.rng, plan.style
    for _ in range(count):
        first = bags.carton(rng, style)
        placed = plan.against_wall(first, corner=0.8)
        if placed is not None and first.supports and chance(rng, 0.5):
            second = bags.carton(rng, style)
            if second.width_m < first.width_m + 0.1 and second.depth_m < first.depth_m + 0.1:
                plan.lay(second, placed.x, placed.y, first.supports[0].z, placed.yaw_rad + between(rng, -0.2, 0.2))
                plan.surfaces = [s for s in plan.surfaces if s[0] is not placed]


def radiator_somewhere(plan: Plan) -> None:
    """A radiator on a free wall."""
    hang(plan, hangings.radiator(plan.rng, plan.style), 0.12)

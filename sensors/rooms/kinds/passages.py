"""Corridors and store rooms, and furniture shops."""

from __future__ import annotations

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture import (
    bags,
    beds,
    hangings,
    kitchen,
    mats,
    screens,
    seats,
    shelving,
    sofas,
    soft,
    storage,
    tables,
)
from sensors.rooms.kinds import common
from sensors.rooms.placement.hanging import HOME, WORK, cover_walls, hang
from sensors.rooms.placement.plan import Plan


def corridor(plan: Plan, lit: bool) -> None:
    """A hall: coats, shoes, a mirror, a mat before the door, a narrow cabinet, a bench."""
    rng, style = plan.rng, plan.style
    hang(plan, soft.hanging_clothes(rng, style), between(rng, 1.55, 1.8))
    for block in plan.doorways:
        if chance(rng, 0.75):
            x, y = (block[0] + block[3]) / 2, (block[1] + block[4]) / 2
            common.lay_mat(plan, mats.door_mat(rng), x, y, 0.0)
    for make in (
        storage.cabinet,
        storage.dresser,
        shelving.shelves,
        seats.bench,
        storage.filing_cabinet,
        shelving.bookshelf,
    ):
        if chance(rng, 0.38):
            plan.against_wall(make(rng, style), corner=0.6)
    hang(plan, hangings.mirror(rng, style), between(rng, 0.5, 1.1))
    if chance(rng, 0.5):
        common.lay_mat(
            plan,
            mats.mat(rng, 0.8, min(2.2, max(plan.size_m[:2]) - 0.8)),
            0.0,
            0.0,
            0.0 if plan.size_m[1] > plan.size_m[0] else 1.5708,
        )
    common.radiator_somewhere(plan)
    common.loose_chairs(plan, whole(rng, 0, 2))
    if chance(rng, 0.4):
        common.floor_plant(plan)
    cover_walls(plan, HOME if chance(rng, 0.5) else WORK, whole(rng, 5, 9))
    common.somebody(plan, 0.42)


def storage_room(plan: Plan, lit: bool) -> None:
    """Shelves full of boxes, cartons, cabinets, old furniture, bags."""
    rng, style = plan.rng, plan.style
    for _ in range(whole(rng, 1, 3)):
        plan.against_wall((shelving.shelves if chance(rng, 0.7) else shelving.cube_shelves)(rng, style), corner=0.8)
    for make in (storage.wardrobe, storage.filing_cabinet, kitchen.fridge, storage.dresser, tables.desk, beds.cot):
        if chance(rng, 0.33):
            plan.against_wall(make(rng, style), corner=0.7)
    common.cartons(plan, whole(rng, 3, 6))
    for _ in range(whole(rng, 1, 3)):
        plan.against_wall(bags.bag(rng, style), corner=0.6)
    hang(plan, soft.hanging_clothes(rng, style), between(rng, 1.5, 1.7))
    common.loose_chairs(plan, whole(rng, 1, 3))
    cover_walls(plan, WORK, whole(rng, 3, 7))
    common.somebody(plan, 0.21)


def furniture_shop(plan: Plan, lit: bool) -> None:
    """Furniture of every kind beside each other, as in a showroom."""
    rng, style = plan.rng, plan.style
    show = (
        sofas.sofa,
        sofas.armchair,
        storage.dresser,
        storage.night_stand,
        storage.cabinet,
        shelving.bookshelf,
        tables.desk,
        beds.bed,
        shelving.shelves,
        storage.wardrobe,
        kitchen.reception,
        sofas.corner_sofa,
        storage.sideboard,
        kitchen.fridge,
    )
    for _ in range(whole(rng, 5, 8)):
        plan.against_wall(pick(rng, show)(rng, style), corner=0.5)
    for _ in range(whole(rng, 1, 3)):
        make = pick(rng, (tables.coffee_table, seats.padded_chair, seats.office_chair, sofas.pouffe, sofas.armchair))
        plan.anywhere(make(rng, style), middle=0.7)
    common.table_group(plan, 0.7, round_=0.4)
    common.lay_mat(
        plan,
        mats.mat(rng, between(rng, 1.2, 2.0), between(rng, 0.8, 1.5)),
        between(rng, -1, 1),
        between(rng, -1, 1),
        0.0,
    )
    common.floor_lamp(plan, lit)
    if chance(rng, 0.3):
        hang(plan, screens.wall_television(rng, style), 1.2)
    cover_walls(plan, HOME, whole(rng, 6, 10))
    common.somebody(plan, 0.49)

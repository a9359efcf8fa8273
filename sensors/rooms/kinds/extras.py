"""What else stands in a room: real rooms are fuller than their purpose needs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted
from sensors.rooms.furniture import bags, bathroom, beds, clutter, kitchen, seats, shelving, sofas, storage, tables
from sensors.rooms.furniture.piece import Piece
from sensors.rooms.palettes.style import Style
from sensors.rooms.placement.plan import Plan

Maker = Callable[[np.random.Generator, Style], Piece]
Extras = dict[Maker, float]

HOME: Extras = {
    storage.dresser: 1.5,
    storage.cabinet: 1,
    shelving.bookshelf: 1.2,
    shelving.cube_shelves: 0.8,
    shelving.shelves: 0.7,
    storage.night_stand: 1.6,
    sofas.sofa: 0.9,
    sofas.armchair: 0.6,
    sofas.pouffe: 0.5,
    tables.side_table: 0.6,
    seats.chair: 0.8,
    storage.wardrobe: 0.4,
    tables.desk: 0.5,
    bags.carton: 0.8,
    bags.bag: 0.8,
    clutter.shoes: 0.4,
}
WORK: Extras = {
    storage.filing_cabinet: 1,
    storage.cabinet: 1,
    shelving.bookshelf: 1.3,
    shelving.shelves: 1,
    shelving.cube_shelves: 0.5,
    seats.chair: 1,
    seats.office_chair: 0.8,
    tables.desk: 0.7,
    tables.table: 0.4,
    bags.carton: 1.2,
    bags.bag: 1.2,
    storage.sideboard: 0.4,
    bags.storage_crate: 0.4,
}
COOKING: Extras = {
    storage.cabinet: 1,
    shelving.shelves: 1,
    seats.chair: 0.8,
    seats.stool: 0.8,
    kitchen.fridge: 0.6,
    bathroom.washing_machine: 0.5,
    bags.carton: 0.6,
    bags.bag: 0.8,
    bags.storage_crate: 0.5,
    bags.bin_: 0.6,
}
WASHING: Extras = {
    storage.cabinet: 0.8,
    shelving.shelves: 1,
    bags.storage_crate: 1,
    seats.stool: 0.5,
    bags.bin_: 0.5,
    bathroom.washing_machine: 0.5,
    bags.bag: 0.3,
}
STORE: Extras = {
    shelving.shelves: 1.4,
    bags.carton: 3,
    bags.bag: 1,
    storage.filing_cabinet: 0.6,
    storage.dresser: 0.6,
    storage.night_stand: 0.7,
    kitchen.fridge: 0.4,
    seats.chair: 1,
    shelving.bookshelf: 0.5,
    bags.storage_crate: 1,
}
SHOW: Extras = {
    sofas.sofa: 1.2,
    sofas.armchair: 0.8,
    storage.dresser: 1.2,
    storage.night_stand: 1.2,
    storage.cabinet: 0.8,
    shelving.bookshelf: 0.8,
    tables.desk: 0.8,
    beds.bed: 1,
    shelving.shelves: 0.6,
    storage.wardrobe: 0.5,
    kitchen.fridge: 0.4,
    tables.round_table: 0.5,
}
TARGET = {"corridor": (0.12, 0.25), "bathroom": (0.3, 0.45), "classroom": (0.25, 0.4)}


def fill_up(plan: Plan, extras: Extras) -> None:
    """Add pieces along the walls (now and then in the room) until the floor is as full as was drawn."""
    rng = plan.rng
    target = between(rng, *TARGET.get(plan.kind, (0.26, 0.46)))
    for _ in range(9):
        if plan.filled > target or len(plan.primitives) > 300:
            return
        body = pick_weighted(rng, extras)(rng, plan.style)
        if plan.against_wall(body, corner=0.6) is None and chance(rng, 0.3):
            plan.anywhere(body, turned=False, middle=0.75, tries=6)

"""Clutter on every level surface, and things on the floor."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted, shuffled
from sensors.rooms.furniture import bags, clutter, lamps, screens, soft, volumes
from sensors.rooms.furniture.piece import Piece, Support, Use
from sensors.rooms.palettes.style import Style
from sensors.rooms.placement.plan import Placed, Plan

Maker = Callable[[np.random.Generator, Style], Piece]
MOST_PRIMITIVES = 320

ON: dict[Use, dict[Maker, float]] = {
    "desk": {
        volumes.book_stack: 2,
        clutter.papers: 3,
        clutter.paper_pile: 1.5,
        clutter.cup: 1.2,
        clutter.bottle: 0.8,
        clutter.pen_pot: 0.8,
        screens.laptop: 0.8,
        clutter.telephone: 0.6,
        bags.small_box: 1.2,
        clutter.photo: 0.5,
        clutter.plant: 0.4,
        volumes.open_book: 1,
        volumes.books_on_edge: 1.2,
        screens.printer: 0.3,
        bags.handbag: 0.3,
    },
    "table": {
        clutter.bowl: 1.4,
        clutter.cup: 2,
        clutter.bottle: 1.2,
        clutter.vase: 0.8,
        clutter.papers: 1.5,
        volumes.book_stack: 1.4,
        volumes.open_book: 0.8,
        bags.small_box: 1.2,
        screens.laptop: 0.6,
        soft.folded_clothes: 0.3,
        bags.handbag: 0.4,
        bags.shopping_bag: 0.3,
        clutter.plant: 0.4,
        clutter.paper_pile: 0.8,
    },
    "counter": {
        clutter.appliance: 2.2,
        clutter.bottle: 2,
        clutter.bowl: 1.6,
        clutter.cup: 1.6,
        bags.small_box: 1.6,
        soft.folded_towels: 0.8,
        clutter.papers: 0.6,
        bags.shopping_bag: 0.5,
        clutter.plant: 0.4,
        clutter.pen_pot: 0.5,
        bags.handbag: 0.2,
    },
    "shelf": {
        volumes.books_on_edge: 1.2,
        volumes.book_stack: 1.2,
        bags.small_box: 2,
        bags.storage_crate: 1.4,
        clutter.vase: 0.7,
        clutter.bowl: 0.7,
        soft.folded_clothes: 0.9,
        soft.folded_towels: 0.8,
        clutter.photo: 0.7,
        clutter.bottle: 0.9,
        clutter.paper_pile: 0.7,
        clutter.plant: 0.5,
        clutter.toy: 0.5,
        bags.carton: 0.7,
        bags.handbag: 0.5,
        clutter.toiletries: 0.4,
    },
    "books": {volumes.books_on_edge: 3, volumes.book_stack: 2, volumes.open_book: 0.5, clutter.photo: 0.4},
    "top": {
        bags.carton: 1.1,
        bags.small_box: 1.6,
        volumes.book_stack: 1.3,
        clutter.vase: 1,
        clutter.plant: 0.9,
        bags.bag: 0.5,
        soft.folded_clothes: 0.7,
        clutter.photo: 1,
        bags.storage_crate: 0.8,
        clutter.bottle: 0.6,
        volumes.books_on_edge: 0.8,
        clutter.papers: 0.6,
        clutter.bowl: 0.5,
        soft.folded_towels: 0.3,
    },
    "bed": {
        soft.clothes_heap: 1.6,
        soft.folded_clothes: 1,
        bags.bag: 0.9,
        volumes.book_stack: 0.6,
        screens.laptop: 0.5,
        soft.folded_towels: 0.7,
        clutter.toy: 0.4,
        soft.pillow: 0.8,
        clutter.papers: 0.4,
        bags.small_box: 0.4,
    },
    "sofa": {
        soft.pillow: 4,
        soft.clothes_heap: 0.7,
        bags.handbag: 0.4,
        volumes.open_book: 0.4,
        clutter.papers: 0.3,
        bags.backpack: 0.4,
        soft.folded_clothes: 0.3,
        clutter.toy: 0.3,
    },
    "seat": {
        soft.clothes_heap: 1,
        bags.handbag: 0.8,
        volumes.book_stack: 0.6,
        soft.folded_clothes: 0.7,
        bags.backpack: 0.7,
        soft.pillow: 0.7,
        clutter.papers: 0.3,
        soft.folded_towels: 0.3,
        bags.small_box: 0.3,
    },
    "basin": {clutter.toiletries: 3, soft.folded_towels: 1.2, clutter.cup: 0.8, clutter.bottle: 1, clutter.plant: 0.3},
    "stand": {
        volumes.book_stack: 1.5,
        clutter.cup: 1.2,
        clutter.photo: 0.9,
        clutter.papers: 0.4,
        clutter.bottle: 0.7,
        bags.small_box: 0.8,
        clutter.vase: 0.5,
        clutter.plant: 0.3,
    },
    "sill": {clutter.plant: 2.5, clutter.vase: 1, clutter.bottle: 0.7, volumes.book_stack: 0.5, clutter.photo: 0.5},
}
HOW_MANY: dict[Use, float] = {
    "desk": 4.0,
    "table": 4.0,
    "counter": 5.0,
    "shelf": 2.4,
    "books": 2.0,
    "top": 2.2,
    "bed": 1.3,
    "sofa": 2.2,
    "seat": 0.3,
    "basin": 2.0,
    "stand": 1.6,
    "sill": 0.9,
}
ENCLOSED = ("seat", "sill", "shelf", "books")  # chairs stand under tables, sills lie in recesses
LAMP_ON: dict[Use, float] = {"desk": 0.35, "stand": 0.6, "top": 0.18, "table": 0.04}
FRONT_MATTERS = (
    clutter.photo,
    screens.laptop,
    screens.printer,
    volumes.books_on_edge,
    soft.pillow,
    clutter.appliance,
    bags.carton,
    bags.storage_crate,
    clutter.papers,
)
ON_FLOOR: dict[Maker, float] = {
    bags.backpack: 1.2,
    bags.handbag: 0.5,
    bags.shopping_bag: 0.8,
    bags.suitcase: 0.5,
    bags.soft_bag: 0.8,
    bags.carton: 1.8,
    bags.storage_crate: 0.7,
    bags.bin_: 1.4,
    soft.clothes_heap: 1.2,
    clutter.shoes: 1,
    clutter.papers: 0.5,
    volumes.book_stack: 0.8,
    clutter.toy: 0.4,
    bags.small_box: 0.4,
}


def litter(plan: Plan, lit: bool) -> None:
    """Put things on the surfaces, the untidier the more, until the room is full."""
    for owner, support in shuffled(plan.rng, plan.surfaces):
        if len(plan.primitives) > MOST_PRIMITIVES:
            return
        fill(plan, owner, support, lit)


def fill(plan: Plan, owner: Placed, support: Support, lit: bool) -> None:
    """Put things on one surface."""
    rng, use = plan.rng, support.use
    area = max((support.x1 - support.x0) * (support.y1 - support.y0), 0.0)
    expected = HOW_MANY[use] * (0.45 + plan.untidy * 0.75) * min(1.2, 0.35 + area)
    taken: list[tuple[float, float, float, float]] = []
    if chance(rng, LAMP_ON.get(use, 0.0)):
        lamp = lamps.table_lamp(rng, plan.style, lit and chance(rng, 0.6))
        spot = _spot(plan, owner, lamp.body, support, taken, 0.0)
        if spot is not None:
            x, y, z = owner.world(spot[0], spot[1], support.z)
            plan.lay(lamp.body, x, y, z, owner.yaw_rad)
            plan.light(lamp, x, y, z, owner.yaw_rad)
    for _ in range(int(expected + rng.random())):
        maker = pick_weighted(rng, ON[use])
        body = maker(rng, plan.style)
        yaw = between(rng, -0.35, 0.35) if maker in FRONT_MATTERS else between(rng, -math.pi, math.pi)
        if use in ("shelf", "books"):
            yaw = between(rng, -0.15, 0.15)
        back = 0.85 if maker is soft.pillow or use == "shelf" else 0.0
        spot = _spot(plan, owner, body, support, taken, yaw, back)
        if spot is not None:
            x, y, z = owner.world(spot[0], spot[1], support.z)
            plan.lay(body, x, y, z, owner.yaw_rad + yaw, sight=0.4)


def litter_floor(plan: Plan) -> None:
    """Bags, boxes, clothes, bins along the walls, beside furniture, in the way."""
    rng = plan.rng
    for _ in range(int(plan.untidy * 5.5 + 1 + rng.random() * 2)):
        if len(plan.primitives) > MOST_PRIMITIVES + 20:
            return
        body = pick_weighted(rng, ON_FLOOR)(rng, plan.style)
        if chance(rng, 0.5):
            plan.against_wall(body, corner=0.7)
        else:
            plan.anywhere(body, tries=6)


def _spot(
    plan: Plan,
    owner: Placed,
    body: Piece,
    support: Support,
    taken: list[tuple[float, float, float, float]],
    yaw: float,
    back: float = 0.0,
) -> tuple[float, float] | None:
    """A free place on the surface for a piece turned by yaw; back: how strongly it goes to the back."""
    if body.height_m > min(support.headroom_m, plan.size_m[2] - owner.z - support.z - 0.02):
        return None
    c, s = abs(math.cos(yaw)), abs(math.sin(yaw))
    x0, y0, _, x1, y1, _ = body.bounds
    mid_x, mid_y = (x0 + x1) / 2, (y0 + y1) / 2
    half_x, half_y = (c * (x1 - x0) + s * (y1 - y0)) / 2, (s * (x1 - x0) + c * (y1 - y0)) / 2
    low_x, high_x = support.x0 + half_x, support.x1 - half_x
    low_y, high_y = support.y0 + half_y, support.y1 - half_y
    if low_x > high_x or low_y > high_y:
        return None
    cos, sin = math.cos(yaw), math.sin(yaw)
    for _ in range(4):
        x, y = between(plan.rng, low_x, high_x), between(plan.rng, low_y + (high_y - low_y) * back, high_y)
        if all(x + half_x < a or x - half_x > b or y + half_y < c0 or y - half_y > d for a, c0, b, d in taken):
            spot = x - (cos * mid_x - sin * mid_y), y - (sin * mid_x + cos * mid_y)
            if support.use in ENCLOSED or plan.has_room_on(owner, body, *spot, support.z, yaw):
                taken.append((x - half_x, y - half_y, x + half_x, y + half_y))
                return spot
    return None

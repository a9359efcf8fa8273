"""Every builder, over many draws: sane sizes, standing on its own origin, its supports solid underneath."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest

from sensors.rooms import labels
from sensors.rooms.furniture import (
    bags,
    bathroom,
    beds,
    clutter,
    hangings,
    kitchen,
    lamps,
    mats,
    openings,
    people,
    screens,
    seats,
    shelving,
    sofas,
    soft,
    storage,
    tables,
    volumes,
)
from sensors.rooms.furniture.piece import Piece, bounds_of
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, Shape

DRAWS = 12
FLOOR, WALL, OTHER = "stands", "hangs", "other"


class Case(NamedTuple):
    """A builder and what to expect of it.

    goes: where; label: one it always has (0: it varies); low, high: its least and greatest width, depth and height.
    """

    build: Callable[..., object]
    goes: str
    label: int
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    arguments: tuple[object, ...] = ()


def kitchen_look(rng: np.random.Generator) -> kitchen.KitchenLook:
    return kitchen.KitchenLook(rng, Style(rng))


def counter(rng: np.random.Generator) -> Piece:
    return kitchen.counter(rng, kitchen_look(rng), 2.4, ("sink", "cooker"))


def wall_cupboards(rng: np.random.Generator) -> Piece:
    return kitchen.wall_cupboards(rng, kitchen_look(rng), 2.0, hood=True)


def island(rng: np.random.Generator) -> Piece:
    return kitchen.island(rng, kitchen_look(rng))


CASES = [
    Case(seats.wooden_chair, FLOOR, labels.CHAIR, (0.35, 0.35, 0.75), (0.6, 0.75, 1.15)),
    Case(seats.shell_chair, FLOOR, labels.CHAIR, (0.35, 0.35, 0.7), (0.65, 0.75, 1.0)),
    Case(seats.metal_chair, FLOOR, labels.CHAIR, (0.35, 0.35, 0.7), (0.6, 0.75, 1.0)),
    Case(seats.padded_chair, FLOOR, labels.CHAIR, (0.4, 0.4, 0.8), (0.75, 0.8, 1.2)),
    Case(seats.office_chair, FLOOR, labels.CHAIR, (0.5, 0.5, 0.8), (0.75, 0.85, 1.3)),
    Case(seats.stool, FLOOR, labels.CHAIR, (0.28, 0.28, 0.42), (0.5, 0.5, 0.85)),
    Case(seats.bench, FLOOR, labels.CHAIR, (0.85, 0.3, 0.4), (2.3, 0.7, 1.0)),
    Case(sofas.sofa, FLOOR, labels.SOFA, (0.8, 0.75, 0.65), (3.2, 1.15, 1.1)),
    Case(sofas.corner_sofa, FLOOR, labels.SOFA, (1.9, 1.2, 0.65), (3.2, 1.8, 1.1)),
    Case(sofas.armchair, FLOOR, 0, (0.55, 0.6, 0.65), (1.4, 1.15, 1.15)),
    Case(sofas.pouffe, FLOOR, labels.SOFA, (0.35, 0.35, 0.3), (0.75, 0.75, 0.6)),
    Case(tables.table, FLOOR, labels.TABLE, (0.8, 0.6, 0.68), (2.0, 1.1, 0.8)),
    Case(tables.round_table, FLOOR, labels.TABLE, (0.65, 0.65, 0.65), (1.3, 1.3, 0.8)),
    Case(tables.coffee_table, FLOOR, labels.TABLE, (0.5, 0.4, 0.3), (1.3, 1.2, 0.52)),
    Case(tables.side_table, FLOOR, labels.TABLE, (0.3, 0.3, 0.4), (0.6, 0.6, 0.7)),
    Case(tables.desk, FLOOR, labels.DESK, (0.9, 0.5, 0.68), (1.8, 0.9, 0.8)),
    Case(beds.bed, FLOOR, labels.BED, (0.85, 1.85, 0.45), (2.1, 2.6, 1.4)),
    Case(beds.bunk_bed, FLOOR, labels.BED, (0.9, 1.9, 1.4), (1.3, 2.2, 2.0)),
    Case(beds.cot, FLOOR, labels.BED, (0.6, 1.2, 0.8), (0.8, 1.4, 1.1)),
    Case(beds.sofa_bed, FLOOR, labels.BED, (1.85, 0.85, 0.45), (2.6, 1.3, 1.4)),
    Case(storage.wardrobe, FLOOR, labels.CABINET, (0.4, 0.45, 1.7), (2.3, 0.75, 2.3)),
    Case(storage.cabinet, FLOOR, labels.CABINET, (0.35, 0.3, 0.65), (2.3, 0.6, 1.35)),
    Case(storage.sideboard, FLOOR, labels.CABINET, (1.0, 0.3, 0.35), (2.0, 0.6, 0.75)),
    Case(storage.filing_cabinet, FLOOR, labels.CABINET, (0.4, 0.45, 0.6), (1.7, 0.75, 2.0)),
    Case(storage.dresser, FLOOR, labels.DRESSER, (0.55, 0.38, 0.6), (1.6, 0.65, 1.45)),
    Case(storage.night_stand, FLOOR, labels.NIGHT_STAND, (0.33, 0.3, 0.4), (0.65, 0.6, 0.7)),
    Case(shelving.bookshelf, FLOOR, labels.BOOKSHELF, (0.55, 0.2, 0.95), (1.4, 0.4, 2.3)),
    Case(shelving.shelves, FLOOR, labels.SHELVES, (0.65, 0.25, 0.85), (1.5, 0.6, 2.2)),
    Case(shelving.cube_shelves, FLOOR, labels.SHELVES, (0.3, 0.35, 0.6), (1.7, 0.42, 1.7)),
    Case(shelving.display_rack, FLOOR, labels.SHELVES, (0.55, 0.35, 1.1), (1.1, 0.45, 1.9)),
    Case(shelving.wall_boards, WALL, labels.SHELVES, (0.45, 0.15, 0.0), (1.3, 0.35, 1.2)),
    Case(shelving.bathroom_boards, WALL, labels.SHELVES, (0.35, 0.1, 0.0), (0.75, 0.25, 1.2)),
    Case(counter, FLOOR, labels.COUNTER, (2.3, 0.55, 0.8), (2.5, 0.8, 1.3)),
    Case(island, FLOOR, labels.COUNTER, (1.0, 0.65, 0.8), (1.9, 1.0, 1.0)),
    Case(wall_cupboards, WALL, labels.CABINET, (1.9, 0.28, 0.45), (2.1, 0.5, 0.8)),
    Case(kitchen.reception, FLOOR, labels.COUNTER, (1.1, 0.45, 0.9), (2.4, 0.8, 1.2)),
    Case(kitchen.fridge, FLOOR, labels.FRIDGE, (0.5, 0.5, 0.8), (0.85, 0.85, 2.0)),
    Case(bathroom.toilet, FLOOR, labels.TOILET, (0.33, 0.55, 0.38), (0.52, 0.85, 1.0)),
    Case(bathroom.wash_basin, OTHER, labels.SINK, (0.4, 0.35, 0.8), (1.4, 0.65, 1.2)),
    Case(bathroom.bathtub, FLOOR, labels.BATHTUB, (1.4, 0.65, 0.45), (1.85, 0.9, 0.85)),
    Case(bathroom.shower_tray, FLOOR, labels.SHOWER_CURTAIN, (0.75, 0.75, 1.9), (1.1, 1.1, 2.1)),
    Case(bathroom.washing_machine, FLOOR, 0, (0.55, 0.45, 0.8), (0.65, 0.7, 0.9)),
    Case(screens.television, FLOOR, labels.TV, (0.4, 0.15, 0.3), (1.4, 0.6, 0.95)),
    Case(screens.monitor, FLOOR, labels.TV, (0.35, 0.12, 0.25), (0.7, 0.3, 0.7)),
    Case(screens.wall_television, WALL, labels.TV, (0.7, 0.05, 0.4), (1.5, 0.15, 0.85)),
    Case(screens.projector_screen, WALL, labels.WHITEBOARD, (1.5, 0.05, 0.9), (2.4, 0.12, 1.5)),
    Case(screens.laptop, FLOOR, 0, (0.28, 0.2, 0.15), (0.4, 0.5, 0.3)),
    Case(screens.keyboard, FLOOR, 0, (0.34, 0.1, 0.015), (0.65, 0.2, 0.06)),
    Case(screens.computer, FLOOR, 0, (0.14, 0.35, 0.3), (0.25, 0.5, 0.5)),
    Case(screens.printer, FLOOR, 0, (0.35, 0.3, 0.15), (0.5, 0.6, 0.5)),
    Case(hangings.picture, WALL, labels.PICTURE, (0.1, 0.003, 0.1), (1.05, 0.05, 1.05)),
    Case(hangings.pictures, WALL, labels.PICTURE, (0.1, 0.003, 0.1), (3.2, 0.05, 1.0)),
    Case(hangings.notices, WALL, labels.PAPER, (0.2, 0.001, 0.2), (1.1, 0.02, 0.8)),
    Case(hangings.notice_board, WALL, 0, (0.55, 0.02, 0.45), (1.4, 0.05, 1.0)),
    Case(hangings.whiteboard, WALL, labels.WHITEBOARD, (0.95, 0.02, 0.75), (2.5, 0.12, 1.35)),
    Case(hangings.mirror, WALL, labels.MIRROR, (0.35, 0.015, 0.35), (0.9, 0.05, 1.3)),
    Case(hangings.clock, WALL, 0, (0.18, 0.03, 0.18), (0.4, 0.08, 0.4)),
    Case(hangings.radiator, WALL, 0, (0.55, 0.08, 0.35), (1.7, 0.2, 0.75)),
    Case(hangings.switch, WALL, 0, (0.07, 0.005, 0.07), (0.18, 0.03, 0.1)),
    Case(hangings.wall_plate, WALL, 0, (0.1, 0.05, 0.1), (0.45, 0.2, 0.65)),
    Case(lamps.table_lamp, FLOOR, labels.LAMP, (0.12, 0.12, 0.25), (0.4, 0.55, 0.65), (True,)),
    Case(lamps.floor_lamp, FLOOR, labels.LAMP, (0.2, 0.2, 1.3), (0.55, 0.55, 1.9), (False,)),
    Case(lamps.ceiling_lamp, OTHER, labels.LAMP, (0.2, 0.2, 0.0), (0.5, 0.5, 0.1), (True,)),
    Case(lamps.wall_lamp, WALL, labels.LAMP, (0.08, 0.15, 0.15), (0.3, 0.35, 0.3), (True,)),
    Case(soft.pillow, FLOOR, labels.PILLOW, (0.3, 0.1, 0.08), (0.6, 0.6, 0.7)),
    Case(soft.clothes_heap, FLOOR, labels.CLOTHES, (0.25, 0.2, 0.06), (1.1, 1.1, 0.4)),
    Case(soft.folded_clothes, FLOOR, labels.CLOTHES, (0.18, 0.15, 0.02), (0.45, 0.45, 0.3)),
    Case(soft.folded_towels, FLOOR, labels.TOWEL, (0.18, 0.15, 0.02), (0.45, 0.45, 0.3)),
    Case(soft.hanging_clothes, OTHER, labels.CLOTHES, (0.2, 0.02, 0.0), (1.3, 0.35, 0.15)),
    Case(soft.towel_on_rail, OTHER, labels.TOWEL, (0.35, 0.05, 0.0), (0.75, 0.15, 0.1)),
    Case(soft.towel_on_hook, OTHER, labels.TOWEL, (0.1, 0.05, 0.0), (0.5, 0.2, 0.1)),
    Case(bags.backpack, FLOOR, labels.BAG, (0.25, 0.15, 0.35), (0.5, 0.5, 0.65)),
    Case(bags.handbag, FLOOR, labels.BAG, (0.2, 0.08, 0.2), (0.45, 0.3, 0.55)),
    Case(bags.shopping_bag, FLOOR, labels.BAG, (0.2, 0.1, 0.3), (0.5, 0.35, 0.65)),
    Case(bags.suitcase, FLOOR, labels.BAG, (0.3, 0.18, 0.45), (0.6, 0.4, 1.2)),
    Case(bags.soft_bag, FLOOR, labels.BAG, (0.2, 0.18, 0.2), (0.7, 0.5, 0.65)),
    Case(bags.carton, FLOOR, labels.BOX, (0.2, 0.18, 0.12), (0.7, 0.9, 0.7)),
    Case(bags.small_box, FLOOR, labels.BOX, (0.06, 0.05, 0.04), (0.4, 0.3, 0.3)),
    Case(bags.storage_crate, FLOOR, labels.BOX, (0.28, 0.2, 0.14), (0.6, 0.45, 0.36)),
    Case(bags.bin_, FLOOR, 0, (0.18, 0.18, 0.24), (0.45, 0.45, 0.75)),
    Case(volumes.book_stack, FLOOR, labels.BOOKS, (0.1, 0.14, 0.01), (0.4, 0.4, 0.35)),
    Case(volumes.open_book, FLOOR, labels.BOOKS, (0.25, 0.18, 0.01), (0.45, 0.3, 0.06)),
    Case(volumes.books_on_edge, FLOOR, labels.BOOKS, (0.1, 0.1, 0.1), (0.7, 0.3, 0.4)),
    Case(clutter.papers, FLOOR, labels.PAPER, (0.2, 0.25, 0.001), (0.5, 0.55, 0.02)),
    Case(clutter.paper_pile, FLOOR, labels.PAPER, (0.2, 0.25, 0.005), (0.4, 0.4, 0.15)),
    Case(clutter.photo, FLOOR, labels.PICTURE, (0.08, 0.01, 0.1), (0.3, 0.12, 0.35)),
    Case(clutter.bottle, FLOOR, 0, (0.04, 0.04, 0.15), (0.12, 0.12, 0.4)),
    Case(clutter.plant, FLOOR, 0, (0.05, 0.05, 0.12), (0.6, 0.6, 0.6)),
    Case(clutter.appliance, FLOOR, 0, (0.15, 0.12, 0.1), (0.6, 0.5, 0.4)),
    Case(clutter.toy, FLOOR, 0, (0.05, 0.05, 0.03), (0.6, 0.6, 0.5)),
    Case(clutter.bowl, FLOOR, 0, (0.1, 0.1, 0.01), (0.4, 0.4, 0.3)),
    Case(clutter.cup, FLOOR, 0, (0.05, 0.05, 0.06), (0.2, 0.2, 0.15)),
    Case(clutter.toiletries, FLOOR, 0, (0.03, 0.03, 0.05), (0.35, 0.15, 0.3)),
    Case(clutter.pen_pot, FLOOR, 0, (0.07, 0.07, 0.1), (0.2, 0.2, 0.2)),
    Case(clutter.shoes, FLOOR, 0, (0.15, 0.25, 0.08), (0.45, 0.35, 0.2)),
    Case(clutter.telephone, FLOOR, 0, (0.15, 0.18, 0.04), (0.2, 0.25, 0.12)),
    Case(bathroom.paper_roll, WALL, 0, (0.1, 0.1, 0.05), (0.2, 0.2, 0.1)),
    Case(clutter.vase, FLOOR, 0, (0.05, 0.05, 0.12), (0.4, 0.4, 0.65)),
    Case(people.standing, FLOOR, labels.PERSON, (0.35, 0.2, 1.4), (1.0, 0.9, 2.0)),
    Case(people.sitting, FLOOR, labels.PERSON, (0.35, 0.4, 1.0), (0.9, 1.2, 1.5), (0.45,)),
    Case(mats.door_mat, FLOOR, labels.FLOOR_MAT, (0.4, 0.3, 0.005), (1.0, 0.7, 0.03)),
    Case(openings.door, OTHER, labels.DOOR, (0.8, 0.05, 1.9), (1.2, 1.2, 2.3), (0.85, 2.0)),
    Case(openings.curtains, OTHER, labels.CURTAIN, (0.2, 0.05, 1.5), (2.2, 0.3, 2.3), (1.2, 2.1, 0.05)),
    Case(openings.blinds, OTHER, labels.BLINDS, (1.1, 0.03, 0.8), (1.5, 0.15, 1.3), (1.2, 1.1)),
    Case(openings.vertical_blinds, OTHER, labels.BLINDS, (1.1, 0.03, 0.8), (1.5, 0.25, 1.3), (1.2, 1.1)),
    Case(openings.window, OTHER, labels.WINDOW, (1.1, 0.05, 0.8), (1.5, 0.4, 1.2), (1.2, 1.1, 0.1, (1.0, 1.0, 1.0))),
]  # fmt: skip
NAMES = [case.build.__name__ for case in CASES]
FAMILIES = (bags, bathroom, beds, clutter, hangings, screens, seats, shelving, sofas, soft, storage, tables, volumes)
CHOOSERS = {"chair", "bag"}  # these only choose among others that are in the table


def built(case: Case, draw: int) -> Piece:
    rng = np.random.default_rng((7, draw))
    style = (Style(rng),) if "style" in inspect.signature(case.build).parameters else ()
    made = case.build(rng, *style, *case.arguments)
    return made.body if isinstance(made, lamps.Light) else made  # pyright: ignore[reportReturnType]


def inside(solid: Primitive, points_m: np.ndarray) -> np.ndarray:
    local = (points_m - solid.centre_m) @ solid.rotation
    x, y, z = (local / solid.half_m).T
    if solid.shape is Shape.BOX:
        return np.abs(local / solid.half_m).max(axis=1) <= 1
    if solid.shape is Shape.ELLIPSOID:
        return x**2 + y**2 + z**2 <= 1
    radius = 1 + (solid.taper - 1) * (z + 1) / 2
    return (np.abs(z) <= 1) & (x**2 + y**2 <= radius**2)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_every_draw_has_a_sane_size_and_its_class(case: Case) -> None:
    for draw in range(DRAWS):
        made = built(case, draw)
        size = (made.width_m, made.depth_m, made.height_m)
        assert np.isfinite(size).all()
        assert all(low <= s <= high for low, s, high in zip(case.low, size, case.high, strict=True)), size
        drawn = {p.label for p in made.primitives}
        assert case.label in drawn or case.label == 0
        assert all(np.isfinite(p.centre_m).all() and np.isfinite(p.half_m).all() for p in made.primitives)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_stands_rests_on_its_origin_and_what_hangs_touches_its_wall(case: Case) -> None:
    for draw in range(DRAWS):
        x0, y0, z0, x1, y1, z1 = built(case, draw).bounds
        if case.goes == FLOOR:
            assert -0.045 <= z0 <= 0.006
            assert x0 < 0 < x1
            assert y0 < 0 < y1
        if case.goes == WALL:
            assert -0.02 <= y1 <= 0.006
            assert -0.15 <= z0 <= 0.2
            assert z1 > z0


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_supports_are_solid_underneath_and_free_above(case: Case) -> None:
    for draw in range(DRAWS):
        made = built(case, draw)
        for support in made.supports:
            assert support.x0 < support.x1
            assert support.y0 < support.y1
            us, vs = np.meshgrid(np.linspace(support.x0, support.x1, 4), np.linspace(support.y0, support.y1, 4))
            flat = np.column_stack([us.ravel(), vs.ravel(), np.full(us.size, support.z)])
            depths_m = (0.006, 0.03, 0.06) if support.use in ("bed", "sofa", "seat") else (0.006,)
            up = np.array([0.0, 0.0, 1.0])
            carried = np.any([inside(p, flat - d * up) for p in made.primitives for d in depths_m], axis=0)
            assert carried.mean() > 0.7, f"{support} hangs in the air"
            if support.use in ("table", "desk", "counter", "shelf", "top", "stand"):
                buried = np.any([inside(p, flat + 0.02 * up) for p in made.primitives], axis=0)
                assert buried.mean() < 0.2, f"{support} lies inside something"


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_bounds_hold_every_solid(case: Case) -> None:
    made = built(case, 0)
    np.testing.assert_allclose(made.bounds, bounds_of(made.primitives), atol=1e-9)
    rng = np.random.default_rng(0)
    low, high = np.array(made.bounds[:3]), np.array(made.bounds[3:])
    around = rng.uniform(low - 0.3, high + 0.3, (4000, 3))
    outside = ((around < low - 1e-9) | (around > high + 1e-9)).any(axis=1)
    assert not any(inside(p, around[outside]).any() for p in made.primitives)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda m: m.__name__.rsplit(".", 1)[-1])
def test_the_table_above_misses_no_builder(family: ModuleType) -> None:
    for name, function in inspect.getmembers(family, inspect.isfunction):
        parameters = list(inspect.signature(function).parameters)
        if function.__module__ == family.__name__ and parameters == ["rng", "style"] and name[0] != "_":
            assert name in NAMES or name in CHOOSERS, f"{name} has no row"


def test_two_draws_differ() -> None:
    for case in CASES:
        first, second = built(case, 0), built(case, 1)
        assert [p.material for p in first.primitives] != [p.material for p in second.primitives]


def test_a_kitchen_sink_is_hollow() -> None:
    for draw in range(DRAWS):
        made = counter(np.random.default_rng(draw))
        floor = next(p for p in made.primitives if p.label == labels.SINK)
        above = floor.centre_m + np.array([[0.0, 0.0, z] for z in (0.02, 0.08, 0.14)])
        assert not any(inside(p, above).any() for p in made.primitives)

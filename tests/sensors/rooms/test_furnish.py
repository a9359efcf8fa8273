"""Whole rooms: all classes occur, everything is inside and stands on something, ways stay free, seeds repeat."""

from __future__ import annotations

import itertools
import json
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sensors.rooms.furnish import ROOM_KINDS, furnish, plan_room
from sensors.rooms.furniture.piece import bounds_of
from sensors.rooms.labels import CEILING, DOOR, FLOOR, WALL, WINDOW
from sensors.rooms.placement.plan import Placed, Plan
from sensors.rooms.primitives import Primitive
from sensors.rooms.scene import Scene

SEEDS = range(40)
CLASSES = Path(__file__).parents[3] / "assets/classes/sunrgbd37.json"
THICK_M = 0.3


@cache
def plan_of(seed: int) -> Plan:
    return plan_room(seed)[0]


@cache
def scene_of(seed: int) -> Scene:
    return furnish(seed)


def overlap_m(a: Placed, b: Placed) -> float:
    """How deep two pieces' bounds reach into each other, 0 where they do not."""
    depths = [min(a.bounds[k + 3], b.bounds[k + 3]) - max(a.bounds[k], b.bounds[k]) for k in range(3)]
    return max(min(depths), 0.0)


def same_solid(a: Primitive, b: Primitive) -> bool:
    same_place = np.array_equal(a.centre_m, b.centre_m) and np.array_equal(a.rotation, b.rotation)
    return same_place and np.array_equal(a.half_m, b.half_m) and (a.label, a.material) == (b.label, b.material)


def test_all_classes_occur_in_forty_rooms_and_rare_ones_in_more_than_one() -> None:
    names = [c["name"] for c in json.loads(CLASSES.read_text())["classes"]]
    rooms = np.zeros(38, int)
    for seed in SEEDS:
        rooms[list({p.label for p in scene_of(seed).primitives})] += 1
    assert {names[label - 1]: int(rooms[label]) for label in range(1, 38) if rooms[label] < 2} == {}


def test_every_kind_builds_with_many_seeds() -> None:
    for kind, seed in itertools.product(ROOM_KINDS, range(500, 515)):
        scene = furnish(seed, kind)
        assert scene.kind == kind
        assert 40 < len(scene.primitives) < 520
        assert scene.sights
        assert max(scene.ambient) > 0.1
        assert scene.lamps or max(scene.sky) > 0.1
        assert all(np.isfinite(p.centre_m).all() and np.isfinite(p.rotation).all() for p in scene.primitives)


@pytest.mark.slow
def test_every_kind_builds_with_two_hundred_seeds() -> None:
    for kind, seed in itertools.product(ROOM_KINDS, range(200)):
        assert furnish(seed, kind).primitives


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(ValueError, match=r"bedroom.*got 'cellar'"):
        furnish(0, "cellar")


@pytest.mark.parametrize("seed", [0, 7, 11])
def test_one_seed_gives_one_scene_and_another_seed_another(seed: int) -> None:
    first, second, other = furnish(seed), furnish(seed), furnish(seed + 1)
    assert (first.kind, first.size_m, first.lamps, first.sights) == (
        second.kind, second.size_m, second.lamps, second.sights,
    )  # fmt: skip
    assert all(map(same_solid, first.primitives, second.primitives))
    assert len(first.primitives) == len(second.primitives)
    assert first.size_m != other.size_m


@pytest.mark.parametrize("seed", SEEDS)
def test_everything_lies_inside_the_room_or_in_the_recess_of_a_window(seed: int) -> None:
    scene, plan = scene_of(seed), plan_of(seed)
    high = np.array([scene.size_m[0] / 2, scene.size_m[1] / 2, scene.size_m[2]])
    low = high * (-1, -1, 0)
    windows = [p.bounds for p in plan.placed if p.piece.primitives[0].label == WINDOW]
    for solid in scene.primitives:
        bounds = np.array(bounds_of([solid]))
        slack = THICK_M if solid.label in (WALL, FLOOR, CEILING, WINDOW) else 0.06
        if not ((bounds[:3] > low - slack).all() and (bounds[3:] < high + slack).all()):
            x, y, _ = solid.centre_m
            assert any(w[0] < x < w[3] and w[1] < y < w[4] for w in windows), (solid.label, bounds.round(2))


@pytest.mark.parametrize("seed", SEEDS)
def test_pieces_do_not_stand_in_each_other(seed: int) -> None:
    for a, b in itertools.combinations(plan_of(seed).placed, 2):
        if not (a.tucked or b.tucked):
            assert overlap_m(a, b) < 0.02, (a.bounds, b.bounds)


@pytest.mark.parametrize("seed", SEEDS)
def test_doors_stay_free(seed: int) -> None:
    plan = plan_of(seed)
    assert plan.doorways
    for way, piece in itertools.product(plan.doorways, plan.placed):
        if piece.piece.primitives[0].label in (DOOR, WALL) or piece.tucked:
            continue
        depths = [min(way[k + 3], piece.bounds[k + 3]) - max(way[k], piece.bounds[k]) for k in range(3)]
        assert min(depths) < 0.02, piece.bounds


@pytest.mark.parametrize("seed", SEEDS)
def test_footprints_are_inside_and_hold_what_stands_on_the_floor(seed: int) -> None:
    scene, plan = scene_of(seed), plan_of(seed)
    x_m, y_m, _ = scene.size_m
    for x0, y0, x1, y1 in scene.footprints:
        assert -x_m / 2 <= x0 < x1 <= x_m / 2
        assert -y_m / 2 <= y0 < y1 <= y_m / 2
    outlines = np.array(scene.footprints)
    for placed in plan.placed:
        if placed.z == 0 and placed.piece.bounds[2] < 0.1 and placed.piece.height_m > 0.31:
            x0, y0, _, x1, y1, _ = placed.bounds
            assert (np.abs(outlines - (x0, y0, x1, y1)).max(axis=1) < 0.06).any(), placed.bounds


@pytest.mark.parametrize("seed", SEEDS)
def test_sights_lie_in_the_room(seed: int) -> None:
    scene = scene_of(seed)
    x_m, y_m, z_m = scene.size_m
    for (x, y, z), weight in scene.sights:
        assert abs(x) < x_m / 2 + 0.2
        assert abs(y) < y_m / 2 + 0.2
        assert -0.1 < z < z_m + 0.1
        assert weight > 0


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_nothing_floats(seed: int) -> None:
    """Every solid touches another, and so on down to the floor, a wall or the ceiling."""
    solids = scene_of(seed).primitives
    bounds = np.array([bounds_of([p]) for p in solids])
    low, high = bounds[:, :3] - 0.02, bounds[:, 3:] + 0.02
    touching = ((low[:, None] <= high[None]) & (low[None] <= high[:, None])).all(axis=2)
    held = np.array([p.label in (WALL, FLOOR, CEILING) for p in solids])
    while True:
        more = held | touching[:, held].any(axis=1)
        if (more == held).all():
            break
        held = more
    loose = [
        (p.label, p.centre_m.round(2).tolist(), p.half_m.round(3).tolist())
        for p, h in zip(solids, held, strict=True)
        if not h
    ]
    assert loose == []

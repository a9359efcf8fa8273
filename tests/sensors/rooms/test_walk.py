"""Where cameras stand and walk, in a room made by hand."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.free_space import CELL_M, FreeSpace
from sensors.rooms.labels import BED, CEILING, CHAIR, FLOOR, LAMP, PICTURE, TABLE, WALL
from sensors.rooms.materials import Material
from sensors.rooms.primitives import Point, Primitive, box, cylinder, rotation
from sensors.rooms.render import render_geometry
from sensors.rooms.scene import Footprint, Scene
from sensors.rooms.viewpoints import View, drawn_view, facing, towards, worth
from sensors.rooms.walk import Walk
from sensors.rooms.walk_path import looks_along

GREY = Material((0.5, 0.5, 0.5))
CAMERA = CameraIntrinsics(320, 240, 290, 290, 159.5, 119.5)
SIZE_M = (4.6, 3.8, 2.6)


def shell(size_m: Point) -> list[Primitive]:
    w, d, h = size_m
    return [
        box((w, d, 0.1), (0, 0, -0.05), FLOOR, GREY),
        box((w, d, 0.1), (0, 0, h + 0.05), CEILING, GREY),
        *(box((0.1, d, h), (side * (w / 2 + 0.05), 0, h / 2), WALL, GREY) for side in (-1, 1)),
        *(box((w, 0.1, h), (0, side * (d / 2 + 0.05), h / 2), WALL, GREY) for side in (-1, 1)),
    ]


def scene(*more: Primitive, footprints: tuple[Footprint, ...] = ()) -> Scene:
    """A bed in a corner, a table with a chair in the middle, a picture and a lamp."""
    things = [
        box((1.4, 2.0, 0.5), (-1.6, 0.9, 0.25), BED, GREY),
        box((0.8, 1.2, 0.05), (0.5, 0.2, 0.73), TABLE, GREY, turn=rotation(0.4)),
        box((0.4, 0.4, 0.45), (0.5, -0.8, 0.22), CHAIR, GREY),
        box((0.8, 0.03, 0.6), (0.2, 1.88, 1.5), PICTURE, GREY),
        cylinder((0.3, 0.3, 1.5), (2.0, 1.6, 0.75), LAMP, GREY),
    ]
    sights = [((-1.6, 0.9, 0.5), 2.0), ((0.5, 0.2, 0.75), 2.0), ((0.2, 1.9, 1.5), 1.0), ((2.0, 1.6, 1.0), 1.0)]
    return Scene("test", SIZE_M, [*shell(SIZE_M), *things, *more], [], (1, 1, 1), (0, 0, 0), footprints, sights)


def distance_to(solid: Primitive, points_m: NDArray[np.floating]) -> NDArray[np.floating]:
    """How far outside the solid's box (N,) points are; below zero inside."""
    local = np.abs((points_m - solid.centre_m) @ solid.rotation) - solid.half_m
    return local.max(axis=1)


def degrees_between(a: RigidTransform, b: RigidTransform) -> float:
    return float(np.rad2deg(np.arccos(np.clip((np.trace(a.rotation.T @ b.rotation) - 1) / 2, -1, 1))))


@pytest.fixture(scope="module")
def space() -> FreeSpace:
    return FreeSpace.of(scene())


def test_free_space_is_clear_of_everything_at_a_cameras_height(space: FreeSpace) -> None:
    places = space.place_of(np.argwhere(space.allowed))
    assert len(places) * CELL_M**2 > 3
    for height_m in (0.4, 0.7, 1.2, 1.8):
        points = np.column_stack([places, np.full(len(places), height_m)])
        for solid in scene().primitives[6:]:
            if solid.label != PICTURE:
                assert distance_to(solid, points).min() > 0.1
        assert np.abs(places[:, 0]).max() < SIZE_M[0] / 2 - 0.2


def test_standing_still_takes_less_room_than_walking_about(space: FreeSpace) -> None:
    assert (space.standing | ~space.allowed).all()
    assert space.standing.sum() > 1.2 * space.allowed.sum()
    assert space.clearance_m[space.standing].min() > 0.1


def test_clearance_is_the_distance_to_what_is_nearest(space: FreeSpace) -> None:
    places = np.array([[-2.0, -1.6], [0.5, -0.8], [0.5, -1.4]])
    assert space.clearance_at(places) == pytest.approx([0.3, 0.0, 0.4], abs=CELL_M)


def test_a_footprint_keeps_cameras_out_where_no_solid_stands() -> None:
    footprint = (0.9, -1.9, 2.3, -0.6)
    inside = FreeSpace.of(scene(footprints=(footprint,)))
    x, y = inside.place_of(np.argwhere(inside.allowed)).T
    assert not ((x > footprint[0]) & (y < footprint[3])).any()


def test_only_one_connected_part_is_used() -> None:
    """A wall across the room leaves a larger and a smaller part."""
    halved = FreeSpace.of(scene(box((0.1, 4.0, 2.0), (-0.4, 0, 1.0), WALL, GREY)))
    places = halved.place_of(np.argwhere(halved.allowed))
    assert places[:, 0].min() > -0.4


@pytest.mark.parametrize("size_m", [(0.9, 0.9, 2.2), (0.3, 4.0, 2.2), (0.04, 0.04, 2.0)])
def test_there_is_a_place_in_the_smallest_room(size_m: Point) -> None:
    tiny = Scene("cupboard", size_m, shell(size_m), [], (1, 1, 1), (0, 0, 0), (), ())
    tight = FreeSpace.of(tiny)
    assert tight.allowed.any()
    walk = Walk(tiny, tight, CAMERA, np.random.default_rng(0))
    assert all(np.isfinite(pose.translation_m).all() for pose in walk.poses(20, 10))


def test_a_path_goes_round_things(space: FreeSpace) -> None:
    start, end = space.cell_of(np.array([-0.4, -1.2])), space.cell_of(np.array([1.6, 0.6]))
    cells = space.path(start, end)
    assert tuple(cells[0]) == start
    assert tuple(cells[-1]) == end
    assert np.abs(np.diff(cells, axis=0)).max() == 1
    assert space.allowed[tuple(cells.T)].all()
    with pytest.raises(ValueError, match="no way"):
        space.path(start, space.cell_of(np.array([-1.6, 0.9])))


@pytest.mark.parametrize("yaw_deg", [0, 70, -120, 180])
@pytest.mark.parametrize("pitch_deg", [-60, 0, 20])
def test_facing_looks_along_yaw_and_pitch_and_stands_upright(yaw_deg: float, pitch_deg: float) -> None:
    yaw, pitch = np.deg2rad([yaw_deg, pitch_deg])
    turn = facing(yaw, pitch)
    assert np.allclose(turn @ turn.T, np.eye(3))
    assert np.linalg.det(turn) == pytest.approx(1)
    assert towards(np.zeros(3), turn[:, 2]) == pytest.approx((np.arctan2(np.sin(yaw), np.cos(yaw)), pitch))
    assert turn[2, 0] == pytest.approx(0)  # the horizon is level
    assert turn[2, 1] < 0  # and the picture's lower side is below
    rolled = facing(yaw, pitch, 0.2)
    assert np.allclose(rolled[:, 2], turn[:, 2])
    assert degrees_between(RigidTransform(turn), RigidTransform(rolled)) == pytest.approx(np.rad2deg(0.2))


def test_a_view_that_shows_much_is_worth_more() -> None:
    room = scene()
    rich = View((1.6, -1.4, 1.4), *towards(np.array([1.6, -1.4, 1.4]), np.array([-0.3, 0.6, 0.6])))
    bare = View((-1.0, -1.0, 1.4), np.deg2rad(-110), np.deg2rad(-5))
    close = View((-1.8, -1.7, 1.4), np.deg2rad(-90), 0.0)
    assert worth(room, CAMERA, rich) > 2 * worth(room, CAMERA, bare) > 0
    assert worth(room, CAMERA, close) == 0


def test_views_stand_in_free_space_and_look_at_things(space: FreeSpace) -> None:
    room, rng = scene(), np.random.default_rng(0)
    places = space.place_of(np.argwhere(space.standing))
    views = [drawn_view(room, places, CAMERA, rng) for _ in range(40)]
    for view in views:
        assert space.standing[space.cell_of(np.array(view.place_m))]
        assert 0.4 <= view.place_m[2] <= 1.9
    pitches, rolls = np.rad2deg([view.pitch_rad for view in views]), np.rad2deg([view.roll_rad for view in views])
    assert np.mean(pitches < 0) > 0.7
    assert np.median(np.abs(rolls)) < 4
    assert np.mean([worth(room, CAMERA, view) for view in views]) > 1.3
    assert np.std([view.yaw_rad for view in views]) > 0.5


def has_island() -> Scene:
    """The room with something large in its middle, round which every way leads."""
    return scene(box((1.4, 1.0, 1.2), (0.3, -0.1, 0.6), CHAIR, GREY))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("make", "fps"), [(scene, 30), (has_island, 10)])
def test_a_walk_is_slow_and_smooth_and_keeps_clear(make: Callable[[], Scene], fps: float, seed: int) -> None:
    room = make()
    walk = Walk(room, FreeSpace.of(room), CAMERA, np.random.default_rng(seed))
    poses = walk.poses(round(min(walk.round_s + 3, 60) * fps), fps)  # past its end, where it begins again
    places = np.array([pose.translation_m for pose in poses])
    steps_mm = 1000 * np.linalg.norm(np.diff(places, axis=0), axis=1)
    turns_deg = [degrees_between(a, b) for a, b in itertools.pairwise(poses)]
    assert steps_mm.max() <= 15 * 30 / fps
    assert max(turns_deg) <= 1.2 * 30 / fps
    assert places[:, :2].std(axis=0).max() > 0.2
    for solid in room.primitives[6:]:
        assert distance_to(solid, places).min() > 0.03
    assert ((places[:, 2] > 0.35) & (places[:, 2] < 1.95)).all()


def test_a_walk_with_no_room_to_walk_turns_slowly_on_the_spot() -> None:
    size_m = (0.5, 0.5, 2.2)
    cupboard = Scene("test", size_m, shell(size_m), [], (1, 1, 1), (0, 0, 0), (), [((9, 0, 1), 1.0), ((-9, 0, 1), 1.0)])
    fastest_deg = []
    for seed in range(4):
        walk = Walk(cupboard, FreeSpace.of(cupboard), CAMERA, np.random.default_rng(seed))
        poses = walk.poses(round(walk.round_s * 30), 30)
        fastest_deg.append(max(degrees_between(a, b) for a, b in itertools.pairwise(poses)))
    assert 0.9 < max(fastest_deg) <= 1.2


def test_the_look_follows_a_round_trip_without_spinning_back() -> None:
    """Round a circle, looking to its middle, the camera makes one even turn."""
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.column_stack([2 * np.cos(angles), 2 * np.sin(angles), np.full(400, 1.2)])
    stop_at = np.array([0, 130, 270])
    stops = [View((x, y, z), angles[at] + np.pi, 0.0) for at, (x, y, z) in zip(stop_at, circle[stop_at], strict=True)]
    yaw = looks_along(circle, stop_at, stops)[:, 0]
    assert np.diff(yaw) == pytest.approx(np.full(400, 2 * np.pi / 400), abs=1e-3)


def test_a_walk_keeps_looking_at_things(space: FreeSpace) -> None:
    room = scene()
    walk = Walk(room, space, CAMERA, np.random.default_rng(1))
    labels = [
        render_geometry(room, CAMERA.resized(40, 30), walk.pose_at(time_s)).label
        for time_s in np.linspace(0, walk.round_s, 30)
    ]
    assert np.mean([np.isin(label, (0, WALL, FLOOR, CEILING)).mean() < 0.95 for label in labels]) > 0.8
    assert np.mean([len(np.unique(label)) >= 3 for label in labels]) > 0.8

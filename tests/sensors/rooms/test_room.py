"""Furnished rooms as a camera meets them."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from sensors.align import Aligner
from sensors.frames import RawFrame
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.depth_sensor import DepthSensor
from sensors.rooms.film import RoomFilm
from sensors.rooms.labels import CEILING, FLOOR, WALL
from sensors.rooms.primitives import Shape
from sensors.rooms.render import render_geometry
from sensors.rooms.room import NARROWEST, WIDEST, Room

SIZE = (96, 72)
SEEDS = range(900, 908)


@pytest.fixture(scope="module")
def rooms() -> list[Room]:
    return [Room(seed) for seed in SEEDS]


def inside_anything(room: Room, point_m: np.ndarray) -> bool:
    for solid in room.scene.primitives:
        local = ((point_m - solid.centre_m) @ solid.rotation) / solid.half_m
        if solid.shape == Shape.BOX and np.abs(local).max() < 1:
            return True
        if solid.shape == Shape.ELLIPSOID and np.linalg.norm(local) < 1:
            return True
    return False


def assert_is_in_the_open(room: Room, pose: RigidTransform) -> None:
    x, y, z = pose.translation_m
    width_m, depth_m, height_m = room.scene.size_m
    assert abs(x) < width_m / 2
    assert abs(y) < depth_m / 2
    assert 0.35 < z < min(1.95, height_m - 0.2)
    for x0, y0, x1, y1 in room.scene.footprints:
        assert not (x0 < x < x1 and y0 < y < y1)
    assert not inside_anything(room, pose.translation_m)


def test_viewpoints_are_in_the_open_and_see_several_classes(rooms: list[Room]) -> None:
    classes, bare, near_m = [], [], []
    for room, frame in itertools.product(rooms, range(2)):
        pose = room.viewpoint(np.random.default_rng((room.seed, frame)))
        assert_is_in_the_open(room, pose)
        seen = render_geometry(room.scene, room.intrinsics((40, 30)), pose)
        shares = np.bincount(seen.label.ravel(), minlength=38) / seen.label.size
        classes.append(int((shares > 0.005).sum()))
        bare.append(shares[[0, WALL, FLOOR, CEILING]].sum())
        near_m.append(np.quantile(seen.depth_m, 0.1))
    assert min(classes) >= 3
    assert np.median(classes) >= 6
    assert max(bare) < 0.95
    assert np.median(bare) < 0.65
    assert min(near_m) > 0.3


def test_walks_stay_in_the_open(rooms: list[Room]) -> None:
    for room in rooms:
        poses = room.trajectory(round(30 * min(room.walk.round_s, 20)))
        steps_mm = [
            1000 * float(np.linalg.norm(b.translation_m - a.translation_m)) for a, b in itertools.pairwise(poses)
        ]
        assert max(steps_mm, default=0) <= 15
        for pose in poses[::10]:
            assert_is_in_the_open(room, pose)


def test_lenses_vary_and_scale_with_the_picture(rooms: list[Room]) -> None:
    shares = []
    for room in rooms:
        small, large = room.intrinsics((160, 120)), room.intrinsics((640, 480))
        resized = small.resized(640, 480)
        for name in ("fx", "fy", "cx", "cy"):
            assert getattr(large, name) == pytest.approx(getattr(resized, name))
        assert large.fy == pytest.approx(large.fx, rel=0.02)
        assert abs(large.cx - 319.5) < 26
        assert abs(large.cy - 239.5) < 26
        shares.append(large.fx / 640)
    assert min(shares) >= WIDEST
    assert max(shares) <= NARROWEST
    assert np.ptp(shares) > 0.2


def test_a_frame_holds_what_its_pose_sees() -> None:
    room = Room(3, sensor=DepthSensor.preset("clean"))
    intrinsics = room.intrinsics(SIZE)
    pose = room.viewpoint(np.random.default_rng(1))
    frame = room.render(pose, intrinsics)
    assert frame.color.shape == (72, 96, 3)
    assert frame.color.dtype == frame.label.dtype == np.uint8
    assert frame.depth_mm.dtype == np.uint16
    exact = render_geometry(room.scene, intrinsics, pose)
    assert np.array_equal(frame.label, exact.label)
    assert np.abs(frame.depth_mm / 1000 - exact.depth_m)[exact.depth_m > 0.05].max() < 0.00051
    assert (frame.intrinsics, frame.pose) == (intrinsics, pose)
    assert room.camera == "rooms-clean"
    assert room.kind == room.scene.kind


def test_same_seed_same_bytes() -> None:
    seed = 5

    def everything(room_seed: int, frame: int = 0) -> list[bytes]:
        room = Room(room_seed)
        rng = np.random.default_rng((room_seed, frame))
        pose = room.viewpoint(rng)
        shot = room.render(pose, room.intrinsics(SIZE), rng)
        places = np.array([pose.translation_m for pose in room.trajectory(5)])
        return [array.tobytes() for array in (shot.color, shot.depth_mm, shot.label, pose.rotation, places)]

    first, other_frame, other_room = everything(seed), everything(seed, 1), everything(seed + 1)
    assert everything(seed) == first
    assert all(ours != theirs for ours, theirs in zip(first, other_room, strict=True))
    assert other_frame[0] != first[0]
    assert other_frame[4] == first[4]


def test_a_kind_can_be_asked_for_and_nonsense_is_refused() -> None:
    assert Room(0, "kitchen").kind == "kitchen"
    with pytest.raises(ValueError, match="at least 0"):
        Room(-1)
    with pytest.raises(ValueError, match="cave"):
        Room(0, "cave")


def test_a_film_has_colour_and_depth_of_the_same_place() -> None:
    """The depth camera's readings, moved to the colour camera, are what is there."""
    film = RoomFilm(70_004, (160, 120))
    raw = film.frame(3)
    again = RoomFilm(70_004, (160, 120)).frame(3)
    assert np.array_equal(raw.color, again.color)
    assert np.array_equal(raw.depth_raw, again.depth_raw)
    film.room.sensor = DepthSensor.preset("clean")
    raw = film.frame(3)
    truth_m = render_geometry(film.room.scene, raw.color_intrinsics, film.walk.pose_at(0.3)).depth_m

    def errors(frame: RawFrame) -> np.ndarray:
        depth_m = Aligner()(frame).depth_m
        assert (depth_m > 0).mean() > 0.95
        return np.abs(depth_m - truth_m)[depth_m > 0] / truth_m[depth_m > 0]

    swapped = replace(raw, color_from_depth=raw.color_from_depth.inverse())
    assert np.median(errors(raw)) < 0.01
    assert np.quantile(errors(raw), 0.8) < 0.75 * np.quantile(errors(swapped), 0.8)


def test_frames_of_a_film_follow_each_other() -> None:
    film = RoomFilm(7, (64, 48), fps=10)
    frames = [film.frame(index) for index in (0, 1, 2)]
    assert [frame.timestamp_s for frame in frames] == [0, 0.1, 0.2]
    assert not np.array_equal(frames[0].color, frames[1].color)
    assert isinstance(frames[0].depth_intrinsics, CameraIntrinsics)

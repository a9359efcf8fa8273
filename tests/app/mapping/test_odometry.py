"""Which matches are believed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from room_walk import error_of, room_walk

from app.mapping.hold import has_hold
from app.mapping.odometry import LONGEST_PX, View, is_plausible, match
from app.mapping.pinhole import PinholeFrame, PinholeMaker
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.viewpoints import facing

pytest.importorskip("open3d")
CAMERA = CameraIntrinsics(160, 120, 150.0, 150.0, 80.0, 60.0)


def test_wrong_matches_are_told_from_right_ones() -> None:
    """Pairs of frames up to half a walk apart: near ones are matched, and what is matched is right."""
    near, believed = [], []
    for seed, first in ((70196, 80), (70203, 0)):
        walk = room_walk(seed, first=first, count=24)
        views = [View.of(PinholeMaker(LONGEST_PX)(step.frame)) for step in walk]
        for apart in (1, 5, 9, 14):
            for start in range(0, 24 - apart, 4):
                found = match(views[start + apart], views[start], None)
                true = walk[start].world_from_camera.inverse() @ walk[start + apart].world_from_camera
                if apart == 1:
                    near.append(found is not None)
                if found is not None:
                    away_m, away_deg = error_of(found, true)
                    believed.append(away_m < 0.06 and away_deg < 2)
    assert np.mean(near) > 0.95
    assert len(believed) > 12
    assert np.mean(believed) > 0.95


def view(color, depth_m) -> PinholeFrame:
    depth_m = np.broadcast_to(depth_m, (120, 160)).astype(np.float32)
    rng = np.random.default_rng(0)
    noisy = np.broadcast_to(color, (120, 160))[..., None] + rng.normal(0, 2, (120, 160, 3))
    return PinholeFrame(np.clip(noisy, 0, 255).astype(np.uint8), np.ascontiguousarray(depth_m), CAMERA)


X, Y = np.meshgrid(np.arange(160), np.arange(120))
STRIPES, CHECKS = 90 + 80 * (X // 16 % 2), 90 + 80 * ((X // 16 + Y // 16) % 2)
EDGE_M = 2 - 0.01 * np.abs(X - 80)  # two walls that meet in an upright edge
CORNER_M = EDGE_M - 0.01 * np.maximum(Y - 60, 0)


@pytest.mark.parametrize(
    ("color", "depth_m", "holds"),
    [
        (120, 2.0, False),  # a blank wall
        (CHECKS, 2.0, True),
        (STRIPES, 2.0, False),  # slides along the stripes
        (120, EDGE_M, False),  # slides along the edge
        (STRIPES.T[:120, :120].repeat(2, axis=1)[:, :160], EDGE_M, True),  # stripes across the edge
        (120, CORNER_M, True),
        (120, 0.0, False),
    ],
)
def test_what_can_be_held_on_to(color, depth_m, holds) -> None:
    assert has_hold(view(color, depth_m)) is holds


def through_a_lens(distortion: float) -> PinholeFrame:
    wall = view(120, 2.0)
    camera = replace(CAMERA, distortion_model="brown_conrady", distortion=(distortion,))
    return PinholeMaker(LONGEST_PX)(Frame(0, 0.0, wall.color, wall.depth_m, camera))


@pytest.mark.parametrize(
    "wall",
    [
        view(120, 2.0),
        through_a_lens(0.3),  # the corners of the pinhole's picture lie outside the lens's
        view(np.where(X < 80, 120, CHECKS), np.where(X < 80, np.float32(2), np.float32(0))),  # all to see has no depth
    ],
    ids=["blank", "lens", "half"],
)
def test_before_a_blank_wall_no_motion_is_believed(wall) -> None:
    """Open3D alone calls motions of 35 cm perfect matches here."""
    assert match(View.of(wall), View.of(wall), RigidTransform()) is None


def test_what_is_too_far_to_match_does_not_count_as_unmatched() -> None:
    """In a hall most depth may lie beyond."""
    far = view(CHECKS, np.where(X < 80, np.float32(8), np.float32(CORNER_M)))
    assert match(View.of(far), View.of(far), RigidTransform()) is not None


@pytest.mark.parametrize("gain", [0.4, 0.8, 1.25])
def test_another_exposure_is_no_other_place(gain: float) -> None:
    walk = room_walk(70196, first=80, count=24)[:2]
    frames = [PinholeMaker(LONGEST_PX)(step.frame) for step in walk]
    frames[1] = replace(frames[1], color=np.clip(frames[1].color * gain, 0, 255).astype(np.uint8))
    before, now = (View.of(frame) for frame in frames)
    true = walk[0].world_from_camera.inverse() @ walk[1].world_from_camera
    for guess in (None, RigidTransform()):
        found = match(now, before, guess)
        assert found is not None
        assert error_of(found, true)[0] < 0.02


def test_what_a_hand_does_not_do() -> None:
    assert is_plausible(RigidTransform(translation_m=np.array([0.3, 0.0, 0.3])))
    assert not is_plausible(RigidTransform(translation_m=np.array([0.4, 0.0, 0.4])))
    turn = facing(0.0, 0.0, 0.0)
    assert is_plausible(RigidTransform(turn.T @ facing(np.deg2rad(25), 0.0, 0.0)))
    assert not is_plausible(RigidTransform(turn.T @ facing(np.deg2rad(35), 0.0, 0.0)))


def test_views_of_different_cameras_do_not_match() -> None:
    here = view(CHECKS, CORNER_M)
    other = replace(here, intrinsics=replace(CAMERA, fx=170.0))
    assert match(View.of(here), View.of(here), None) is not None
    assert match(View.of(here), View.of(other), None) is None

"""The camera's motion from pictures, against the walks through rooms where it is known."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from room_walk import Step, error_of, resized, room_walk, without_depth

from app.motion import MotionTracker
from sensors.geometry import RigidTransform

pytest.importorskip("open3d")
WALK = {"seed": 70196, "first": 80, "count": 24}


@pytest.fixture(scope="module")
def walk() -> tuple[Step, ...]:
    return room_walk(**WALK)


def motions(frames) -> list[RigidTransform | None]:
    tracker = MotionTracker()
    return [tracker(frame) for frame in frames]


def test_steps_are_those_of_the_walk(walk) -> None:
    found = motions(step.frame for step in walk)
    assert found[0] is None
    true = [a.world_from_camera.inverse() @ b.world_from_camera for a, b in pairwise(walk)]
    errors = np.array([error_of(motion, step) for motion, step in zip(found[1:], true, strict=True)])
    assert np.median(errors[:, 0]) < 0.006
    assert errors[:, 0].max() < 0.025
    assert np.median(errors[:, 1]) < 0.3


def test_a_step_back_is_the_step_forth_turned_round(walk) -> None:
    _, forth, back = motions([walk[0].frame, walk[1].frame, walk[0].frame])
    away_m, away_deg = error_of(forth @ back, RigidTransform())
    assert away_m < 0.02
    assert away_deg < 0.3


def test_beside_a_frame_without_depth_nothing_is_known(walk) -> None:
    frames = [step.frame for step in walk[:5]]
    frames[2] = without_depth(frames[2])
    assert [motion is None for motion in motions(frames)] == [True, False, True, True, False]


def test_beside_a_frame_of_another_size_nothing_is_known(walk) -> None:
    frames = [walk[0].frame, walk[1].frame, resized(walk[2].frame, 120, 90), walk[3].frame, walk[4].frame]
    assert [motion is None for motion in motions(frames)] == [True, False, True, True, False]


def test_after_a_jump_nothing_is_known(walk) -> None:
    elsewhere = room_walk(70203, count=2)
    frames = [walk[0].frame, walk[1].frame, *(step.frame for step in elsewhere), walk[2].frame]
    assert [motion is None for motion in motions(frames)] == [True, False, True, False, True]


def test_after_a_reset_a_frame_is_the_first(walk) -> None:
    tracker = MotionTracker()
    tracker(walk[0].frame)
    tracker.reset()
    assert tracker(walk[1].frame) is None


def test_a_large_frame_is_as_well_followed(walk) -> None:
    """Frames are reduced to the work size; the motion stays in metres of the full camera."""
    _, large = motions(resized(step.frame, 960, 720) for step in walk[:2])
    true = walk[0].world_from_camera.inverse() @ walk[1].world_from_camera
    assert error_of(large, true)[0] < 0.02

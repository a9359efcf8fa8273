"""The camera's motion as --smooth finds it, and --smooth in the program."""

from __future__ import annotations

import json
import threading
from itertools import pairwise

import cv2
import numpy as np
import pytest
from room_walk import room_walk
from small_room import CAMERA as SMALL
from small_room import cluttered, looking

from app.capture import CapturePolicy
from app.controls import Controls
from app.pipeline import Pipeline
from app.smoothing.camera_motion import CameraMotion
from app.smoothing.smoother import make_smoother
from sensors.align import Aligner
from sensors.errors import MissingLibraryError
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics
from sensors.rooms.view import render_geometry

PLACES_M = np.array([[-1.0, -0.6, 2.0], [0.9, 0.5, 3.0], [0.0, 0.0, 1.5]])


def test_the_motion_through_a_room_is_found() -> None:
    walk, follow = room_walk(70196, first=80, count=24), CameraMotion()
    camera, still = walk[0].frame.intrinsics, picture_of(PLACES_M, walk[0].frame.intrinsics)
    assert follow(walk[0].frame) is None
    for before, now in pairwise(walk[:6]):
        motion = follow(now.frame)
        assert motion is not None
        true = before.world_from_camera.inverse() @ now.world_from_camera
        pixels = [picture_of(transform.apply(PLACES_M), camera) for transform in (motion, true)]
        assert np.abs(pixels[0] - pixels[1]).max() < 0.5
        assert np.abs(pixels[1] - still).max() > 3  # else it would be no test


def picture_of(points_m: np.ndarray, camera: CameraIntrinsics) -> np.ndarray:
    return points_m[:, :2] / points_m[:, 2:] * (camera.fx, camera.fy) + (camera.cx, camera.cy)


def room_frame(index: int, eye_x_m: float = 0.0) -> Frame:
    pose = looking((eye_x_m, -1.5, 1.4), (0.4 + eye_x_m, 2.0, 1.0))
    seen = render_geometry(cluttered(5), SMALL, pose)
    color = np.repeat((seen.cosine * 200).astype(np.uint8)[..., None], 3, axis=-1)
    return Frame(index, index / 30, color, seen.depth_m, SMALL)


def blank(index: int, width: int, height: int, depth_m: float) -> Frame:
    camera = CameraIntrinsics(width, height, 60.0, 60.0, width / 2, height / 2)
    color = np.full((height, width, 3), 90, np.uint8)
    return Frame(index, index / 30, color, np.full((height, width), depth_m, np.float32), camera)


@pytest.mark.parametrize(("width", "height"), [(32, 32), (33, 47), (160, 120), (2, 2), (1, 1)])
@pytest.mark.parametrize("depth_m", [0.0, 2.0, 50.0])
def test_frames_with_nothing_to_hold_on_to_are_survived(width: int, height: int, depth_m: float) -> None:
    follow = CameraMotion()
    for index in range(3):
        motion = follow(blank(index, width, height, depth_m))
        assert motion is None or np.isfinite(motion.translation_m).all()
    assert depth_m > 0 or motion is None


def test_what_opencv_cannot_do_with_a_frame_ends_with_that_frame(monkeypatch) -> None:
    class Failing:
        def prepareFrame(self, frame) -> None:
            raise cv2.error("no features")

    follow = CameraMotion()
    assert follow(room_frame(0)) is None
    monkeypatch.setattr(follow, "_odometry", Failing())
    assert follow(room_frame(1, 0.01)) is None
    monkeypatch.undo()
    assert follow(room_frame(2, 0.02)) is None  # the frame before was of no use
    assert follow(room_frame(3, 0.03)) is not None


def test_another_cameras_frame_is_not_compared_with() -> None:
    follow = CameraMotion()
    assert follow(room_frame(0)) is None
    assert follow(room_frame(1, 0.01)) is not None
    assert follow(blank(3, 160, 120, 2.0)) is None
    assert follow(room_frame(4, 0.03)) is None


def test_without_opencv_5_the_program_says_what_to_install(monkeypatch) -> None:
    monkeypatch.delattr(cv2, "Odometry")
    assert make_smoother(wanted=False) is None
    with pytest.raises(MissingLibraryError, match=r"--smooth needs OpenCV 5, .* pip install \"opencv-python>=5\""):
        make_smoother(wanted=True)


def test_it_is_off_until_asked_for_and_can_be_switched_while_it_runs(source, segmenter, viewer) -> None:
    asked, controls = [], Controls()

    def smoother(frame, segmentation):
        assert threading.current_thread().name == "segment"
        asked.append(frame.index)
        return segmentation

    class Switch:
        """Turns smoothing on after frame 3, off after 7, and the depth off after 5."""

        def write(self, frame, segmentation) -> None:
            controls.smooth = 3 <= frame.index < 7
            controls.uses_depth = frame.index != 5

        def close(self) -> None:
            pass

    pipeline = Pipeline(
        source=source(12),
        align=Aligner(),
        segmenter=segmenter(),
        sinks=Switch(),
        viewer=viewer("none"),
        policy=CapturePolicy(drop=False),
        controls=controls,
        smoother=smoother,
    )
    pipeline.run()
    assert asked == [4, 5, 7]  # not 6: labels without depth are there to compare with
    assert pipeline.progress.times.summary()["smooth"]["p50"] is not None


def test_the_demo_plays_with_it(run_program, tmp_path) -> None:
    stats = tmp_path / "s.json"
    code, _, errors = run_program(
        "--view", "none", "--engine", "torch", "--max-frames", "4", "--smooth", "--stats", stats
    )
    assert code == 0, errors
    assert json.loads(stats.read_text())["stages_ms"]["smooth"]["p50"] > 0

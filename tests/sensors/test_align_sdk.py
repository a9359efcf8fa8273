"""Alignment and lenses against librealsense itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

rs: Any = pytest.importorskip("pyrealsense2", exc_type=ImportError)

from fake_camera import FakeRig, one_frameset, sdk_extrinsics, sdk_intrinsics  # noqa: E402

from sensors.align import Aligner  # noqa: E402
from sensors.distortion import distort, undistort  # noqa: E402
from sensors.frames import RawFrame  # noqa: E402
from sensors.geometry import CameraIntrinsics  # noqa: E402
from sensors.sdk import intrinsics_from_sdk, transform_from_sdk  # noqa: E402

COEFFICIENTS = (0.12, -0.25, 0.003, -0.002, 0.08)


def compare(frameset: Any, unit_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Raw aligned depth by rs.align and by ours, from the SDK's own frames and calibration."""
    color, depth = frameset.get_color_frame(), frameset.get_depth_frame()
    profiles = [frame.get_profile().as_video_stream_profile() for frame in (color, depth)]
    raw = RawFrame(
        index=0,
        timestamp_s=0.0,
        clock="none",
        color=np.asanyarray(color.get_data()).copy(),
        depth_raw=np.asanyarray(depth.get_data()).copy(),
        depth_unit_m=unit_m,
        color_intrinsics=intrinsics_from_sdk(profiles[0].get_intrinsics()),
        depth_intrinsics=intrinsics_from_sdk(profiles[1].get_intrinsics()),
        color_from_depth=transform_from_sdk(profiles[1].get_extrinsics_to(profiles[0])),
    )
    theirs = rs.align(rs.stream.color).process(frameset).get_depth_frame()
    return np.asanyarray(theirs.get_data()).copy(), np.rint(Aligner()(raw).depth_m / np.float32(unit_m))


@pytest.mark.parametrize(
    ("color_size", "depth_size"),
    [
        ((640, 480), (640, 480)),
        ((320, 180), (424, 240)),
        ((640, 360), (256, 144)),
        ((160, 120), (320, 240)),
        ((160, 90), (320, 240)),
    ],
)
def test_a_tilted_rig_of_any_sizes(color_size: tuple[int, int], depth_size: tuple[int, int]) -> None:
    rig = FakeRig(color_size=color_size, depth_size=depth_size, depth_unit_m=0.0005)
    with one_frameset(rig, rig.scene(0)) as frameset:
        theirs, ours = compare(frameset, 0.0005)
    assert 0.5 < np.mean(theirs > 0) < 1
    assert np.mean((ours > 0) == (theirs > 0)) > 0.9995
    assert np.mean(ours == theirs) > 0.999


def test_the_colour_lens_that_the_sdk_honours() -> None:
    rig = FakeRig(
        color_size=(320, 240),
        depth_size=(320, 240),
        color_distortion=("modified_brown_conrady", (0.1, -0.2, 0, 0, 0.05)),
    )
    with one_frameset(rig, rig.scene(0)) as frameset:
        theirs, ours = compare(frameset, rig.depth_unit_m)
    assert np.mean(ours == theirs) > 0.999


def test_a_real_recording(sample_data: Path) -> None:
    path = sample_data / "realsense_d435_bag" / "single_depth_color_640x480.bag"
    config, pipeline = rs.config(), rs.pipeline()
    config.enable_device_from_file(str(path), repeat_playback=False)
    profile = pipeline.start(config)
    try:
        profile.get_device().as_playback().set_real_time(False)
        frameset = pipeline.wait_for_frames(5000)
        theirs, ours = compare(frameset, 0.001)
    finally:
        pipeline.stop()
    assert theirs.shape == (480, 640)
    assert np.mean(theirs > 0) > 0.3
    assert np.mean((ours > 0) == (theirs > 0)) > 0.999
    assert np.mean(ours == theirs) > 0.999


@pytest.mark.parametrize("model", ["none", "brown_conrady", "modified_brown_conrady", "inverse_brown_conrady"])
def test_projecting_and_deprojecting_are_the_sdks(model: str) -> None:
    camera = CameraIntrinsics(640, 480, 600, 610, 322, 238, model, () if model == "none" else COEFFICIENTS)
    theirs = sdk_intrinsics(camera)
    for x, y in np.random.default_rng(0).uniform(-0.5, 0.5, (100, 2)):
        u, v = distort(np.float64(x), np.float64(y), camera)
        expected = rs.rs2_project_point_to_pixel(theirs, [x, y, 1.0])
        np.testing.assert_allclose((u * 600 + 322, v * 610 + 238), expected, atol=1e-3)
        if model != "modified_brown_conrady":  # the SDK does not invert this one
            pixel = [x * 600 + 322, y * 610 + 238]
            ray = undistort(np.float64(x), np.float64(y), camera)
            np.testing.assert_allclose(ray, rs.rs2_deproject_pixel_to_point(theirs, pixel, 1.0)[:2], atol=1e-5)


def test_the_sdks_rotation_is_column_by_column() -> None:
    rig = FakeRig()
    extrinsics = sdk_extrinsics(rig.color_from_depth)
    point = [0.3, -0.2, 1.7]
    expected = rs.rs2_transform_point_to_point(extrinsics, point)
    np.testing.assert_allclose(transform_from_sdk(extrinsics).apply(np.array(point)), expected, atol=1e-6)


def test_intrinsics_survive_the_way_through_the_sdk() -> None:
    camera = replace(FakeRig().color_intrinsics, distortion=COEFFICIENTS)
    back = intrinsics_from_sdk(sdk_intrinsics(camera))
    assert (back.width, back.height, back.distortion_model) == (camera.width, camera.height, camera.distortion_model)
    np.testing.assert_allclose(
        (back.fx, back.fy, back.cx, back.cy, *back.distortion),
        (camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion),
        rtol=1e-6,
    )

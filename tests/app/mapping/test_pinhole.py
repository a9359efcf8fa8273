"""Frames of any size and lens as one pinhole camera's."""

from __future__ import annotations

from dataclasses import astuple, replace

import numpy as np
import pytest

from app.cloud import camera_rays
from app.mapping.pinhole import PinholeMaker
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics

PLAIN = CameraIntrinsics(160, 120, 150.0, 151.0, 80.3, 59.2)
BENT = replace(PLAIN, distortion_model="brown_conrady", distortion=(0.12, -0.05, 0.002, -0.001, 0.01))


def painted(camera: CameraIntrinsics) -> Frame:
    """Colour and depth tell the ray of every pixel: red = x, green = y, depth = 2 + x."""
    x, y = camera_rays(camera)
    color = np.dstack([128 + 200 * x, 128 + 200 * y, np.zeros_like(x)])
    depth_m = (2 + x).astype(np.float32)
    return Frame(0, 0.0, np.clip(color, 0, 255).round().astype(np.uint8), depth_m, camera)


@pytest.mark.parametrize("camera", [PLAIN, BENT, BENT.resized(640, 480), PLAIN.cropped(10, 5, 120, 100)])
def test_every_pixel_shows_what_its_ray_meets(camera) -> None:
    made = PinholeMaker(160)(painted(camera))
    assert max(made.color.shape[:2]) <= 160
    assert not made.intrinsics.has_distortion
    x, y = camera_rays(made.intrinsics)
    seen = made.depth_m > 0
    assert seen.mean() > 0.85
    assert np.abs(made.depth_m - 2 - x)[seen].max() < 0.8 / camera.fx  # the nearest pixel of the full image
    inner = (slice(2, -2), slice(2, -2))
    for channel, ray in ((0, x), (1, y)):
        wrong = np.abs(made.color[..., channel] - (128 + 200 * ray))[inner][seen[inner]]
        assert np.percentile(wrong, 99) < 2


def test_depth_is_picked_never_mixed() -> None:
    frame = painted(BENT.resized(640, 480))
    assert set(np.unique(PinholeMaker(200)(frame).depth_m)) <= {*np.unique(frame.depth_m), 0}


def test_a_steady_maker_keeps_to_the_first_camera() -> None:
    maker = PinholeMaker(160, steady=True)
    first = maker(painted(PLAIN))
    for other in (BENT.resized(320, 240), PLAIN.resized(640, 480), PLAIN.cropped(20, 0, 100, 120)):
        made = maker(painted(other))
        assert astuple(made.intrinsics) == astuple(first.intrinsics)
        both = (made.depth_m > 0) & (first.depth_m > 0)
        assert both.mean() > 0.6
        assert np.abs(made.depth_m - first.depth_m)[both].max() < 1.2 / PLAIN.fx
    narrow = maker(painted(PLAIN.cropped(20, 0, 100, 120)))
    assert not narrow.depth_m[:, :15].any()  # what it does not see has no depth

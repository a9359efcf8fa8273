from __future__ import annotations

import cv2
import numpy as np
import pytest
from prepared_planes import camera_of, rays

from sensors.geometry import CameraIntrinsics
from training.augment.fitted_camera import fitted_camera, rays_of

CAMERA = camera_of(160, 120)


def assert_same(found: CameraIntrinsics, expected: CameraIntrinsics, rtol: float = 1e-5) -> None:
    assert (found.width, found.height) == (expected.width, expected.height)
    np.testing.assert_allclose(found.matrix, expected.matrix, rtol=rtol)


def test_the_rays_are_those_of_the_camera() -> None:
    np.testing.assert_allclose(rays_of(CAMERA), rays(CAMERA), atol=1e-6)


def test_an_image_that_stays_has_its_own_camera() -> None:
    assert_same(fitted_camera(rays_of(CAMERA)), CAMERA)


def test_a_crop_a_resize_and_flips_are_fitted_exactly() -> None:
    made = rays_of(CAMERA)
    assert_same(fitted_camera(made[10:90, 20:140]), CAMERA.cropped(20, 10, 120, 80))
    found = fitted_camera(made[::-1, ::-1])
    expected = CameraIntrinsics(160, 120, CAMERA.fx, CAMERA.fy, 159 - CAMERA.cx, 119 - CAMERA.cy)
    assert_same(found, expected)
    # Interpolation cannot go beyond the outermost pixels, so there the rays of an enlarged image are a little off.
    assert_same(fitted_camera(cv2.resize(made, (320, 360))), CAMERA.resized(320, 360), rtol=2e-4)


@pytest.mark.parametrize("quarters", [1, 3])
def test_a_quarter_turn_swaps_the_focal_lengths(quarters: int) -> None:
    found = fitted_camera(np.ascontiguousarray(np.rot90(rays_of(CAMERA), quarters)))
    assert (found.width, found.height) == (120, 160)
    assert (found.fx, found.fy) == pytest.approx((CAMERA.fy, CAMERA.fx), rel=1e-5)


@pytest.mark.parametrize("angle_deg", [10.0, 33.0, -45.0])
def test_a_turn_and_zoom_scale_equal_focal_lengths_alike(angle_deg: float) -> None:
    camera = CameraIntrinsics(160, 120, 150.0, 150.0, 70.0, 66.0)
    matrix = cv2.getRotationMatrix2D((80, 60), angle_deg, 1.3)
    found = fitted_camera(cv2.warpAffine(rays_of(camera), matrix, (160, 120)))  # pyright: ignore[reportArgumentType]
    assert (found.fx, found.fy) == pytest.approx((195.0, 195.0), rel=1e-3)
    np.testing.assert_allclose((found.cx, found.cy), matrix @ (70, 66, 1), atol=0.1)


def test_a_bend_is_averaged() -> None:
    x, y = np.meshgrid(np.arange(160, dtype=np.float32), np.arange(120, dtype=np.float32))
    bent = cv2.remap(rays_of(CAMERA), x + 2 * np.sin(x / 12), y, cv2.INTER_LINEAR)  # pyright: ignore[reportCallIssue, reportArgumentType]
    found = fitted_camera(bent)
    assert found.fx == pytest.approx(CAMERA.fx, rel=0.02)
    assert found.fy == pytest.approx(CAMERA.fy, rel=1e-4)


def test_what_is_outside_has_no_say() -> None:
    made = rays_of(CAMERA)
    made[:, :50] = 0
    made[:, 50, 2] = 0.5
    assert_same(fitted_camera(made), CAMERA)


def test_too_little_to_go_by_is_refused() -> None:
    nothing = np.zeros((40, 50, 3), np.float32)
    with pytest.raises(ValueError, match="0 pixels of 50x40"):
        fitted_camera(nothing)
    line = rays_of(CAMERA)
    line[:60], line[61:] = 0, 0
    with pytest.raises(ValueError, match="too few"):
        fitted_camera(line)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sensors.geometry import CameraIntrinsics, RigidTransform

CAMERA = CameraIntrinsics(640, 480, 615.3, 613.9, 321.4, 238.2)


def project(camera: CameraIntrinsics, points_m: np.ndarray) -> np.ndarray:
    """Pixels (N, 2) of points (N, 3)."""
    pixels = points_m @ camera.matrix.T
    return pixels[:, :2] / pixels[:, 2:]


def points(seed: int, count: int = 50) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.uniform(-1, 1, count), rng.uniform(-1, 1, count), rng.uniform(0.5, 4, count)])


def some_transform(seed: int) -> RigidTransform:
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    return RigidTransform(q * np.sign(np.linalg.det(q)), rng.normal(size=3))


@pytest.mark.parametrize("size", [(320, 240), (1280, 960), (213, 480), (640, 480), (1, 1)])
def test_a_resize_moves_every_projection_with_its_pixel_area(size: tuple[int, int]) -> None:
    # The edge of a pixel area is half a pixel before its centre, and edges scale with the image.
    scale = np.array(size) / (640, 480)
    expected = (project(CAMERA, points(0)) + 0.5) * scale - 0.5
    np.testing.assert_allclose(project(CAMERA.resized(*size), points(0)), expected, atol=1e-9)


def test_resizing_back_gives_the_same_camera() -> None:
    back = CAMERA.resized(123, 77).resized(640, 480)
    np.testing.assert_allclose(back.matrix, CAMERA.matrix, rtol=1e-12)
    assert (back.width, back.height) == (640, 480)


@pytest.mark.parametrize(
    ("left", "top", "width", "height"), [(10, 20, 300, 200), (0, 0, 640, 480), (-16, -8, 672, 496)]
)
def test_a_crop_shifts_every_projection(left: int, top: int, width: int, height: int) -> None:
    cropped = CAMERA.cropped(left, top, width, height)
    expected = project(CAMERA, points(1)) - (left, top)
    np.testing.assert_allclose(project(cropped, points(1)), expected, atol=1e-9)
    assert (cropped.width, cropped.height) == (width, height)


def test_a_pad_undoes_a_crop() -> None:
    back = CAMERA.cropped(11, 7, 100, 90).cropped(-11, -7, 640, 480)
    np.testing.assert_allclose(back.matrix, CAMERA.matrix, rtol=1e-12)


def test_an_image_resized_by_averaging_agrees_with_the_resized_camera() -> None:
    # A blob at a point's projection, shrunk 4 times by averaging blocks, has its centre where the new camera says.
    point = np.array([[0.1, -0.15, 2.0]])
    column, row = project(CAMERA, point)[0]
    ys, xs = np.mgrid[:480, :640]
    image = np.exp(-((xs - column) ** 2 + (ys - row) ** 2) / (2 * 12.0**2))
    small = image.reshape(120, 4, 160, 4).mean(axis=(1, 3))
    ys, xs = np.mgrid[:120, :160]
    centre = ((small * xs).sum() / small.sum(), (small * ys).sum() / small.sum())
    np.testing.assert_allclose(centre, project(CAMERA.resized(160, 120), point)[0], atol=1e-3)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"width": 0}, "size"),
        ({"height": -1}, "size"),
        ({"fx": 0.0}, "focal"),
        ({"fy": -5.0}, "focal"),
        ({"cx": float("nan")}, "finite"),
        ({"fx": float("inf")}, "finite"),
        ({"distortion": (0.1, float("nan"))}, "finite"),
    ],
)
def test_nonsense_cameras_are_refused(change: dict[str, Any], word: str) -> None:
    fields = {"width": 640, "height": 480, "fx": 600.0, "fy": 600.0, "cx": 320.0, "cy": 240.0}
    with pytest.raises(ValueError, match=word):
        CameraIntrinsics(**{**fields, **change})


def test_distortion_is_there_only_when_a_coefficient_is() -> None:
    camera = {"width": 4, "height": 4, "fx": 1.0, "fy": 1.0, "cx": 1.0, "cy": 1.0}
    assert not CameraIntrinsics(**camera).has_distortion
    assert not CameraIntrinsics(**camera, distortion_model="brown_conrady", distortion=(0.0,) * 5).has_distortion
    assert CameraIntrinsics(**camera, distortion_model="brown_conrady", distortion=(0, 0, 1e-9, 0, 0)).has_distortion


@pytest.mark.parametrize("seed", range(5))
def test_transforms_chain_by_reading(seed: int) -> None:
    a_from_b, b_from_c = some_transform(seed), some_transform(seed + 100)
    in_c = points(seed)
    np.testing.assert_allclose((a_from_b @ b_from_c).apply(in_c), a_from_b.apply(b_from_c.apply(in_c)), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_inverse_leads_back_both_ways(seed: int) -> None:
    a_from_b = some_transform(seed)
    in_b = points(seed)
    np.testing.assert_allclose(a_from_b.inverse().apply(a_from_b.apply(in_b)), in_b, atol=1e-12)
    np.testing.assert_allclose(a_from_b.apply(a_from_b.inverse().apply(in_b)), in_b, atol=1e-12)
    np.testing.assert_allclose((a_from_b @ a_from_b.inverse()).rotation, np.eye(3), atol=1e-12)


def test_chaining_is_associative_and_has_an_identity() -> None:
    a, b, c = (some_transform(seed) for seed in range(3))
    one, other = (a @ b) @ c, a @ (b @ c)
    np.testing.assert_allclose(one.rotation, other.rotation, atol=1e-12)
    np.testing.assert_allclose(one.translation_m, other.translation_m, atol=1e-12)
    nothing = RigidTransform()
    assert nothing.is_identity
    assert (nothing @ nothing).is_identity
    assert not a.is_identity
    np.testing.assert_array_equal((nothing @ a).rotation, a.rotation)


def test_distances_are_kept_and_shapes_broadcast() -> None:
    a = some_transform(3)
    grid = points(0, 12).reshape(3, 4, 3)
    moved = a.apply(grid)
    assert moved.shape == grid.shape
    np.testing.assert_allclose(
        np.linalg.norm(moved[0, 0] - moved[2, 3]), np.linalg.norm(grid[0, 0] - grid[2, 3]), rtol=1e-12
    )


@pytest.mark.parametrize(
    "rotation", [np.diag([1.0, 1, -1]), 2 * np.eye(3), np.zeros((3, 3)), np.full((3, 3), np.nan), np.eye(2)]
)
def test_what_is_no_rotation_is_refused(rotation: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"rotation|expected"):
        RigidTransform(rotation, np.zeros(3))


@pytest.mark.parametrize("translation", [np.zeros(2), np.zeros((3, 1)), np.array([0, np.nan, 0])])
def test_what_is_no_translation_is_refused(translation: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected|finite"):
        RigidTransform(np.eye(3), translation)

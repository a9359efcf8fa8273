from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from prepared_planes import camera_of, plane_depth, planes, rays

from sensors.geometry import CameraIntrinsics
from training.augment.frame import LabelledFrame
from training.augment.pinhole import OUTSIDE_RGB, PinholeChange
from training.augment.viewpoint import ViewpointRanges, mirrored_intrinsics

CAMERA = camera_of(96, 72)
PLANES = (((0.1, 0.05, 1.0), 3.0), ((0.0, 1.0, 0.1), 1.0), ((-0.6, 0.2, 0.8), 2.0))


def some_frame(camera: CameraIntrinsics = CAMERA, seed: int = 0) -> LabelledFrame:
    color, depth_mm, label = planes(camera, seed)
    return LabelledFrame(color, depth_mm.astype(np.float32) / 1000, label, camera)


def some_change(seed: int, camera: CameraIntrinsics = CAMERA, size: tuple[int, int] = (80, 60)) -> PinholeChange:
    return ViewpointRanges(roll_deg=10).draw(camera, size, np.random.default_rng(seed))


def old_pixels(change: PinholeChange, old: CameraIntrinsics) -> np.ndarray:
    """(H, W, 2): where each pixel of the new image lies in the old one, by way of rays instead of a matrix."""
    points = rays(change.intrinsics) @ change.new_from_old  # transposed twice: the inverse of a rotation, times a ray
    return points[..., :2] * (old.fx, old.fy) + (old.cx, old.cy)


@pytest.mark.parametrize("seed", range(12))
def test_depth_and_labels_are_those_of_the_nearest_old_pixel(seed: int) -> None:
    frame, change = some_frame(), some_change(seed)
    made, at = change.apply(frame), old_pixels(change, CAMERA)
    x, y = np.moveaxis(np.floor(at + 0.5).astype(int), -1, 0)
    inside = (x >= 0) & (x < CAMERA.width) & (y >= 0) & (y < CAMERA.height)
    clear = (np.abs(at - np.floor(at) - 0.5) > 2e-3).all(axis=-1)  # a tie may go either way
    assert clear.mean() > 0.95
    for new, old in ((made.depth_m, frame.depth_m), (made.label, frame.label)):
        expected = np.where(inside, old[y.clip(0, CAMERA.height - 1), x.clip(0, CAMERA.width - 1)], 0)
        np.testing.assert_array_equal(new[clear], expected[clear])
        assert np.isin(new, np.append(old, 0)).all()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(("normal", "distance_m"), PLANES)
def test_a_plane_stays_the_same_plane(seed: int, normal: tuple[float, ...], distance_m: float) -> None:
    frame, change = some_frame(), some_change(seed)
    frame = replace(frame, depth_m=plane_depth(CAMERA, normal, distance_m).astype(np.float32))
    made = change.apply(frame)
    points_m = rays(made.intrinsics) * made.depth_m[..., None]
    distances_m = points_m @ (change.new_from_old @ np.asarray(normal))
    # A depth was measured up to half a pixel beside the ray that it is taken for.
    allowed_m = made.depth_m * 0.51 * (abs(normal[0]) / CAMERA.fx + abs(normal[1]) / CAMERA.fy) + 1e-5
    seen = made.depth_m > 0
    assert seen.any()
    assert (np.abs(distances_m - distance_m)[seen] <= allowed_m[seen]).all()


def test_the_test_of_planes_sees_a_focal_length_that_did_not_follow() -> None:
    change = some_change(0)
    wrong = replace(change, intrinsics=replace(change.intrinsics, fx=change.intrinsics.fx * 1.1))
    assert np.abs(old_pixels(wrong, CAMERA) - old_pixels(change, CAMERA)).max() > 3


@pytest.mark.parametrize("seed", range(6))
def test_colours_are_interpolated_where_depth_is_picked(seed: int) -> None:
    ramp = np.zeros((CAMERA.height, CAMERA.width, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(CAMERA.width) * 2, np.arange(CAMERA.height)[:, None] * 3
    change = some_change(seed)
    made, at = change.apply(replace(some_frame(), color=ramp)), old_pixels(change, CAMERA)
    inside = ((at >= 2) & (at <= (CAMERA.width - 3, CAMERA.height - 3))).all(axis=-1)
    off = np.abs(made.color[..., :2] - at * (2, 3))[inside]
    assert off.max() <= 1.6
    outside = ((at < -4) | (at > (CAMERA.width + 3, CAMERA.height + 3))).any(axis=-1)
    assert (made.color[outside] == OUTSIDE_RGB).all()


def test_what_shrinks_a_lot_is_averaged_not_sampled() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (CAMERA.height, CAMERA.width, 3), dtype=np.uint8)
    small = PinholeChange(CAMERA.resized(CAMERA.width // 4, CAMERA.height // 4))
    made = small.apply(replace(some_frame(), color=noise)).color
    expected = noise.reshape(18, 4, 24, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(made, expected, atol=1)


def test_a_mirror_image_of_a_mirror_image_is_the_image() -> None:
    frame = some_frame()
    once = PinholeChange(mirrored_intrinsics(CAMERA), mirrored=True).apply(frame)
    twice = PinholeChange(mirrored_intrinsics(once.intrinsics), mirrored=True).apply(once)
    for name in ("color", "depth_m", "label"):
        np.testing.assert_array_equal(getattr(once, name), getattr(frame, name)[:, ::-1])
        np.testing.assert_array_equal(getattr(twice, name), getattr(frame, name))
    np.testing.assert_allclose(twice.intrinsics.matrix, CAMERA.matrix, rtol=1e-12)
    assert once.intrinsics.cx == CAMERA.width - 1 - CAMERA.cx


def test_rolling_the_camera_turns_the_image_the_other_way() -> None:
    camera = CameraIntrinsics(41, 41, 40.0, 40.0, 20.0, 20.0)
    label = np.zeros((41, 41), np.uint8)
    label[20, 35] = 7  # right of the optical axis; a camera rolled a quarter to its right sees it above the axis
    frame = LabelledFrame(np.zeros((41, 41, 3), np.uint8), np.zeros((41, 41), np.float32), label, camera)
    assert np.argwhere(PinholeChange(camera, np.pi / 2).apply(frame).label).tolist() == [[5, 20]]


def test_nothing_changes_where_nothing_is_changed_and_the_frame_stays_as_it_was() -> None:
    frame, before = some_frame(), some_frame()
    made = PinholeChange(CAMERA).apply(frame)
    for name in ("color", "depth_m", "label"):
        np.testing.assert_array_equal(getattr(made, name), getattr(frame, name))
        np.testing.assert_array_equal(getattr(before, name), getattr(frame, name))
        assert not np.shares_memory(getattr(made, name), getattr(frame, name))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"color": np.zeros((72, 95, 3), np.uint8)}, "96x72"),
        ({"depth_m": np.zeros((71, 96), np.float32)}, "96x72"),
        ({"depth_m": np.zeros((72, 96), np.float64)}, "float64"),
        ({"label": np.zeros((72, 96), np.int64)}, "int64"),
    ],
)
def test_a_frame_that_does_not_fit_together_is_refused(change: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(some_frame(), **change)

from __future__ import annotations

import numpy as np
import pytest
from prepared_planes import camera_of, plane_depth, planes

from sensors.geometry import CameraIntrinsics
from training.augment import LabelledFrame, build_augmentation, training_size
from training.augment.malleable import SCALES, MalleableAugmentation

CAMERA = camera_of(128, 96)
FRAME, CROP = (64, 48), (48, 48)
NORMAL, DISTANCE_M = (0.3, -0.2, 1.0), 2.5


def some_frame(camera: CameraIntrinsics = CAMERA, seed: int = 0) -> LabelledFrame:
    color, depth_mm, label = planes(camera, seed)
    return LabelledFrame(color, depth_mm.astype(np.float32) / 1000, label, camera)


def wall(camera: CameraIntrinsics) -> LabelledFrame:
    """One slanted plane without holes."""
    depth_m = plane_depth(camera, NORMAL, DISTANCE_M).astype(np.float32)
    grey = np.full((*depth_m.shape, 3), 90, np.uint8)
    return LabelledFrame(grey, depth_m, np.ones(depth_m.shape, np.uint8), camera)


def made(frame: LabelledFrame, seed: int, mirror: float = 0.5) -> LabelledFrame:
    return MalleableAugmentation(FRAME, CROP, mirror)(frame, np.random.default_rng(seed))


def scales_of(frame: LabelledFrame) -> tuple[float, float]:
    whole = CAMERA.resized(*FRAME)
    return frame.intrinsics.fx / whole.fx, frame.intrinsics.fy / whole.fy


def test_the_recipe_has_it_and_trains_on_a_square_of_the_frame() -> None:
    assert training_size("malleable", (640, 480)) == (480, 480)
    assert training_size("strong", (320, 240)) == (320, 240)
    augment = build_augmentation("malleable", (640, 480))
    assert isinstance(augment, MalleableAugmentation)
    assert (augment.frame_size, augment.size) == ((640, 480), (480, 480))


def test_focal_lengths_follow_one_of_five_scales_that_are_equally_likely() -> None:
    scales = np.array([scales_of(made(some_frame(), seed)) for seed in range(500)])
    np.testing.assert_allclose(scales[:, 0], scales[:, 1], rtol=0.02)  # sides are rounded to whole pixels
    nearest = np.abs(scales[:, :1] - SCALES).argmin(axis=1)
    np.testing.assert_allclose(scales[:, 0], np.array(SCALES)[nearest], rtol=0.01)
    assert (np.bincount(nearest, minlength=5) > 70).all()


@pytest.mark.parametrize("seed", range(12))
def test_a_wall_stays_where_it_is(seed: int) -> None:
    """What the new image and the new intrinsics say together is the same plane, mirrored or not."""
    frame = made(wall(CAMERA), seed, mirror=seed % 2)
    normal = (-NORMAL[0], *NORMAL[1:]) if seed % 2 else NORMAL
    expected_m = plane_depth(frame.intrinsics, normal, DISTANCE_M)
    seen = frame.depth_m > 0
    # The nearest old pixel lies at most half an old pixel, and here more than twice the new one's slope, away.
    slope_m = np.abs(np.stack(np.gradient(expected_m))).sum(axis=0) * max(1.0, *scales_of(frame))
    assert (np.abs(frame.depth_m - expected_m)[seen] <= 1.01 * slope_m[seen] + 1e-5).all()
    assert abs(np.mean((frame.depth_m - expected_m)[seen])) < 0.1 * slope_m.mean()  # a tenth of a pixel


@pytest.mark.parametrize("seed", range(12))
def test_readings_and_labels_are_picked_and_what_is_outside_is_unknown(seed: int) -> None:
    frame, before = some_frame(), some_frame()
    new, again = made(frame, seed), made(frame, seed)
    assert new.color.shape == (48, 48, 3)
    for name in ("color", "depth_m", "label"):
        assert np.array_equal(getattr(new, name), getattr(again, name)), name
        assert np.array_equal(getattr(frame, name), getattr(before, name)), name
    assert np.isin(new.depth_m, np.append(frame.depth_m, 0)).all()
    assert np.isin(new.label, np.append(frame.label, 0)).all()
    scale = scales_of(new)[1]
    rows_of_frame = (made(wall(CAMERA), seed).label == 1).any(axis=1).sum()
    assert rows_of_frame == min(48, round(48 * scale))


def test_at_scale_one_colours_are_those_of_the_frame_to_the_bit() -> None:
    frame = some_frame(camera_of(*FRAME))
    whole = [made(frame, seed) for seed in range(60)]
    kept = [new for new in whole if new.intrinsics.fx == frame.intrinsics.fx]
    assert len(kept) > 3
    windows = {frame.color[:, left : left + 48].tobytes() for left in range(17)}
    mirrored = {frame.color[:, left : left + 48][:, ::-1].tobytes() for left in range(17)}
    found = [new.color.tobytes() for new in kept]
    assert all(content in windows | mirrored for content in found)
    assert any(content in windows for content in found)
    assert any(content in mirrored for content in found)


def test_every_second_frame_is_mirrored_and_crops_are_everywhere() -> None:
    frame = wall(camera_of(*FRAME))
    news = [made(frame, seed) for seed in range(400)]
    # On the slanted wall depth falls to the right, mirrored to the left.
    mirrored = [new.depth_m[24, 40] > new.depth_m[24, 8] for new in news]
    assert 0.42 < np.mean(mirrored) < 0.58
    places = [new.intrinsics.cx / new.intrinsics.fx for new, swapped in zip(news, mirrored, strict=True) if not swapped]
    assert np.std(places) > 0.1

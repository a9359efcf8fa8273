from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from prepared_planes import camera_of, planes

from training.augment import build_augmentation
from training.augment import color as color_steps
from training.augment import depth as depth_steps
from training.augment.color import STRONG_COLOR_STEPS, ColorStep, hue_matrix
from training.augment.depth import STREET_DEPTH_STEPS, STRONG_DEPTH_STEPS, STRONG_WHOLE_DEPTH_STEPS, DepthStep
from training.augment.frame import LabelledFrame
from training.augment.strong import StrongAugmentation

SIZE = (80, 60)
COLOR = [step for _, step in STRONG_COLOR_STEPS]
DEPTH = [step for _, step in dict.fromkeys((*STRONG_WHOLE_DEPTH_STEPS, *STRONG_DEPTH_STEPS, *STREET_DEPTH_STEPS))]
KEEPS_HOLES = [step for step in DEPTH if step not in (depth_steps.filled, depth_steps.shifted)]
KEEPS_VALUES = [step for step in DEPTH if step.__name__ not in ("mis_scaled", "noisy", "stepped")]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def some_frame(seed: int = 0, size: tuple[int, int] = (96, 72)) -> LabelledFrame:
    camera = camera_of(*size)
    color, depth_mm, label = planes(camera, seed)
    return LabelledFrame(color, depth_mm.astype(np.float32) / 1000, label, camera)


def always(steps: list) -> tuple:
    return tuple((1.0, step) for step in steps)


def named(step: ColorStep | DepthStep) -> str:
    return step.__name__


def test_colour_steps_leave_depth_and_labels_bit_identical() -> None:
    plain = StrongAugmentation(SIZE, color_steps=(), depth_steps=(), whole_depth_steps=())
    colored = StrongAugmentation(SIZE, color_steps=always(COLOR), depth_steps=(), whole_depth_steps=())
    for seed in range(10):
        seen = plain.viewpoint.draw(some_frame().intrinsics, SIZE, rng(seed)).apply(some_frame())
        expected, made = plain(some_frame(), rng(seed)), colored(some_frame(), rng(seed))
        for name in ("color", "depth_m", "label"):
            assert np.array_equal(getattr(expected, name), getattr(seen, name))
        assert np.array_equal(made.depth_m, expected.depth_m)
        assert np.array_equal(made.label, expected.label)
        assert not np.array_equal(made.color, expected.color)
        assert np.array_equal(made.intrinsics.matrix, expected.intrinsics.matrix)


def test_depth_steps_leave_colour_and_labels_bit_identical() -> None:
    plain = StrongAugmentation(SIZE, color_steps=(), depth_steps=(), whole_depth_steps=())
    worse = StrongAugmentation(SIZE, color_steps=(), depth_steps=always(DEPTH), whole_depth_steps=())
    for seed in range(10):
        expected, made = plain(some_frame(), rng(seed)), worse(some_frame(), rng(seed))
        assert np.array_equal(made.color, expected.color)
        assert np.array_equal(made.label, expected.label)
        assert not made.depth_m.any()  # the last step takes all of it


@pytest.mark.parametrize("size", [(96, 72), (640, 480), (31, 57)])
def test_the_whole_gives_frames_of_the_input_size_repeats_itself_and_leaves_its_input_alone(
    size: tuple[int, int],
) -> None:
    augment = StrongAugmentation(SIZE)
    frame, before = some_frame(size=size), some_frame(size=size)
    sums = set()
    for seed in range(15):
        made, again = augment(frame, rng(seed)), augment(frame, rng(seed))
        assert made.color.shape == (60, 80, 3)
        for name in ("color", "depth_m", "label"):
            assert np.array_equal(getattr(made, name), getattr(again, name)), name
            assert np.array_equal(getattr(frame, name), getattr(before, name)), name
        assert np.isin(made.label, np.append(frame.label, 0)).all()
        assert np.isfinite(made.depth_m).all()
        sums.add(int(made.color.sum(dtype=np.int64)))
    assert len(sums) == 15


def test_a_fifth_of_the_samples_has_no_depth_at_all() -> None:
    augment = StrongAugmentation(SIZE)
    empty = np.mean([not augment(some_frame(), rng(seed)).depth_m.any() for seed in range(600)])
    assert 0.15 < empty < 0.25


@pytest.mark.parametrize("step", [*COLOR, *DEPTH], ids=named)
def test_a_step_makes_a_new_image_of_the_same_kind(step: ColorStep | DepthStep) -> None:
    frame, before = some_frame(), some_frame()
    image, kept = (frame.color, before.color) if step in COLOR else (frame.depth_m, before.depth_m)
    for seed in range(20):
        made, again = step(image, rng(seed)), step(image, rng(seed))  # pyright: ignore[reportArgumentType]
        assert (made.shape, made.dtype) == (image.shape, image.dtype)
        assert np.array_equal(made, again)
    assert np.array_equal(image, kept)


@pytest.mark.parametrize("step", DEPTH, ids=named)
def test_a_depth_step_makes_nothing_of_nothing_and_never_nonsense(step: DepthStep) -> None:
    nothing = np.zeros((60, 80), np.float32)
    for seed in range(20):
        assert not step(nothing, rng(seed)).any()
        made = step(some_frame(seed).depth_m, rng(seed))
        assert np.isfinite(made).all()
        assert (made >= 0).all()


@pytest.mark.parametrize("step", KEEPS_HOLES, ids=named)
def test_holes_stay_holes(step: DepthStep) -> None:
    for seed in range(20):
        depth_m = some_frame(seed).depth_m
        assert not step(depth_m, rng(seed))[depth_m == 0].any()


@pytest.mark.parametrize("step", KEEPS_VALUES, ids=named)
def test_readings_are_moved_or_lost_but_not_mixed(step: DepthStep) -> None:
    for seed in range(20):
        depth_m = some_frame(seed).depth_m
        assert np.isin(step(depth_m, rng(seed)), np.append(depth_m, 0)).all()


def test_holes_are_filled_with_the_nearest_reading() -> None:
    depth_m = some_frame().depth_m
    filled = depth_steps.filled(depth_m, rng())
    assert (filled > 0).all()
    np.testing.assert_array_equal(filled[depth_m > 0], depth_m[depth_m > 0])
    seen = np.argwhere(depth_m > 0)
    for row, column in np.argwhere(depth_m == 0)[::40]:
        apart = np.hypot(*(seen - (row, column)).T)
        near = seen[apart <= apart.min() + 0.5]  # OpenCV's distances are approximate
        assert filled[row, column] in depth_m[near[:, 0], near[:, 1]]


def test_noise_grows_with_the_square_of_the_distance() -> None:
    errors_m = {}
    for z_m in (1.0, 2.0, 4.0):
        flat = np.full((60, 80), z_m, np.float32)
        errors_m[z_m] = np.sqrt(np.mean([np.square(depth_steps.noisy(flat, rng(seed)) - z_m) for seed in range(20)]))
    assert errors_m[2.0] / errors_m[1.0] == pytest.approx(4, rel=0.01)
    assert errors_m[4.0] / errors_m[1.0] == pytest.approx(16, rel=0.01)
    assert 0.001 < errors_m[1.0] < 0.006


def test_steps_are_even_in_disparity() -> None:
    depth_m = np.linspace(0.5, 6, 4800, dtype=np.float32).reshape(60, 80)
    for seed in range(5):
        made = depth_steps.stepped(depth_m, rng(seed))
        inverse = np.unique(1 / made.astype(np.float64))
        gaps = np.diff(inverse[np.diff(inverse, prepend=0) > 1e-5])
        steps = gaps / gaps.min()
        np.testing.assert_allclose(steps, np.rint(steps), atol=0.01)
        near_2_m = np.unique(made[np.abs(made - 2) < 0.2])
        assert 0.0015 < np.median(np.diff(near_2_m)) < 0.025


def test_a_shift_is_small_and_brings_nothing_in() -> None:
    depth_m = np.arange(1, 64 * 48 + 1, dtype=np.float32).reshape(48, 64)
    for seed in range(30):
        moved = depth_steps.shifted(np.kron(depth_m, np.ones((5, 5), np.float32)), rng(seed))
        rows, columns = np.nonzero(moved)
        came_from = moved[rows, columns] - 1
        offset = np.abs(np.stack([rows // 5 - came_from // 64, columns // 5 - came_from % 64]))
        assert offset.max() <= 1  # 3 pixels of 320 wide


def test_the_range_of_a_sensor_cuts_both_ends() -> None:
    depth_m = np.linspace(0.1, 10, 4800, dtype=np.float32).reshape(60, 80)
    for seed in range(10):
        left = depth_steps.cut_off(depth_m, rng(seed))
        seen = left[left > 0]
        assert 0.2 <= seen.min() <= 0.81
        assert 2.99 <= seen.max() <= 8
        assert np.count_nonzero(left) == np.count_nonzero((depth_m >= seen.min()) & (depth_m <= seen.max()))


def test_the_sensor_of_a_car_sees_as_far_as_a_street_needs() -> None:
    depth_m = np.linspace(0.5, 300, 48000, dtype=np.float32).reshape(240, 200)
    for seed in range(10):
        left = depth_steps.cut_off_in_a_street(depth_m, rng(seed))
        seen = left[left > 0]
        assert 1 <= seen.min() <= 5.01
        assert 29.9 <= seen.max() <= 100
        assert np.count_nonzero(left) == np.count_nonzero((depth_m >= seen.min()) & (depth_m <= seen.max()))


def test_a_street_differs_from_a_room_in_its_sensors_range_alone() -> None:
    room, street = build_augmentation("strong", SIZE), build_augmentation("strong", SIZE, street=True)
    assert isinstance(street, StrongAugmentation)
    assert room == StrongAugmentation(SIZE)
    swapped = {depth_steps.cut_off_in_a_street: depth_steps.cut_off}
    assert replace(street, depth_steps=tuple((p, swapped.get(s, s)) for p, s in street.depth_steps)) == room
    far = replace(some_frame(), depth_m=some_frame().depth_m * np.float32(20))  # 20 to 60 m
    empty = {True: 0, False: 0}
    for seed in range(200):
        for is_far, augment in ((True, street), (False, room)):
            empty[is_far] += not augment(far, rng(seed)).depth_m.any()
    assert 30 < empty[True] < 50  # a fifth, which has no depth at all
    assert empty[False] > 55  # and the fifth of the rest that a room's sensor does not reach


@pytest.mark.parametrize(
    ("step", "least", "most"),
    [
        (depth_steps.with_patches_missing, 0.01, 0.40),
        (depth_steps.with_boxes_missing, 0.001, 0.45),
        (depth_steps.with_specks_missing, 0.0, 0.12),
        (depth_steps.with_border_missing, 0.0, 0.45),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_losses_keep_within_their_bounds_and_differ(step: DepthStep, least: float, most: float) -> None:
    whole = np.ones((240, 320), np.float32)
    lost = np.array([(step(whole, rng(seed)) == 0).mean() for seed in range(60)])
    assert least <= lost.min()
    assert lost.max() <= most
    assert lost.std() > 0.01


def test_edges_lose_their_readings_and_flat_places_do_not() -> None:
    depth_m = np.ones((60, 80), np.float32)
    depth_m[:, 40:] = 3
    made = depth_steps.with_edges_missing(depth_m, rng())
    assert not made[:, 39:41].any()
    assert made[:, :37].all()
    assert made[:, 43:].all()


def test_a_hue_matrix_keeps_greys_and_with_saturation_none_makes_them() -> None:
    grey = np.full(3, 0.4)
    np.testing.assert_allclose(hue_matrix(0.7, 1.6) @ grey, grey, atol=1e-12)
    np.testing.assert_allclose(hue_matrix(0.0, 1.0), np.eye(3), atol=1e-12)
    np.testing.assert_allclose(hue_matrix(2.0, 0.0) @ (1.0, 0.2, 0.1), 0.299 + 0.587 * 0.2 + 0.114 * 0.1, atol=1e-3)
    # A third of a turn leads from red to green or blue.
    turned = hue_matrix(2 * np.pi / 3, 1.0) @ (1.0, 0, 0) - color_steps.LUMA @ (1.0, 0, 0)
    assert np.argmax(turned) in (1, 2)

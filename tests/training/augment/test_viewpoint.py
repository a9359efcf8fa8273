from __future__ import annotations

import numpy as np
import pytest
from prepared_planes import camera_of

from training.augment.viewpoint import ViewpointRanges

CAMERA = camera_of(640, 360)
SIZE = (320, 240)
FIXED = {"scale": (1.0, 1.0, 1.0), "stretch": 1.0, "roll_deg": 0.0, "mirror": 0.0}


def drawn(count: int = 300, **changed: object) -> list:
    ranges = ViewpointRanges(**{**FIXED, **changed})  # pyright: ignore[reportArgumentType]
    return [ranges.draw(CAMERA, SIZE, np.random.default_rng(seed)) for seed in range(count)]


def test_without_any_range_the_whole_image_fills_the_input_as_live() -> None:
    for change in drawn(3):
        np.testing.assert_allclose(change.intrinsics.matrix, CAMERA.resized(*SIZE).matrix, rtol=1e-12)
        assert (change.roll_rad, change.mirrored) == (0, False)


def test_focal_lengths_follow_the_zoom_exactly_and_both_alike() -> None:
    whole = CAMERA.resized(*SIZE)
    zooms = np.array([change.intrinsics.fx / whole.fx for change in drawn(scale=(0.5, 1.2, 2.0))])
    heights = np.array([change.intrinsics.fy / whole.fy for change in drawn(scale=(0.5, 1.2, 2.0))])
    np.testing.assert_allclose(zooms, heights, rtol=1 / 120)  # each side is rounded to whole pixels
    np.testing.assert_allclose(zooms * SIZE[0], np.rint(zooms * SIZE[0]), atol=1e-9)
    assert zooms.min() < 0.6
    assert zooms.max() > 1.7
    assert 0.5 <= zooms.min() <= zooms.max() <= 2
    assert abs(np.median(zooms) - 1.11) < 0.08


def test_the_stretch_is_shared_between_the_axes() -> None:
    whole = CAMERA.resized(*SIZE)
    ratios = np.array([(c.intrinsics.fx / whole.fx, c.intrinsics.fy / whole.fy) for c in drawn(stretch=4 / 3)])
    np.testing.assert_allclose(ratios.prod(axis=1), 1, atol=0.01)
    stretch = ratios[:, 0] / ratios[:, 1]
    assert 0.74 < stretch.min() < 0.85
    assert 1.2 < stretch.max() < 1.35


@pytest.mark.parametrize(("scale", "shows_all"), [((1.1, 1.3, 1.5), False), ((0.6, 0.7, 0.9), True)])
def test_the_view_stays_on_the_image_or_holds_all_of_it(scale: tuple[float, ...], shows_all: bool) -> None:
    places = []
    for change in drawn(200, scale=scale):
        camera = change.intrinsics
        # The old image's edges in the new one.
        left = camera.cx + 0.5 - (CAMERA.cx + 0.5) * camera.fx / CAMERA.fx
        right = left + CAMERA.width * camera.fx / CAMERA.fx
        if shows_all:
            assert left >= -1e-6
            assert right <= SIZE[0] + 1e-6
        else:
            assert left <= 1e-6
            assert right >= SIZE[0] - 1e-6
        places.append(left / (SIZE[0] - (right - left)))
    assert abs(np.mean(places) - 0.5) < 0.1
    assert abs(np.std(places) - 1 / np.sqrt(12)) < 0.05  # evenly from one end to the other


def test_rolls_and_mirrors_have_the_spread_and_the_share_asked_for() -> None:
    changes = drawn(1000, roll_deg=4.0, mirror=0.5)
    rolls_deg = np.rad2deg([change.roll_rad for change in changes])
    assert abs(rolls_deg.std() - 4) < 0.4
    assert np.abs(rolls_deg).max() <= 12 + 1e-9
    assert abs(np.mean([change.mirrored for change in changes]) - 0.5) < 0.06
    mirrored = next(change for change in changes if change.mirrored)
    assert np.linalg.det(mirrored.new_from_old) == pytest.approx(-1)


@pytest.mark.parametrize(
    "wrong",
    [{"scale": (0.0, 1.0, 2.0)}, {"scale": (1.2, 1.0, 2.0)}, {"stretch": 0.9}, {"roll_deg": -1.0}, {"mirror": 1.5}],
)
def test_ranges_that_make_no_sense_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match="expected"):
        ViewpointRanges(**wrong)

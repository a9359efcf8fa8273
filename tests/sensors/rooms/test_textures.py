"""Every pattern: draws something, stays finite from a millimetre to thirty metres, and does not flicker far away."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sensors.rooms.materials import PATTERNS
from sensors.rooms.textures import DRAW, Patch
from sensors.rooms.textures.noise import band, hash01, line, noise

EVEN = {"plain", "paint", "plastic", "skin", "screen_off", "metal"}


def patch(footprint_m: float, *, shift_m: float = 0.0, seed: int = 3, side: int = 48, extent_m: float = 0.6) -> Patch:
    """A square of surface seen at this many metres a pixel."""
    x, y = (a.ravel().astype(np.float32) for a in np.meshgrid(*2 * [np.linspace(-0.5, 0.5, side) * extent_m]))
    one = np.ones_like(x)
    color, accent = (np.array(c, np.float32)[:, None] * one for c in ((0.7, 0.5, 0.4), (0.2, 0.3, 0.6)))
    direction = np.stack([x, one, 0.6 * y])
    return Patch(
        x + np.float32(shift_m), y, footprint_m * one, extent_m * one, extent_m * one, color, accent, 0.1 * one, one,
        np.full(len(x), seed), direction,
    )  # fmt: skip


def test_every_pattern_has_a_painter() -> None:
    assert set(DRAW) == set(PATTERNS)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("footprint_m", [1e-6, 0.001, 0.01, 0.1, 3.0])
def test_patterns_are_finite_at_all_distances(pattern: str, footprint_m: float) -> None:
    look = DRAW[pattern](patch(footprint_m))
    assert look.color.shape == (3, 48 * 48)
    assert np.isfinite(look.color).all()
    assert look.color.min() > -0.5
    assert look.color.max() < 2.0
    if look.tilt is not None:
        assert look.tilt.shape == (2, 48 * 48)
        assert np.isfinite(look.tilt).all()
    if look.gloss is not None:
        assert np.isfinite(look.gloss).all()


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_draw_something(pattern: str) -> None:
    color = DRAW[pattern](patch(0.0015)).color
    assert color.std(axis=1).max() > (0.002 if pattern in EVEN else 0.02)


@pytest.mark.parametrize("pattern", sorted(set(PATTERNS) - {"view", "picture", "poster", "screen_on"}))
def test_patterns_with_a_seed_are_repeatable(pattern: str) -> None:
    first, again = (DRAW[pattern](patch(0.002, seed=7)).color for _ in range(2))
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize("pattern", ["picture", "poster", "screen_on", "view", "books", "planks", "tiles", "floral"])
def test_another_seed_gives_another_instance(pattern: str) -> None:
    first, other = (DRAW[pattern](patch(0.002, seed=seed)).color for seed in (7, 8))
    assert np.abs(first - other).mean() > 0.005


@pytest.mark.parametrize(
    "pattern", ["tiles", "bricks", "planks", "stripes", "checks", "dots", "fabric", "carpet", "wood"]
)
def test_patterns_fade_with_distance(pattern: str) -> None:
    """A pixel larger than the period shows the mean: moving by a third of the period changes next to nothing."""
    near = [DRAW[pattern](patch(0.001, shift_m=shift)).color for shift in (0.0, 0.033)]
    far = [DRAW[pattern](patch(1.0, shift_m=shift)).color for shift in (0.0, 0.033)]
    change = [np.abs(a - b).mean() for a, b in (near, far)]
    assert change[1] < 0.5 * change[0]
    assert change[1] < 0.03


def test_noise_has_mean_0_and_spread_1_and_is_smooth() -> None:
    x, y = (np.random.default_rng(k).uniform(-500, 500, 20000).astype(np.float32) for k in (0, 1))
    values = noise(x, y)
    assert abs(values.mean()) < 0.05
    assert values.std() == pytest.approx(0.95, abs=0.1)
    assert np.abs(noise(x + 0.01, y) - values).max() < 0.25


def test_hashes_are_even_and_differ_by_key() -> None:
    keys = np.arange(20000)
    values = hash01(keys, 4)
    assert np.histogram(values, 10, (0, 1))[0].min() > 1800
    assert abs(np.corrcoef(values[:-1], values[1:])[0, 1]) < 0.03
    assert np.abs(hash01(keys, 5) - values).mean() > 0.2
    assert hash01(np.array([-3]))[0] == hash01(np.array([-3]))[0]


@pytest.mark.parametrize(
    ("footprint", "expected"), [(0.001, {0.0, 1.0}), (5.0, {0.3})], ids=["sharp when near", "even when far"]
)
def test_bands(footprint: float, expected: set[float]) -> None:
    x = np.linspace(0.01, 3.99, 101).astype(np.float32)
    values = band(x, 0.3, np.full_like(x, footprint))
    away = np.abs((x % 1)[:, None] - [0, 0.3, 1]).min(axis=1) > 0.01
    assert {round(float(v), 4) for v in values[away]} == expected


def test_a_line_keeps_its_share_of_a_coarse_pixel() -> None:
    offsets: Any = np.linspace(-0.5, 0.5, 2001).astype(np.float32)
    for footprint in (0.002, 0.02, 0.1):
        covered = line(offsets, 0.005, np.full_like(offsets, footprint)).mean() * 1.0  # metres, over one metre
        assert covered == pytest.approx(0.01, rel=0.25)

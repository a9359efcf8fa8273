from __future__ import annotations

import math

import numpy as np
import pytest

from training.progress import Clock, share_done
from training.schedule import learning_rate_factor


@pytest.mark.parametrize(
    ("done", "factor"), [(-1, 1 / 25), (0, 1 / 25), (0.05, 0.52), (0.1, 1), (0.55, 0.5), (1, 4e-6), (3, 4e-6)]
)
def test_the_rate_rises_for_a_tenth_and_falls_along_a_cosine(done, factor) -> None:
    assert learning_rate_factor(done, 0.1) == pytest.approx(factor, abs=1e-5)


@pytest.mark.parametrize(
    ("iteration", "rate"), [(0, 0.02), (490, 1.977492e-2), (19_600, 1.071773e-2), (39_199, 1.46917e-6), (39_200, 0.0)]
)
def test_the_poly_schedule_falls_as_published(iteration, rate) -> None:
    """2e-2 * (1 - iteration / 39200) ** 0.9, worked out by hand."""
    assert 0.02 * learning_rate_factor(iteration / 39_200, 0.0, "poly") == pytest.approx(rate, rel=1e-4)


def test_it_never_jumps() -> None:
    factors = np.array([learning_rate_factor(done, 0.1) for done in np.linspace(0, 1, 1001)])
    assert np.abs(np.diff(factors)).max() < 0.012
    assert (np.diff(factors)[101:] < 0).all()


def test_without_a_warm_up_it_begins_at_the_top() -> None:
    assert learning_rate_factor(0, 0) == 1


@pytest.mark.parametrize(
    ("batch", "batches", "elapsed_s", "budget_s", "share"),
    [
        (25, 100, 10, math.inf, 0.25),
        (25, 100, 10, 100, 0.25),
        (25, 100, 60, 100, 0.6),
        (25, math.inf, 60, 100, 0.6),
        (300, 100, 0, math.inf, 1.0),
        (0, 100, 500, 100, 1.0),
    ],
)
def test_what_is_done_is_what_is_further(batch, batches, elapsed_s, budget_s, share) -> None:
    assert share_done(batch, batches, elapsed_s, budget_s) == pytest.approx(share)


def test_the_clock_counts_on_from_the_earlier_part() -> None:
    clock = Clock()
    clock.go_on_from(1000.0)
    assert 1000.0 <= clock.elapsed_s < 1010.0

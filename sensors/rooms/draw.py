"""Short ways to draw from a generator; numpy's own choice() costs ten times as much per draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number from low to high."""
    return low + (high - low) * rng.random()


def whole(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number from low to high, both possible."""
    return low + int(rng.random() * (high - low + 1))


def chance(rng: np.random.Generator, probability: float) -> bool:
    """True that often."""
    return rng.random() < probability


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    """One of these, each as likely."""
    return options[int(rng.random() * len(options))]


def pick_weighted(rng: np.random.Generator, weights: Mapping[T, float]) -> T:
    """One of the keys, as likely as its weight says."""
    left = rng.random() * sum(weights.values())
    for option, weight in weights.items():
        left -= weight
        if left < 0:
            return option
    return next(reversed(list(weights)))


def shuffled(rng: np.random.Generator, options: Sequence[T]) -> list[T]:
    """All of these in some order."""
    order = list(options)
    for last in range(len(order) - 1, 0, -1):
        other = int(rng.random() * (last + 1))
        order[last], order[other] = order[other], order[last]
    return order

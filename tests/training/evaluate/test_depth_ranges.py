from __future__ import annotations

import numpy as np
import pytest

from sensors.align import depth_in_metres
from training.evaluate.scoring.depth_ranges import INDOORS, NO_READING, STREET, DepthRanges, depth_ranges

ALL = pytest.mark.parametrize(("ranges", "unit_m"), [(INDOORS, 0.001), (STREET, 0.01), (STREET, 0.005)])


def test_the_names_are_those_that_people_look_for() -> None:
    assert INDOORS.names() == [NO_READING, "0-1 m", "1-2 m", "2-3 m", "3-4 m", "4-6 m", "6+ m"]
    assert STREET.names() == [NO_READING, "0-10 m", "10-20 m", "20-40 m", "40-80 m", "80+ m"]
    assert len(INDOORS) == 7
    assert depth_ranges("cityscapes19") is STREET
    assert {depth_ranges(name) for name in ("sunrgbd37", "nyu40", "nyu13")} == {INDOORS}


@pytest.mark.parametrize(
    ("depth_mm", "name"),
    [(0, NO_READING), (1, "0-1 m"), (999, "0-1 m"), (1000, "1-2 m"), (1999, "1-2 m"), (2000, "2-3 m"), (3999, "3-4 m"),
     (4000, "4-6 m"), (5999, "4-6 m"), (6000, "6+ m"), (65534, "6+ m"), (65535, NO_READING)],
)  # fmt: skip
def test_an_edge_belongs_to_the_farther_range(depth_mm: int, name: str) -> None:
    depth_m = depth_in_metres(np.array([[depth_mm]], np.uint16), 0.001)
    assert INDOORS.names()[INDOORS.numbers(depth_m)[0, 0]] == name


@ALL
def test_every_depth_that_an_image_can_hold_is_in_the_range_that_says_so(ranges: DepthRanges, unit_m: float) -> None:
    """Steps are whole numbers, so where an edge lies among them can be said exactly."""
    steps = np.arange(1, 65535, dtype=np.uint16)
    numbers = ranges.numbers(depth_in_metres(steps[None], unit_m))[0]
    per_metre = round(1 / unit_m)
    for number, (near_m, far_m) in enumerate(ranges.bounds_m()):
        if near_m is not None:
            inside = (steps >= near_m * per_metre) & (steps < (far_m or np.inf) * per_metre)
            assert np.array_equal(numbers == number, inside)

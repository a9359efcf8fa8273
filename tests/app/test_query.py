"""Pixels, distances and regions, against geometry that is known."""

from __future__ import annotations

import numpy as np
import pytest

from app.query import query_pixel


def test_a_pixel_answers_with_class_confidence_and_place(result) -> None:
    frame, segmentation = result()
    answer = query_pixel(frame, segmentation, 40, 20)
    depth_m = float(frame.depth_m[20, 40])
    assert answer.class_name == segmentation.classes.names[segmentation.labels[20, 40]]
    assert answer.confidence == 0.5
    assert answer.depth_m == depth_m
    assert answer.xyz_m == pytest.approx(((40 - 31.25) / 60 * depth_m, (20 - 24.5) / 61 * depth_m, depth_m), rel=1e-5)


def test_a_pixel_without_depth_has_no_place(result) -> None:
    answer = query_pixel(*result(), 0, 10)
    assert answer.depth_m is None
    assert answer.xyz_m is None


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (64, 0), (0, 48), (0, -1)])
def test_a_pixel_outside_is_refused(result, x, y) -> None:
    with pytest.raises(ValueError, match="outside"):
        query_pixel(*result(), x, y)

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from sensors.frames import Frame, RawFrame
from sensors.geometry import CameraIntrinsics

COLOR = CameraIntrinsics(8, 6, 5, 5, 4, 3)
DEPTH = CameraIntrinsics(10, 4, 5, 5, 4, 3)


def raw_fields(**change: Any) -> dict[str, Any]:
    return {
        "index": 0,
        "timestamp_s": 0.0,
        "clock": "none",
        "color": np.zeros((6, 8, 3), np.uint8),
        "depth_raw": np.zeros((4, 10), np.uint16),
        "depth_unit_m": 0.001,
        "color_intrinsics": COLOR,
        "depth_intrinsics": DEPTH,
        **change,
    }


def test_colour_and_depth_may_differ_in_size_before_alignment() -> None:
    raw = RawFrame(**raw_fields())
    assert raw.color_from_depth.is_identity
    with pytest.raises(dataclasses.FrozenInstanceError):
        raw.index = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"color": np.zeros((8, 6, 3), np.uint8)},
        {"color": np.zeros((6, 8), np.uint8)},
        {"color": np.zeros((6, 8, 4), np.uint8)},
        {"color": np.zeros((6, 8, 3), np.float32)},
        {"depth_raw": np.zeros((6, 8), np.uint16)},
        {"depth_raw": np.zeros((4, 10), np.float32)},
        {"depth_raw": np.zeros((4, 10), np.uint8)},
        {"depth_unit_m": 0.0},
        {"depth_unit_m": -0.001},
        {"depth_unit_m": float("nan")},
        {"depth_unit_m": float("inf")},
    ],
)
def test_raw_frames_that_do_not_fit_together_say_what_was_expected(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(change))):
        RawFrame(**raw_fields(**change))


@pytest.mark.parametrize(
    "change", [{"color": np.zeros((4, 10, 3), np.uint8)}, {"depth_m": np.zeros((6, 8))}, {"depth_m": np.zeros((4, 10))}]
)
def test_aligned_images_share_the_size(change: dict[str, Any]) -> None:
    fields = {
        "index": 0,
        "timestamp_s": 0.0,
        "color": np.zeros((6, 8, 3), np.uint8),
        "depth_m": np.zeros((6, 8), np.float32),
        "intrinsics": COLOR,
    }
    Frame(**fields)
    with pytest.raises(ValueError, match=next(iter(change))):
        Frame(**{**fields, **change})

"""Alignment against an oracle that loops over pixels in double precision; test_align_sdk.py compares with rs.align."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sensors.align import Aligner, depth_in_metres
from sensors.depth_projector import DepthProjector
from sensors.distortion import SUPPORTED_MODELS, distort, undistort
from sensors.frames import RawFrame
from sensors.geometry import CameraIntrinsics, RigidTransform

UNIT_M = 0.001
COEFFICIENTS = (0.12, -0.25, 0.003, -0.002, 0.08)


def turned(a: float, b: float, c: float, translation_m: tuple[float, float, float]) -> RigidTransform:
    """Turned by small angles about x, y and z, so that the rotation is not symmetric."""
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return RigidTransform(z @ y @ x, np.array(translation_m))


TILTED = turned(0.05, -0.08, 0.03, (0.015, -0.004, 0.002))
DEPTH = CameraIntrinsics(40, 30, 24.5, 24.4, 19.3, 15.4)
COLOR = CameraIntrinsics(48, 36, 46.0, 46.1, 24.3, 17.2)


def scene(size: tuple[int, int], seed: int = 0, nearest: int = 400) -> np.ndarray:
    """Steps, noise, holes and spikes."""
    rng = np.random.default_rng(seed)
    width, height = size
    depth = 1500 + 20 * np.arange(width) + 10 * np.arange(height)[:, None]
    for _ in range(5):
        x, y = rng.integers(0, width), rng.integers(0, height)
        depth[y : y + height // 3, x : x + width // 4] = rng.integers(nearest, 2500)
    depth = (depth + rng.integers(0, 5, depth.shape)).astype(np.uint16)
    depth[rng.random(depth.shape) < 0.08] = 0
    depth[rng.random(depth.shape) < 0.02] = 65535
    return depth


def oracle(depth_raw: np.ndarray, depth: CameraIntrinsics, color: CameraIntrinsics, rig: RigidTransform) -> np.ndarray:
    """One pixel after the other, with the definitions only."""

    def project(column: float, row: float, depth_m: float) -> tuple[int, int] | None:
        ray = undistort(np.array((column - depth.cx) / depth.fx), np.array((row - depth.cy) / depth.fy), depth)
        x, y, z = rig.apply(np.array([float(ray[0]), float(ray[1]), 1.0]) * depth_m)
        if z <= 0.001:
            return None
        u, v = distort(np.array(x / z), np.array(y / z), color)
        return int(u * color.fx + color.cx + 0.5), int(v * color.fy + color.cy + 0.5)

    result = np.zeros((color.height, color.width), np.uint16)
    fills = per_degree(color.width, color.fx, color.cx) > per_degree(depth.width, depth.fx, depth.cx) or (
        per_degree(color.height, color.fy, color.cy) > per_degree(depth.height, depth.fy, depth.cy)
    )
    for row, column in zip(*np.nonzero((depth_raw > 0) & (depth_raw < 65535)), strict=True):
        value = depth_raw[row, column]
        first = project(column - 0.5, row - 0.5, value * UNIT_M)
        last = project(column + 0.5, row + 0.5, value * UNIT_M) if fills else first
        if first is None or last is None:
            continue
        for y in range(max(first[1], 0), min(last[1], color.height - 1) + 1):
            for x in range(max(first[0], 0), min(last[0], color.width - 1) + 1):
                result[y, x] = min(value, result[y, x] or value)
    return result


def per_degree(length: int, focal: float, centre: float) -> float:
    return length / np.degrees(np.arctan2(centre + 0.5, focal) + np.arctan2(length - centre - 0.5, focal))


def project(depth_raw: np.ndarray, depth: CameraIntrinsics, color: CameraIntrinsics, rig: RigidTransform) -> np.ndarray:
    return DepthProjector(depth, color, rig, depth_unit_m=UNIT_M).project(depth_raw)


def raw_frame(depth_raw: np.ndarray, depth: CameraIntrinsics, color: CameraIntrinsics, **fields: Any) -> RawFrame:
    return RawFrame(
        index=3,
        timestamp_s=1.5,
        clock="none",
        color=np.zeros((color.height, color.width, 3), np.uint8),
        depth_raw=depth_raw,
        depth_unit_m=UNIT_M,
        color_intrinsics=color,
        depth_intrinsics=depth,
        **fields,
    )


CASES: dict[str, tuple[CameraIntrinsics, CameraIntrinsics, RigidTransform, int]] = {
    "turned": (DEPTH, COLOR, TILTED, 400),
    "turned the other way": (DEPTH, COLOR, TILTED.inverse(), 400),
    "beside": (DEPTH, COLOR, RigidTransform(translation_m=np.array([0.05, 0, 0])), 100),
    "same size, other focal": (DEPTH, replace(DEPTH, fx=30.0, fy=30.0), TILTED, 400),
    "much denser colour": (DEPTH, COLOR.resized(96, 160), TILTED, 400),
    "sparser colour": (DEPTH, COLOR.resized(12, 9), TILTED, 400),
    "denser in one direction": (DEPTH, COLOR.resized(20, 60), TILTED, 400),
    "turned far": (DEPTH, COLOR, turned(0.5, 0.6, -0.4, (0.2, 0.1, 0.05)), 400),
    "very near: large rectangles": (DEPTH, COLOR, RigidTransform(translation_m=np.array([0, 0, -0.05])), 55),
    "behind the colour camera": (DEPTH, COLOR, RigidTransform(translation_m=np.array([0, 0, -1.6])), 400),
    "beyond the colour image": (DEPTH, COLOR, RigidTransform(translation_m=np.array([5.0, 0, 0])), 400),
    "looking away": (DEPTH, COLOR, turned(0, np.pi, 0, (0, 0, 0)), 400),
}


@pytest.mark.parametrize("case", CASES)
def test_it_is_the_oracles_result(case: str) -> None:
    depth, color, rig, nearest = CASES[case]
    for seed in range(3):
        depth_raw = scene((depth.width, depth.height), seed, nearest)
        expected = oracle(depth_raw, depth, color, rig)
        # Single precision moves an edge by a pixel where it falls between two almost exactly.
        assert np.mean(project(depth_raw, depth, color, rig) == expected) >= 0.999
    assert expected.any() == (case not in ("beyond the colour image", "looking away"))


@pytest.mark.parametrize("model", SUPPORTED_MODELS[1:])
@pytest.mark.parametrize("lens", ["depth", "color"])
def test_lenses_are_honoured(model: str, lens: str) -> None:
    bent = {"distortion_model": model, "distortion": (0.5, -0.9, 0.02, -0.03, 0.3)}
    depth = replace(DEPTH, **bent) if lens == "depth" else DEPTH
    color = replace(COLOR, **bent) if lens == "color" else COLOR
    depth_raw = scene((DEPTH.width, DEPTH.height))
    expected = oracle(depth_raw, depth, color, TILTED)
    assert np.mean(project(depth_raw, depth, color, TILTED) == expected) >= 0.999
    assert np.mean(project(depth_raw, DEPTH, COLOR, TILTED) == expected) < 0.9, "the case is too easy"


def test_a_transposed_rotation_would_show() -> None:
    depth_raw = scene((DEPTH.width, DEPTH.height))
    transposed = RigidTransform(TILTED.rotation.T, TILTED.translation_m)
    assert np.mean(project(depth_raw, DEPTH, COLOR, TILTED) == project(depth_raw, DEPTH, COLOR, transposed)) < 0.8


def test_the_nearest_wins_whatever_the_order() -> None:
    beside = RigidTransform(translation_m=np.array([0.3, 0, 0]))
    depth_raw = np.full((DEPTH.height, DEPTH.width), 3000, np.uint16)
    depth_raw[:, 15:20] = 1000
    aligned = project(depth_raw, DEPTH, COLOR, beside)
    assert set(np.unique(aligned)) <= {0, 1000, 3000}
    # 5 pixels at 1 m: 5 * 46 / 24.5 = 9.4 columns of colour, and one for the rounding of both ends.
    assert np.all(np.isin((aligned == 1000).sum(axis=1)[3:-3], (9, 10, 11)))


def test_readings_are_moved_and_never_mixed() -> None:
    depth_raw = scene((DEPTH.width, DEPTH.height))
    aligned = project(depth_raw, DEPTH, COLOR, TILTED)
    assert set(np.unique(aligned)) <= set(np.unique(depth_raw)) - {65535} | {0}


@pytest.mark.parametrize("value", [0, 65535])
def test_no_readings_give_none(value: int) -> None:
    aligner = Aligner()
    depth_raw = np.full((DEPTH.height, DEPTH.width), value, np.uint16)
    assert not aligner(raw_frame(depth_raw, DEPTH, COLOR, color_from_depth=TILTED)).depth_m.any()
    same = np.full((COLOR.height, COLOR.width), value, np.uint16)
    assert not aligner(raw_frame(same, COLOR, COLOR)).depth_m.any()


def test_one_camera_is_not_moved_and_colour_is_not_copied() -> None:
    depth_raw = scene((COLOR.width, COLOR.height))
    raw = raw_frame(depth_raw, COLOR, replace(COLOR), frame_number=77)
    frame = Aligner()(raw)
    assert frame.color is raw.color
    assert (frame.index, frame.timestamp_s, frame.frame_number) == (3, 1.5, 77)
    expected = np.where(depth_raw == 65535, 0, depth_raw).astype(np.float32) * np.float32(UNIT_M)
    np.testing.assert_array_equal(frame.depth_m, expected)
    assert frame.depth_m.dtype == np.float32


@pytest.mark.parametrize("unit", [0.001, 0.0010000000474974513, 0.00025, 0.0001])
def test_metres_are_the_same_for_the_same_raw_value(unit: float) -> None:
    every = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    metres = depth_in_metres(every, unit)
    np.testing.assert_array_equal(metres[:-1], every[:-1].astype(np.float32) * np.float32(unit))
    assert metres[-1, -1] == metres[0, 0] == 0
    frame = Aligner()(raw_frame(scene((40, 30)), DEPTH, COLOR, color_from_depth=TILTED))
    assert set(np.unique(frame.depth_m)) <= set(np.unique(depth_in_metres(every, UNIT_M)))


def test_the_input_is_left_alone_and_results_are_not_shared() -> None:
    depth_raw = scene((DEPTH.width, DEPTH.height))
    raw = raw_frame(depth_raw.copy(), DEPTH, COLOR, color_from_depth=TILTED)
    aligner = Aligner()
    first, second = aligner(raw), aligner(raw)
    np.testing.assert_array_equal(raw.depth_raw, depth_raw)
    assert not np.shares_memory(first.depth_m, second.depth_m)
    np.testing.assert_array_equal(first.depth_m, second.depth_m)


def test_a_rig_that_changes_is_noticed() -> None:
    depth_raw = scene((DEPTH.width, DEPTH.height))
    aligner = Aligner()
    turned_only = RigidTransform(TILTED.rotation.T, TILTED.translation_m)
    for rig in (TILTED, TILTED.inverse(), turned_only, TILTED):
        frame = aligner(raw_frame(depth_raw, DEPTH, COLOR, color_from_depth=rig))
        expected = depth_in_metres(project(depth_raw, DEPTH, COLOR, rig), UNIT_M)
        np.testing.assert_array_equal(frame.depth_m, expected)
    wider = replace(COLOR, fx=40.0)
    frame = aligner(raw_frame(depth_raw, DEPTH, wider, color_from_depth=TILTED))
    np.testing.assert_array_equal(frame.depth_m, depth_in_metres(project(depth_raw, DEPTH, wider, TILTED), UNIT_M))


def test_a_lens_it_does_not_know_is_named() -> None:
    fisheye = replace(COLOR, distortion_model="kannala_brandt4", distortion=COEFFICIENTS)
    with pytest.raises(ValueError, match="kannala_brandt4"):
        Aligner()(raw_frame(scene((DEPTH.width, DEPTH.height)), DEPTH, fisheye, color_from_depth=TILTED))


@pytest.mark.parametrize("model", SUPPORTED_MODELS)
def test_undistorting_reverses_distorting(model: str) -> None:
    camera = replace(COLOR, distortion_model=model, distortion=() if model == "none" else COEFFICIENTS)
    x, y = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 200))
    back = undistort(*distort(x, y, camera), camera)
    np.testing.assert_allclose(back, (x, y), atol=1e-6)

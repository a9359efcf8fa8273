from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from cityscapes_files import CAMERA

from segmentation.classes import class_set
from sensors.errors import PreparedDataError
from training.prepare.cityscapes.calibration import DEPTH_UNIT_M, Calibration, depth_steps, parse_calibration
from training.prepare.cityscapes.labels import labels_of

AVERAGE = Calibration(0.209313, 2262.52, 2265.30, 1096.98, 513.137)


def test_a_camera_file_is_read() -> None:
    read = parse_calibration(json.dumps(CAMERA).encode(), "x")
    assert read == Calibration(0.209313, 2262.52, 2265.3017905988554, 1096.98, 513.137)
    camera = read.intrinsics(2048, 1024)
    assert (camera.width, camera.height, camera.fx, camera.cy) == (2048, 1024, 2262.52, 513.137)


def changed(part: str, **values: object) -> bytes:
    return json.dumps({**CAMERA, part: {**CAMERA[part], **values}}).encode()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no camera file"),
        (b"\xff\xfe", "is no camera file"),
        (b"[1, 2]", "extrinsic.baseline: expected a number, got None"),
        (b'{"extrinsic": [], "intrinsic": {}}', "extrinsic.baseline: expected a number, got None"),
        (b"[" * 100_000, "is no camera file"),
        (changed("intrinsic", fx=None), "intrinsic.fx: expected a number, got None"),
        (changed("intrinsic", u0="12"), "intrinsic.u0: expected a number, got '12'"),
        (changed("intrinsic", fy=True), "intrinsic.fy: expected a number, got True"),
        (changed("intrinsic", v0=float("nan")), "intrinsic.v0: expected a number, got nan"),
        (changed("intrinsic", fx=0), "expected metres and pixels above 0"),
        (changed("extrinsic", baseline=-0.2), "expected metres and pixels above 0"),
        (changed("extrinsic", baseline=209.313), "expected metres and pixels above 0"),
    ],
)
def test_an_odd_camera_file_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(PreparedDataError) as caught:
        parse_calibration(content, "camera/train/a/a_camera.json")
    assert str(caught.value).startswith("camera/train/a/a_camera.json: ")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "depth_m"),
    [
        (0, 0.0),  # no reading
        (1, 0.0),  # no disparity at all: infinitely far
        (257, 0.0),  # one pixel: 473.6 m, beyond what is kept
        (2 * 256 + 1, 236.785),  # two pixels
        (65535, 1.85),
        (16 * 256 + 1, 29.6),
    ],
)
def test_a_disparity_becomes_this_depth(value: int, depth_m: float) -> None:
    steps = depth_steps(np.array([[value]], np.uint16), AVERAGE)
    assert steps.dtype == np.uint16
    assert steps[0, 0] * DEPTH_UNIT_M == pytest.approx(depth_m, abs=DEPTH_UNIT_M / 2)


def test_every_disparity_is_the_published_formula_to_half_a_step() -> None:
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    steps = depth_steps(values, AVERAGE).ravel()
    product = Fraction(0.209313) * Fraction(2262.52)
    for value in range(0, 65536, 37):
        exact_m = product / Fraction(value - 1, 256) if value > 1 else None
        if exact_m is None or exact_m > 300:
            assert steps[value] == 0
        else:
            assert abs(int(steps[value]) * Fraction(DEPTH_UNIT_M) - exact_m) <= Fraction(DEPTH_UNIT_M) / 2 + Fraction(
                1, 10**9
            )
    near = steps[steps > 0].astype(int)
    assert (np.diff(near) <= 0).all()
    assert near.max() * DEPTH_UNIT_M <= 300


def test_another_calibration_is_another_depth() -> None:
    wide = Calibration(0.418626, 2262.52, 2265.30, 1096.98, 513.137)
    disparity = np.array([[4097]], np.uint16)
    assert depth_steps(disparity, wide)[0, 0] == pytest.approx(2 * depth_steps(disparity, AVERAGE)[0, 0], abs=1)


def test_ids_become_classes_by_name() -> None:
    names = class_set("cityscapes19").names
    published = {  # of cityscapesScripts' table of labels: id to name, where it is scored
        7: "road", 8: "sidewalk", 11: "building", 12: "wall", 13: "fence", 17: "pole", 19: "traffic light",
        20: "traffic sign", 21: "vegetation", 22: "terrain", 23: "sky", 24: "person", 25: "rider", 26: "car",
        27: "truck", 28: "bus", 31: "train", 32: "motorcycle", 33: "bicycle",
    }  # fmt: skip
    for value in (*range(34), 255):
        label = labels_of(np.array([value], np.uint8), "x")[0]
        assert names[label] == published.get(value, "void")


@pytest.mark.parametrize("value", [34, 128, 254])
def test_an_id_that_there_is_not_is_refused(value: int) -> None:
    with pytest.raises(PreparedDataError, match=f"a_labelIds.png: has id {value}; Cityscapes' label ids end at 33"):
        labels_of(np.array([[7, value]], np.uint8), "a_labelIds.png")

"""The tests' own camera: what the SDK's recorder writes from it is what it was given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyrealsense2", exc_type=ImportError)

from fake_camera import FakeRig, record

from sensors.errors import RecordingError
from sensors.open import SourceOptions, open_source


@pytest.mark.parametrize(
    ("options", "compress"),
    [({}, True), ({"color_format": "bgr8"}, True), ({"depth_size": (80, 60), "depth_unit_m": 0.00025}, False)],
)
def test_a_recording_plays_what_was_sent(tmp_path: Path, options: dict[str, Any], compress: bool) -> None:
    rig = FakeRig(**options)
    images = [rig.scene(index) for index in range(8)]
    record(tmp_path / "fake.db3", rig, images, compress=compress)
    with open_source(SourceOptions(recording=tmp_path / "fake.db3")) as source:
        frames = list(source)
    assert [frame.frame_number for frame in frames] == list(range(8))
    for frame, (color, depth) in zip(frames, images, strict=True):
        np.testing.assert_array_equal(frame.color, color)
        np.testing.assert_array_equal(frame.depth_raw, depth)
        assert frame.depth_unit_m == pytest.approx(rig.depth_unit_m, rel=1e-6)
        np.testing.assert_allclose(frame.color_from_depth.rotation, rig.color_from_depth.rotation, atol=1e-6)


@pytest.mark.parametrize(("options", "word"), [({"color_size": None}, "colour"), ({"depth_size": None}, "depth")])
def test_a_camera_with_one_eye_makes_a_recording_that_is_refused(
    tmp_path: Path, options: dict[str, Any], word: str
) -> None:
    rig = FakeRig(**options)
    record(tmp_path / "fake.db3", rig, [rig.scene(index) for index in range(3)])
    with (
        pytest.raises(RecordingError, match=word),
        open_source(SourceOptions(recording=tmp_path / "fake.db3")) as source,
    ):
        list(source)

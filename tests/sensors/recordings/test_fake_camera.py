"""What the SDK's recorder makes of a camera that lacks a stream."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pyrealsense2", exc_type=ImportError)

from fake_camera import FakeRig, record

from sensors.errors import RecordingError
from sensors.open import SourceOptions, open_source


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

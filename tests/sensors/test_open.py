from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sensors.errors import RecordingError
from sensors.open import SourceOptions, open_source


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({}, "exactly one"),
        ({"camera": "realsense", "frames": Path("x")}, "exactly one"),
        ({"recording": Path("x"), "frames": Path("x")}, "exactly one"),
        ({"camera": "kinect"}, "realsense"),
        ({"rooms": 0, "frames": Path("x")}, "exactly one"),
        ({"rooms": -1}, "rooms"),
        ({"rooms": 7, "serial": "1"}, "serial"),
        ({"recording": Path("x"), "reader": "vlc"}, "python"),
        ({"recording": Path("x"), "serial": "1"}, "serial"),
        ({"frames": Path("x"), "size": (640, 480)}, "size"),
        ({"recording": Path("x"), "fps": 30}, "fps"),
        ({"camera": "realsense", "depth_unit_m": 0.001}, "depth_unit_m"),
        ({"camera": "realsense", "size": (0, 480)}, "0x480"),
        ({"camera": "realsense", "fps": 0}, "fps"),
        ({"frames": Path("x"), "depth_unit_m": 0.0}, "depth_unit_m"),
        ({"frames": Path("x"), "depth_unit_m": float("nan")}, "depth_unit_m"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        SourceOptions(**options)


def test_each_source_is_made_but_not_opened(tmp_path: Path) -> None:
    assert type(open_source(SourceOptions(camera="realsense"))).__name__ == "RealSenseSource"
    assert type(open_source(SourceOptions(rooms=0, size=(160, 120), fps=5))).__name__ == "RoomsSource"
    folder = open_source(SourceOptions(frames=tmp_path / "absent"))
    with pytest.raises(RecordingError):
        folder.__enter__()
    with pytest.raises(RecordingError):
        open_source(SourceOptions(recording=tmp_path / "absent.db3")).__enter__()


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = ("cv2", "torch", "pyrealsense2", "rosbags", "PIL")
    code = f"import sys, sensors.open, sensors.align; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

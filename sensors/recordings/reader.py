"""Any RealSense recording as a FrameSource, told apart by content."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from sensors.recordings.file_kind import check_recording
from sensors.source import FrameSource

ReaderChoice = Literal["auto", "sdk", "python"]


def open_recording(path: Path | str, reader: ReaderChoice = "auto") -> FrameSource:
    """A source for a ROS1 .bag or ROS2 .db3, not entered yet.

    The name's suffix does not matter. reader: "python" reads without the SDK, "sdk" plays with librealsense, "auto"
    is "python". Raises RecordingError when the file is missing or no recording (the rest shows on entering) and
    MissingLibraryError for "sdk" where it is not installed.
    """
    path = Path(path)
    kind = check_recording(path)
    if reader == "sdk":
        from sensors.recordings.sdk_playback import SdkRecordingSource

        return SdkRecordingSource(path)
    # Both give the same frames bit for bit (the tests compare them). The Python readers are "auto" since they need no
    # SDK, cannot hang, name the damaged frame where the SDK silently stops, and are as fast or faster
    # (benchmarks/playback.py).
    return _python_readers()[kind](path)


def _python_readers() -> dict[str, Callable[[Path], FrameSource]]:
    from sensors.recordings.bag import BagSource
    from sensors.recordings.db3 import Db3Source

    return {"bag": BagSource, "db3": Db3Source}

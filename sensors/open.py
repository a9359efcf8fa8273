"""From options to a source."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from sensors.recordings.reader import ReaderChoice, open_recording
from sensors.source import FrameSource

CAMERAS = ("realsense",)
SOURCES = ("camera", "recording", "frames", "rooms")


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Where frames shall come from: exactly one of camera, recording, frames and rooms.

    camera: "realsense"; serial, size (width, height) and fps choose among cameras and their modes (None: any).
    recording: a RealSense .bag or .db3; reader: which code reads it. frames: a folder of colour/depth images;
    depth_unit_m: metres per depth step, where the folder does not say it itself. rooms: the seed of a procedural room,
    walked through without end; size and fps are those of its camera (None: 320x240 and 10).
    Raises ValueError for options that do not fit together.
    """

    camera: str | None = None
    serial: str | None = None
    size: tuple[int, int] | None = None
    fps: int | None = None
    recording: Path | None = None
    frames: Path | None = None
    rooms: int | None = None
    depth_unit_m: float | None = None
    reader: ReaderChoice = "auto"

    def __post_init__(self) -> None:
        given = [name for name in SOURCES if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(SOURCES)}, got {' and '.join(given) or 'none'}")
        if self.camera is not None and self.camera not in CAMERAS:
            raise ValueError(f"unknown camera {self.camera!r}; known: {', '.join(CAMERAS)}")
        if self.reader not in get_args(ReaderChoice):
            raise ValueError(f"unknown reader {self.reader!r}; known: {', '.join(get_args(ReaderChoice))}")
        self._check_used_with(("camera",), "serial")
        self._check_used_with(("camera", "rooms"), "size", "fps")
        self._check_used_with(("frames",), "depth_unit_m")
        if self.rooms is not None and self.rooms < 0:
            raise ValueError(f"rooms must be at least 0, got {self.rooms}")
        if self.size is not None and min(self.size) <= 0:
            raise ValueError(f"size must be positive, got {self.size[0]}x{self.size[1]}")
        if self.fps is not None and self.fps <= 0:
            raise ValueError(f"fps must be positive, got {self.fps}")
        if self.depth_unit_m is not None and not (self.depth_unit_m > 0 and math.isfinite(self.depth_unit_m)):
            raise ValueError(f"depth_unit_m must be positive, got {self.depth_unit_m}")

    def _check_used_with(self, sources: tuple[str, ...], *names: str) -> None:
        for name in names:
            if getattr(self, name) is not None and all(getattr(self, source) is None for source in sources):
                raise ValueError(f"{name} is only for {' and '.join(sources)}")


def open_source(options: SourceOptions) -> FrameSource:
    """The source that the options name, not entered yet; entering it raises the errors of sensors.errors.

    Raises RecordingError where a recording is missing or is none.
    """
    if options.camera is not None:
        from sensors.cameras.realsense import RealSenseSource

        return RealSenseSource(serial=options.serial, size=options.size, fps=options.fps)
    if options.recording is not None:
        return open_recording(options.recording, reader=options.reader)
    if options.frames is not None:
        from sensors.folders.folder import FolderSource

        return FolderSource(options.frames, options.depth_unit_m)
    if options.rooms is not None:
        from sensors.rooms.source import RoomsSource

        return RoomsSource(options.rooms, options.size, options.fps)
    raise ValueError("no source")  # pragma: no cover - SourceOptions does not let it happen

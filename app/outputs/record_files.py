"""The files of a recording: nearly always one, with room left on its disk."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from itertools import count
from pathlib import Path

from sensors.recordings.db3_writer import Db3Writer
from sensors.recordings.encoded_frame import EncodedFrame, Rig

LEAST_FREE_BYTES = 256 << 20
LEAST_FREE_S = 5.0  # or so many seconds of frames as they are in memory, where that is more
LOOK_EVERY_BYTES = 8 << 20
MOST_FILES = 100


class FreeSpace:
    """Watches the room on a disk, so that a recording ends before other programs find it full."""

    def __init__(self, folder: Path, rig: Rig, fps: float) -> None:
        color, depth = rig.color_intrinsics, rig.depth_intrinsics
        frame_bytes = 3 * color.width * color.height + 2 * depth.width * depth.height
        self._floor_bytes = max(LEAST_FREE_BYTES, round(LEAST_FREE_S * fps * frame_bytes))
        self._folder = folder
        self._unseen_bytes = LOOK_EVERY_BYTES  # so that the first look is at once

    def require(self, frame_bytes: int) -> None:
        """Look, every few frames. Raises OSError where too little is left."""
        self._unseen_bytes += frame_bytes
        if self._unseen_bytes < LOOK_EVERY_BYTES:
            return
        self._unseen_bytes = 0
        room = shutil.disk_usage(self._folder)
        if room.total and room.free < self._floor_bytes:  # some file systems do not tell
            free, floor = (f"{number >> 20} MB" for number in (room.free, self._floor_bytes))
            raise OSError(errno.ENOSPC, f"{free} are free on the disk, and a recording leaves {floor}")


class RecordingFiles:
    """Writes encoded frames. A file holds frames of one rig, so when the cameras change a further file begins.

    announce: told in one line when that happens. written, written_bytes: frames, and their images, in all files.
    Raises OSError, after which close() can still finish the file that was begun.
    """

    def __init__(
        self, path: Path, *, fps: float, device_name: str, overwrite: bool, announce: Callable[[str], None]
    ) -> None:
        self.paths: list[Path] = []  # finished
        self.written = self.written_bytes = 0
        self._path, self._fps, self._device_name, self._overwrite = path, fps, device_name, overwrite
        self._announce = announce
        self._writer: Db3Writer | None = None
        self._space: FreeSpace | None = None

    @property
    def part(self) -> Path | None:
        """The unfinished file, where there is one that can be played."""
        writer = self._writer
        if writer is None or not writer.written:
            return None
        return writer.part if os.path.lexists(writer.part) else None  # unlike Path.exists, never raises

    def append(self, frame: EncodedFrame) -> None:
        """Write a frame."""
        writer, space = self._file_for(frame.rig)
        space.require(frame.nbytes)
        writer.append(frame)
        self.written += 1
        self.written_bytes += frame.nbytes

    def close(self) -> None:
        """Finish the file: checked, and under its own name. Raises OSError, and then it stays as `part`."""
        writer = self._writer
        if writer is None:
            return
        writer.finish()
        self._writer = None
        if writer.written:
            self.paths.append(writer.path)

    def _file_for(self, rig: Rig) -> tuple[Db3Writer, FreeSpace]:
        if self._writer is not None and (difference := self._writer.rig.difference(rig)):
            self.close()
            path = self._next_path()
            self._announce(f"the recording goes on in {path}, since {difference}")
            return self._open(path, rig)
        if self._writer is None or self._space is None:
            return self._open(self._path, rig)
        return self._writer, self._space

    def _open(self, path: Path, rig: Rig) -> tuple[Db3Writer, FreeSpace]:
        writer = Db3Writer(
            path, like=rig, fps=self._fps, device_name=self._device_name, serial="", overwrite=self._overwrite
        )
        writer.__enter__()
        self._writer, self._space = writer, FreeSpace(path.parent, rig, self._fps)
        return self._writer, self._space

    def _next_path(self) -> Path:
        """NAME-2.db3 and so on; never one that exists."""
        if len(self.paths) == MOST_FILES:
            raise OSError(errno.EMFILE, f"the cameras changed {MOST_FILES} times")
        for number in count(2):
            path = self._path.with_stem(f"{self._path.stem}-{number}")
            if not path.exists() and not path.with_name(path.name + ".part").exists():
                return path
        raise AssertionError

"""The last steps of a recording: is it on the disk, does it play, and if it could not be written, why not."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from pathlib import Path

from sensors.errors import RecordingError
from sensors.recordings.db3 import Db3Source

PROBE_BYTES = 1 << 16


def journal_of(path: Path) -> Path:
    """Where SQLite keeps what it needs to undo a write that was cut short."""
    return path.with_name(path.name + "-journal")


def sync(path: Path) -> None:
    """Wait until a file, or a folder's names, are on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def check_finished(path: Path, count: int, first_number: int, last_number: int) -> None:
    """Reopen a recording as a reader does: its count, and its first and last frame decoded.

    count: frames that were written. first_number, last_number: their frame numbers. Raises OSError where anything is
    not as written.
    """
    try:
        with Db3Source(path) as recording:
            found = recording.info.frame_count or 0
            if found != count:
                raise _not_whole(path, f"{count} frames were written but {found} are there")
            for position, number in ((0, first_number), (count - 1, last_number)):
                frame = next(recording.frames_from(position), None)
                if frame is None or frame.frame_number != number:
                    raise _not_whole(path, f"frame {position} is not the one that was written")
    except RecordingError as error:
        raise _not_whole(path, str(error)) from error


def _not_whole(path: Path, what: str) -> OSError:
    return OSError(errno.EIO, what, str(path))


def refusal(part: Path, error: sqlite3.Error) -> OSError:
    """Why the file could not be written, in the operating system's words, which SQLite's "disk I/O error" hides.

    They are found by trying the same beside it: a file as long as this one, its end written.
    """
    if not part.exists():
        return FileNotFoundError(errno.ENOENT, "it was removed or moved away meanwhile", str(part))
    try:
        with tempfile.TemporaryFile(dir=part.parent) as probe:
            probe.seek(part.stat().st_size)
            probe.write(bytes(PROBE_BYTES))
            probe.flush()
    except OSError as system:
        return OSError(system.errno, system.strerror or str(system), str(part))
    full = "full" in str(error)
    return OSError(errno.ENOSPC if full else errno.EIO, os.strerror(errno.ENOSPC) if full else str(error), str(part))

"""Which format a recording has and whether all of it is there, by its first bytes.

The name says little: some SDK versions write a ROS1 bag into x.db3.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Literal

from sensors.errors import RecordingError

RecordingKind = Literal["bag", "db3"]

MAGIC: dict[RecordingKind, bytes] = {"bag": b"#ROSBAG V", "db3": b"SQLite format 3\x00"}
HEADER_BYTES = 4200  # a bag's header record is padded to 4096 bytes


def check_recording(path: Path, expected: RecordingKind | None = None) -> RecordingKind:
    """The format of the file, by content.

    Raises RecordingError when there is no such file, it is no recording, the end is missing, or it is not `expected`.
    """
    try:
        if path.is_dir():
            raise RecordingError(f"{path}: is a directory, not a recording; --frames plays a folder of images")
        if path.exists() and not path.is_file():  # opening a pipe may wait for ever
            raise RecordingError(f"{path}: is not a regular file; copy the recording to one")
        with path.open("rb") as file:
            header = file.read(HEADER_BYTES)
        size = path.stat().st_size
    except FileNotFoundError as error:
        part = path.with_name(path.name + ".part")
        cure = f"but {part} is there, an unfinished recording that can be played" if part.exists() else "check the path"
        raise RecordingError(f"{path}: no such file; {cure}") from error
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from error
    if not header:
        raise RecordingError(f"{path}: is empty (0 bytes); record it again")
    kind = _kind(path, header)
    needed = _db3_bytes(header) if kind == "db3" else _bag_bytes(path, header)
    unfinished = path.with_name(path.name + "-journal").exists()  # of a killed recorder; SQLite will put it right
    if size < needed and not unfinished:
        raise _truncated(path, size)
    if expected not in (None, kind):
        raise RecordingError(f"{path}: is a .{kind} recording, not a .{expected}; open_recording tells them apart")
    return kind


def _kind(path: Path, header: bytes) -> RecordingKind:
    for kind, magic in MAGIC.items():
        if header.startswith(magic):
            return kind
        if magic.startswith(header):
            raise _truncated(path, len(header))
    raise RecordingError(f"{path}: is not a RealSense recording (.bag or .db3), judged by its first bytes")


def _db3_bytes(header: bytes) -> int:
    """The size that SQLite's header claims (file format, section 1.3); SQLite itself notices only where it ends."""
    if len(header) < 100:
        return 100
    page_bytes, pages = struct.unpack(">H", header[16:18])[0], struct.unpack(">I", header[28:32])[0]
    return pages * (65536 if page_bytes == 1 else page_bytes)


def _bag_bytes(path: Path, header: bytes) -> int:
    """Where the bag's index begins: at the end, written last. Raises RecordingError when it was never written."""
    field = b"index_pos="
    start = header.find(field) + len(field)
    if start < len(field) or len(header) < start + 8:
        return HEADER_BYTES
    (index_position,) = struct.unpack("<Q", header[start : start + 8])
    if index_position == 0:
        raise RecordingError(f"{path}: has no index: the recording was cut off; `rosbag reindex` may save it")
    return index_position + 1


def _truncated(path: Path, size: int) -> RecordingError:
    return RecordingError(f"{path}: is truncated (its end is missing, {size} bytes are there); copy or record it again")

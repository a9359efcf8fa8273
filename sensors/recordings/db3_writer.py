"""Writes RealSense ROS2 recordings (.db3) without the SDK: lossless PNG, played by librealsense and by our reader."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from sensors.frames import RawFrame
from sensors.recordings.db3 import DEPTH_HEADER_BYTES
from sensors.recordings.db3_finish import check_finished, journal_of, refusal, sync
from sensors.recordings.db3_messages import (
    COLOR_TOPIC,
    DEPTH_TOPIC,
    STRING,
    constant_messages,
    image_message,
    text_message,
)
from sensors.recordings.encoded_frame import EncodedFrame, Rig
from sensors.recordings.realsense_layout import require_depth_unit

FIRST_FRAME_NS = 1_000_000  # what is constant has time 0
_CLOCK_TEXTS = {"hardware": "Hardware Clock", "global": "Global Time"}
# The tables are rosbag2's. Pages four times the usual size halve the time that messages of this length take. The
# journal undoes a write that was cut short; without cache_spill nothing reaches the file before a frame is complete;
# and since the file is checked and synced at the end, not every frame needs to be.
_SET_UP = """
PRAGMA page_size = 16384;
PRAGMA journal_mode = DELETE;
PRAGMA synchronous = OFF;
PRAGMA cache_spill = OFF;
CREATE TABLE topics(id INTEGER PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL,
    serialization_format TEXT NOT NULL, offered_qos_profiles TEXT NOT NULL);
CREATE TABLE messages(id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, timestamp INTEGER NOT NULL,
    data BLOB NOT NULL);
CREATE INDEX timestamp_idx ON messages (timestamp ASC);
"""


class Db3Writer:
    """A recording in the making; equal frames give equal bytes.

    Frames go into PATH.part, each in a transaction of its own, so that after a crash or a full disk everything written
    so far can be played from there. Leaving checks the file by reopening it, and renames it to PATH; so does Ctrl-C,
    the usual end of a recording. Any other error leaves PATH.part. Without a frame no file is left.

    like: a frame of the same cameras, usually the first, or its Rig. compression_level: 0 (fast) to 9 (small).

    Raises FileExistsError when PATH or PATH.part exists (unless `overwrite`), ValueError for a name that ends in .bag
    or frames of other cameras than declared, and OSError, in the system's words, when the file cannot be written.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        like: RawFrame | Rig,
        fps: float,
        device_name: str,
        serial: str,
        compression_level: int = 1,
        overwrite: bool = False,
    ) -> None:
        self.path = Path(path)
        self.part = self.path.with_name(self.path.name + ".part")
        if self.path.suffix.lower() == ".bag":
            raise ValueError(f"{path}: recordings are written as .db3; choose a name that ends in .db3")
        self.written = 0
        self.rig = like if isinstance(like, Rig) else Rig.of(like)
        self._depth_unit_m = require_depth_unit(like.depth_unit_m)
        self._constants = constant_messages(self.rig, fps, device_name, serial)
        self._fps = fps
        self._compression_level = compression_level
        self._overwrite = overwrite
        self._topics: dict[str, int] = {}
        self._anchor = (0.0, FIRST_FRAME_NS)  # a time stamp in seconds, and when its frame plays
        self._last_stamp_s = 0.0
        self._last_time_ns = 0
        self._numbers = (0, 0)  # of the first and the last frame
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._make_way()
        with self._write_errors():
            self._database = sqlite3.connect(self.part, isolation_level=None, check_same_thread=False)
        try:
            with self._write_errors():
                self._database.executescript(_SET_UP)
            with self._transaction():
                for topic, kind, data in self._constants:
                    self._insert(topic, kind, 0, data)
        except BaseException:
            self.discard()
            raise
        return self

    def write(self, raw: RawFrame) -> None:
        """Append one frame; ValueError when its cameras are not the declared ones."""
        self.append(EncodedFrame.of(raw, self._compression_level))

    def append(self, frame: EncodedFrame) -> None:
        """Append a frame that was encoded elsewhere, as write does."""
        if difference := self.rig.difference(frame.rig):
            raise ValueError(f"{self.path}: not as declared: {difference}")
        time_ns = self._time_ns(frame.timestamp_s)
        clock = _CLOCK_TEXTS.get(frame.clock, "System Time")
        # librealsense needs a system time, and its pipeline pairs frames wrongly without the rate in milli-fps.
        metadata = (
            f"Frame number={frame.number};timestamp_domain={clock};system_time=0.000000;"
            f"timestamp={frame.timestamp_s * 1000:.6f};Actual Fps={round(self._fps * 1000)};"
        )
        depth_metadata = f"{metadata}depth_units={self._depth_unit_m:.9g};"
        with self._transaction():
            image = "sensor_msgs/msg/CompressedImage"
            depth_format, header = "16UC1; compressedDepth png", bytes(DEPTH_HEADER_BYTES)
            depth = image_message(time_ns, "Depth", depth_format, header, frame.depth_png)
            color = image_message(time_ns, "Color", "rgb8; png compressed bgr8", frame.color_png)
            self._insert(f"{DEPTH_TOPIC}/image/data/compressedDepth", image, time_ns, depth)
            self._insert(f"{DEPTH_TOPIC}/image/metadata", STRING, time_ns, text_message(depth_metadata))
            self._insert(f"{COLOR_TOPIC}/image/data/compressed", image, time_ns, color)
            self._insert(f"{COLOR_TOPIC}/image/metadata", STRING, time_ns, text_message(metadata))
        self._last_stamp_s, self._last_time_ns = frame.timestamp_s, time_ns
        self._numbers = (self._numbers[0] if self.written else frame.number, frame.number)
        self.written += 1

    def finish(self) -> None:
        """Check that everything is there and give the file its name; without a frame, leave nothing.

        Raises OSError, after which PATH.part is left.
        """
        if not self.written:
            self.discard()
            return
        self.close()
        sync(self.part)
        check_finished(self.part, self.written, *self._numbers)
        if self.path.exists() and not self._overwrite:
            raise FileExistsError(errno.EEXIST, f"appeared meanwhile; the recording is {self.part}", str(self.path))
        # Of an earlier file with this name whose recorder was killed: SQLite would undo its last write in the new file.
        journal_of(self.path).unlink(missing_ok=True)
        self.part.replace(self.path)
        if os.name == "posix":
            sync(self.path.parent)

    def close(self) -> None:
        """Write no more, and leave PATH.part as it is."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def discard(self) -> None:
        """Leave nothing."""
        self.close()
        for path in (self.part, journal_of(self.part)):
            path.unlink(missing_ok=True)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.written or kind is None or issubclass(kind, KeyboardInterrupt):
            self.finish()
        else:
            self.close()

    def _make_way(self) -> None:
        for path in (self.path, self.part):
            if not path.exists():
                continue
            if not self._overwrite:
                unfinished = " (an interrupted recording, which can be played)" if path == self.part else ""
                raise FileExistsError(
                    errno.EEXIST, f"exists{unfinished}; choose another name or allow overwrite", str(path)
                )
        self.part.unlink(missing_ok=True)

    def _time_ns(self, stamp_s: float) -> int:
        """When the frame plays: as long after the others as it was taken, and never before or with the last one.

        Where a camera comes back with its clock set to zero, the time goes on from one frame after the last.
        """
        if not self.written:
            self._anchor = stamp_s, FIRST_FRAME_NS
        elif stamp_s < self._last_stamp_s:
            self._anchor = stamp_s, self._last_time_ns + round(1e9 / self._fps)
        anchor_s, anchor_ns = self._anchor
        return max(self._last_time_ns + 1, anchor_ns + round((stamp_s - anchor_s) * 1e9))

    def _insert(self, topic: str, kind: str, time_ns: int, data: bytes) -> None:
        database = self._open_database
        if topic not in self._topics:
            cursor = database.execute(
                "INSERT INTO topics(name, type, serialization_format, offered_qos_profiles) VALUES (?, ?, 'cdr', '')",
                (topic, kind),
            )
            self._topics[topic] = cursor.lastrowid or 0
        database.execute(
            "INSERT INTO messages(topic_id, timestamp, data) VALUES (?, ?, ?)", (self._topics[topic], time_ns, data)
        )

    @property
    def _open_database(self) -> sqlite3.Connection:
        if self._database is None:
            raise RuntimeError("the writer is not open: use it in a with statement")
        return self._database

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; raises OSError when the file cannot be written."""
        database, topics = self._open_database, dict(self._topics)
        with self._write_errors():
            database.execute("BEGIN")
            try:
                yield
                database.execute("COMMIT")
            except BaseException:
                self._topics = topics
                with suppress(sqlite3.Error):  # SQLite may have rolled back by itself
                    database.execute("ROLLBACK")
                raise

    @contextmanager
    def _write_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise refusal(self.part, error) from error

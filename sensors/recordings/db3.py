"""RealSense ROS2 recordings (.db3) without the SDK: SQLite, CDR messages, PNG or raw images."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics
from sensors.recordings.file_kind import check_recording
from sensors.recordings.image_codec import RawImage, decode_png, decode_raw, require_encoding
from sensors.recordings.pairing import STREAMS, StreamFrame, StreamName
from sensors.recordings.realsense_layout import (
    CameraFacts,
    ReferencePose,
    StreamLocation,
    color_from_depth,
    find_stream,
    intrinsics_from,
    pose_from_columns,
    require_depth_unit,
)
from sensors.recordings.recorded_source import RecordedSource
from sensors.recordings.wire import WireReader

DEPTH_HEADER_BYTES = 12  # image_transport's compressedDepth configuration, in front of the PNG; not used for 16 bit
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_IMAGE_TOPICS: dict[StreamName, tuple[str, ...]] = {
    "color": ("image/data/compressed", "image/data"),
    "depth": ("image/data/compressedDepth", "image/data"),
}


class Db3Source(RecordedSource):
    """A RealSense .db3 as a FrameSource, bit-identical to the SDK's playback."""

    reader = "sqlite3"

    def _read_facts(self) -> CameraFacts:
        check_recording(self.path, "db3")
        with closing(_connect(self.path)) as database:
            return _Contents(database).facts()

    @contextmanager
    def _playback(self, stop: threading.Event) -> Iterator[Iterator[StreamFrame]]:
        with closing(_connect(self.path)) as database:
            yield _Contents(database).frames(self.facts)


class _Contents:
    """The open database."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"topics", "messages"} <= tables:
            raise ValueError("is an SQLite database but not a RealSense recording (no topics and messages)")
        self._topics: dict[str, int] = {
            str(name): topic for topic, name in database.execute("SELECT id, name FROM topics ORDER BY id")
        }
        self._streams: dict[StreamName, StreamLocation] = {s: find_stream(self._topics, s) for s in STREAMS}

    def facts(self) -> CameraFacts:
        device = self._values("/device_0/info")
        color, depth = self._streams["color"], self._streams["depth"]
        return CameraFacts(
            device_name=device.get("Name", "RealSense"),
            serial=device.get("Serial Number", ""),
            fps={stream: self._fps(stream) for stream in STREAMS},
            intrinsics={
                stream: _intrinsics(self._values(f"{self._streams[stream].topic}/camera_info")) for stream in STREAMS
            },
            depth_unit_m=require_depth_unit(self._depth_unit_m(depth)),
            color_from_depth=color_from_depth(
                self._pose(depth), self._pose(color), depth_first=depth.sensor <= color.sensor
            ),
            frame_counts={stream: self._count(stream) for stream in STREAMS},
        )

    def frames(self, facts: CameraFacts) -> Iterator[StreamFrame]:
        """Both streams in the order of recording. An image comes before its metadata, which share one time stamp."""
        images: dict[int, StreamName] = {self._topics[self._image_topic(stream)]: stream for stream in STREAMS}
        metadata: dict[int, StreamName] = {
            self._topics[topic]: stream
            for stream in STREAMS
            if (topic := f"{self._streams[stream].topic}/image/metadata") in self._topics
        }
        pending: dict[StreamName, tuple[int, int]] = {}
        for row, topic, time_ns, data in self._rows(list(images), list(metadata)):
            if topic in images:
                stream = images[topic]
                if stream in pending:
                    yield self._frame(stream, *pending.pop(stream), {}, facts)
                pending[stream] = row, time_ns
            elif (image := pending.pop(metadata[topic], None)) is not None:
                yield self._frame(metadata[topic], *image, _values_of(data), facts)
        for stream, image in pending.items():
            yield self._frame(stream, *image, {}, facts)

    def _rows(self, images: list[int], metadata: list[int]) -> sqlite3.Cursor:
        # Images stay in the file until they are decoded, so that frames waiting for a partner cost no memory.
        def marks(topics: list[int]) -> str:
            return ", ".join("?" * len(topics))

        query = (
            "SELECT id, topic_id, CAST(timestamp AS INTEGER), "
            f"CASE WHEN topic_id IN ({marks(metadata)}) THEN data END FROM messages "
            f"WHERE topic_id IN ({marks(images + metadata)}) ORDER BY timestamp, id"
        )
        return self._database.execute(query, metadata + images + metadata)

    def _frame(
        self, stream: StreamName, row: int, time_ns: int, metadata: Mapping[str, str], facts: CameraFacts
    ) -> StreamFrame:
        stamp_ms = _number(metadata["timestamp"]) if "timestamp" in metadata else time_ns / 1e6
        intrinsics = facts.intrinsics[stream]
        return StreamFrame(
            stream=stream,
            stamp_s=stamp_ms / 1000,
            number=int(_number(metadata.get("Frame number", "-1"))),
            clock=metadata.get("timestamp_domain", ""),
            decode=lambda: self._image(stream, row, intrinsics.width, intrinsics.height),
        )

    def _image(self, stream: StreamName, row: int, width: int, height: int) -> NDArray[Any]:
        ((data,),) = self._database.execute("SELECT data FROM messages WHERE id = ?", (row,)).fetchall()
        message = _reader_of(data)
        message.ros2_header()
        if self._image_topic(stream).endswith("image/data"):
            return decode_raw(stream, RawImage.read(message), width, height)
        image_format, payload = message.text(), message.octets()
        if "png" not in image_format.split(";", 1)[-1]:
            raise ValueError(f"the image is stored as {image_format!r}; only PNG and raw images can be read")
        return decode_png(stream, payload[DEPTH_HEADER_BYTES:] if stream == "depth" else payload, width, height)

    def _image_topic(self, stream: StreamName) -> str:
        at = self._streams[stream]
        for ending in _IMAGE_TOPICS[stream]:
            if f"{at.topic}/{ending}" in self._topics:
                return f"{at.topic}/{ending}"
        raise ValueError(f"has no {'colour' if stream == 'color' else 'depth'} frames; record it again")

    def _fps(self, stream: StreamName) -> float:
        info = self._values(f"{self._streams[stream].topic}/info")
        require_encoding(stream, info.get("encoding", ""))
        return _number(info.get("fps", "0"))

    def _count(self, stream: StreamName) -> int:
        topic = self._topics[self._image_topic(stream)]
        ((count,),) = self._database.execute("SELECT COUNT(*) FROM messages WHERE topic_id = ?", (topic,))
        if not count:
            raise ValueError(f"has no {'colour' if stream == 'color' else 'depth'} frames; record it again")
        return count

    def _depth_unit_m(self, depth: StreamLocation) -> float | None:
        for name in ("Depth_Units", "Depth Units"):
            if (data := self._first(f"{depth.sensor_topic}/option/{name}/value")) is not None:
                return _number(_reader_of(data).text())
        unit = self._values(f"{depth.topic}/image/metadata").get("depth_units")
        return None if unit is None else _number(unit)

    def _pose(self, at: StreamLocation) -> ReferencePose | None:
        for topic in self._topics:
            if topic.startswith(f"{at.topic}/tf/ref_"):
                values = self._values(topic)
                return pose_from_columns(_numbers(values.get("rotation", "")), _numbers(values.get("translation", "")))
        return None

    def _values(self, topic: str) -> dict[str, str]:
        data = self._first(topic)
        return {} if data is None else _values_of(data)

    def _first(self, topic: str) -> Any:
        if topic not in self._topics:
            return None
        query = "SELECT data FROM messages WHERE topic_id = ? ORDER BY timestamp, id LIMIT 1"
        row = self._database.execute(query, (self._topics[topic],)).fetchone()
        return None if row is None else row[0]


def _connect(path: Path) -> sqlite3.Connection:
    """Open for reading; raises sqlite3.Error when damaged."""
    address = path.resolve().as_uri()
    database = sqlite3.connect(f"{address}?mode=ro", uri=True, check_same_thread=False)
    try:
        database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        # A recorder killed in the middle of a write leaves a journal beside the file. SQLite undoes the half-done
        # write by it, as any SQLite program would, but for that the file must be opened for writing.
        database.close()
        if not path.with_name(path.name + "-journal").exists():
            raise
        database = sqlite3.connect(f"{address}?mode=rw", uri=True, check_same_thread=False)
        database.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    return database


def _reader_of(data: Any) -> WireReader:
    if not isinstance(data, bytes):
        raise ValueError("a message is damaged (not binary)")
    if data.startswith(ZSTD_MAGIC):
        raise ValueError("messages are zstd-compressed; record with PNG or without compression")
    return WireReader(data, cdr=True)


def _values_of(data: Any) -> dict[str, str]:
    """The pairs of a text such as "encoding=Z16;fps=30"."""
    pairs = (part.partition("=") for part in _reader_of(data).text().split(";"))
    return {key: value for key, equals, value in pairs if equals}


def _numbers(text: str) -> list[float]:
    return [_number(number) for number in text.split(",")] if text else []


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"a message is damaged ({text!r} is no number)") from error


def _intrinsics(values: Mapping[str, str]) -> CameraIntrinsics:
    missing = {"width", "height", "fx", "fy", "ppx", "ppy"} - values.keys()
    if missing:
        raise ValueError(f"has no usable camera_info ({', '.join(sorted(missing))} missing)")
    try:
        size = int(values["width"]), int(values["height"])
        focal = float(values["fx"]), float(values["fy"])
        centre = float(values["ppx"]), float(values["ppy"])
        coefficients = _numbers(values.get("coeffs", "0,0,0,0,0"))
    except ValueError as error:
        raise ValueError(f"has nonsense camera_info: {error}") from error
    return intrinsics_from(size, focal, centre, values.get("model", "None"), coefficients)

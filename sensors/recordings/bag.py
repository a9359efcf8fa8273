"""RealSense ROS1 recordings (.bag) without the SDK: rosbags finds the messages, the few types are parsed here."""

from __future__ import annotations

import bz2
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from sensors.errors import one_line
from sensors.geometry import CameraIntrinsics
from sensors.recordings.file_kind import check_recording
from sensors.recordings.image_codec import RawImage, decode_raw, require_encoding
from sensors.recordings.pairing import STREAMS, StreamFrame, StreamName
from sensors.recordings.realsense_layout import (
    CameraFacts,
    ReferencePose,
    StreamLocation,
    color_from_depth,
    find_stream,
    intrinsics_from,
    pose_from_quaternion,
    require_depth_unit,
)
from sensors.recordings.recorded_source import FAULTS, RecordedSource
from sensors.recordings.wire import WireReader

if TYPE_CHECKING:
    from rosbags.interfaces import Connection
    from rosbags.rosbag1 import Reader

MAX_CHUNK_BYTES = 1 << 28  # librealsense's chunks hold under 1 MB and one image; a compressed one may claim anything
MAX_TEXT_MESSAGES = 1000  # of one topic looked through for a key
UNEXPECTED = "unexpected content"  # where rosbags gives no reason


class BagSource(RecordedSource):
    """A RealSense .bag as a FrameSource, bit-identical to the SDK's playback."""

    reader = "rosbags"

    def _read_facts(self) -> CameraFacts:
        check_recording(self.path, "bag")
        with _open_bag(self.path) as reader:
            return _Contents(reader).facts()

    @contextmanager
    def _playback(self, stop: threading.Event) -> Iterator[Iterator[StreamFrame]]:
        with _open_bag(self.path) as reader:
            yield _Contents(reader).frames(self.facts)


class _Contents:
    """The open bag."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._connections: dict[str, Connection] = {connection.topic: connection for connection in reader.connections}
        if "/file_version" not in self._connections:
            raise ValueError("is a ROS bag but not a RealSense recording (no /file_version)")
        self._streams: dict[StreamName, StreamLocation] = {s: find_stream(self._connections, s) for s in STREAMS}

    def facts(self) -> CameraFacts:
        color, depth = self._streams["color"], self._streams["depth"]
        device = self._key_values("/device_0/info")
        return CameraFacts(
            device_name=device.get("Name", "RealSense"),
            serial=device.get("Serial Number", ""),
            fps={stream: self._fps(stream) for stream in STREAMS},
            intrinsics={stream: self._intrinsics(self._streams[stream]) for stream in STREAMS},
            depth_unit_m=require_depth_unit(self._depth_unit_m(depth)),
            color_from_depth=color_from_depth(
                self._pose(depth), self._pose(color), depth_first=depth.sensor <= color.sensor
            ),
            frame_counts={stream: self._images(stream).msgcount for stream in STREAMS},
        )

    def frames(self, facts: CameraFacts) -> Iterator[StreamFrame]:
        """Both streams in the order of recording."""
        images: dict[int, StreamName] = {self._images(stream).id: stream for stream in STREAMS}
        clocks = {stream: self._clock(self._streams[stream]) for stream in STREAMS}
        for connection, _, data in _naming_damage(self._reader.messages([self._images(stream) for stream in STREAMS])):
            stream = images[connection.id]
            yield _stream_frame(stream, data, clocks[stream], facts.intrinsics[stream])

    def _images(self, stream: StreamName) -> Connection:
        connection = self._connections.get(f"{self._streams[stream].topic}/image/data")
        if connection is None or not connection.msgcount:
            raise ValueError(f"has no {'colour' if stream == 'color' else 'depth'} frames; record it again")
        return connection

    def _fps(self, stream: StreamName) -> float:
        message = self._first(f"{self._streams[stream].topic}/info")
        if message is None:
            return 0.0
        fps = message.u32()
        require_encoding(stream, message.text())
        return float(fps)

    def _intrinsics(self, at: StreamLocation) -> CameraIntrinsics:
        message = self._first(f"{at.topic}/info/camera_info")
        if message is None:
            raise ValueError("has no usable camera_info (the message is missing)")
        message.ros1_header()
        height, width, model = message.u32(), message.u32(), message.text()
        coefficients = message.f64s(message.u32())
        matrix = message.f64s(9)
        return intrinsics_from((width, height), (matrix[0], matrix[4]), (matrix[2], matrix[5]), model, coefficients)

    def _depth_unit_m(self, depth: StreamLocation) -> float | None:
        # Written with a space by older SDKs, with an underscore by newer ones.
        for name in ("Depth Units", "Depth_Units"):
            if (message := self._first(f"{depth.sensor_topic}/option/{name}/value")) is not None:
                return message.f32()
        return None

    def _pose(self, at: StreamLocation) -> ReferencePose | None:
        for topic in self._connections:
            if topic.startswith(f"{at.topic}/tf/") and (message := self._first(topic)) is not None:
                return pose_from_quaternion(message.f64s(3), message.f64s(4))
        return None

    def _clock(self, at: StreamLocation) -> str:
        return self._key_values(f"{at.topic}/image/metadata", until="timestamp_domain").get("timestamp_domain", "")

    def _key_values(self, topic: str, until: str | None = None) -> dict[str, str]:
        values: dict[str, str] = {}
        for message in self._messages(topic):
            key = message.text()
            values[key] = message.text()
            if key == until or len(values) > MAX_TEXT_MESSAGES:
                break
        return values

    def _first(self, topic: str) -> WireReader | None:
        return next(self._messages(topic), None)

    def _messages(self, topic: str) -> Iterator[WireReader]:
        if topic in self._connections:
            for _, _, data in _naming_damage(self._reader.messages([self._connections[topic]])):
                yield WireReader(data, cdr=False)


def _stream_frame(stream: StreamName, data: bytes, clock: str, intrinsics: CameraIntrinsics) -> StreamFrame:
    message = WireReader(data, cdr=False)
    number, stamp_s = message.ros1_header()

    def decode() -> NDArray[Any]:
        # Behind the image newer SDKs add the depth unit as one float, which the message's definition does not mention.
        return decode_raw(stream, RawImage.read(message), intrinsics.width, intrinsics.height)

    # By way of milliseconds, as librealsense keeps stamps, so that the last bit agrees.
    return StreamFrame(stream, stamp_s * 1000 / 1000, number, clock, decode)


@contextmanager
def _open_bag(path: Path) -> Iterator[Reader]:
    """Raises ValueError that says what is wrong with the bag's index."""
    from rosbags.rosbag1 import Reader
    from rosbags.rosbag1.reader import ReaderError

    reader = Reader(path)
    try:
        reader.open()
    except (ReaderError, *FAULTS) as error:
        raise ValueError(
            f"is truncated or damaged ({one_line(error) or UNEXPECTED}); copy or record it again"
        ) from error
    try:
        _bound_chunks(reader, path.stat().st_size)
        yield reader
    finally:
        reader.close()


def _bound_chunks(reader: Reader, file_bytes: int) -> None:
    """Let no chunk reach past the end of the file or unpack to more than MAX_CHUNK_BYTES."""
    from rosbags.rosbag1.reader import decompressors

    bounded = {decompressors["lz4"]: _unpack_lz4, decompressors["bz2"]: _unpack_bz2}
    for position, chunk in reader.chunks.items():
        if chunk.datapos + chunk.datasize > file_bytes:
            raise ValueError("is truncated or damaged (a chunk reaches past the end); copy or record it again")
        unpack = bounded.get(chunk.decompressor, chunk.decompressor)
        reader.chunks[position] = chunk._replace(decompressor=unpack)


def _unpack_lz4(data: bytes) -> bytes:
    from lz4.frame import LZ4FrameDecompressor

    return _complete(LZ4FrameDecompressor(), data)


def _unpack_bz2(data: bytes) -> bytes:
    return _complete(bz2.BZ2Decompressor(), data)


def _complete(decompressor: Any, data: bytes) -> bytes:
    unpacked = decompressor.decompress(data, max_length=MAX_CHUNK_BYTES)
    if not decompressor.eof:
        raise ValueError(f"a compressed chunk is cut off or unpacks to more than {MAX_CHUNK_BYTES} bytes")
    return unpacked


def _naming_damage(messages: Iterator[Any]) -> Iterator[Any]:
    """The messages; raises ValueError where rosbags raises its own error."""
    from rosbags.rosbag1.reader import ReaderError

    try:
        yield from messages
    except (ReaderError, AssertionError) as error:
        raise ValueError(f"the file is damaged ({one_line(error) or UNEXPECTED}); copy or record it again") from error

"""Recordings for tests: frames, writers for both formats, ways to damage them, and a comparison to the last bit.

frames = make_frames(5)
write_db3(path, frames); write_bag(path, frames)      # both play in librealsense
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from sensors.frames import RawFrame
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.recordings.db3_writer import Db3Writer

DEPTH = "/device_0/sensor_0/Depth_0"
COLOR = "/device_0/sensor_1/Color_0"
STATIC_NS = 1
TILTED_QUATERNION = (0.05, -0.12, 0.3, float(np.sqrt(1 - 0.05**2 - 0.12**2 - 0.3**2)))  # x, y, z, w of tilted_rig
FRAME_START_NS = 1_000_000  # librealsense swallows a first frame that comes together with what is constant


def tilted_rig() -> RigidTransform:
    """A rotation that is nowhere near symmetric, so that a transposed one shows; every entry is a float32."""
    x, y, z, w = TILTED_QUATERNION
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return RigidTransform(np.array(rows, np.float32).astype(float), np.array([0.015, -0.004, 0.002]))


def make_frames(
    count: int,
    *,
    color_size: tuple[int, int] = (64, 48),
    depth_size: tuple[int, int] = (56, 40),
    fps: float = 30,
    unit_m: float = 0.001,
    start_s: float = 1.0,
) -> list[RawFrame]:
    """Frames of noise, each different, from a rig with distortion, a tilt and two sizes."""
    color_camera = CameraIntrinsics(
        *color_size, 60.25, 60.5, 31.5, 23.75, "inverse_brown_conrady", (0.125, -0.25, 0.0625, 0.5, -0.03125)
    )
    depth_camera = CameraIntrinsics(*depth_size, 38.5, 38.25, 27.5, 19.5, "brown_conrady", (0.0,) * 5)
    frames = []
    for index in range(count):
        rng = np.random.default_rng(index)
        frames.append(
            RawFrame(
                index=index,
                timestamp_s=round((start_s + index / fps) * 1e6) / 1e6,
                clock="hardware",
                color=rng.integers(0, 256, (color_size[1], color_size[0], 3), dtype=np.uint8),
                depth_raw=rng.integers(0, 65536, (depth_size[1], depth_size[0]), dtype=np.uint16),
                depth_unit_m=float(np.float32(unit_m)),
                color_intrinsics=color_camera,
                depth_intrinsics=depth_camera,
                color_from_depth=tilted_rig(),
                frame_number=index + 7,
            )
        )
    return frames


def db3_writer(path: Path, like: RawFrame, *, fps: float = 30, **options: Any) -> Db3Writer:
    """A writer for frames like this one."""
    named = {"device_name": "Test D435", "serial": "0042", **options}
    return Db3Writer(path, like=like, fps=fps, **named)


def write_db3(path: Path, frames: Sequence[RawFrame], **options: Any) -> Path:
    """A .db3 by our own writer."""
    with db3_writer(path, frames[0], **options) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def edit_db3(path: Path, *statements: str | tuple[str, tuple[Any, ...]]) -> Path:
    """Run SQL on a recording, each statement alone or with its values."""
    with closing(sqlite3.connect(path)) as database, database:
        for statement in statements:
            sql, values = (statement, ()) if isinstance(statement, str) else statement
            database.execute(sql, values)
    return path


def drop_topics(part: str) -> tuple[str, str]:
    """SQL that removes every topic with this text in its name, and its messages."""
    chosen = f"name LIKE '%{part}%'"
    return (
        f"DELETE FROM messages WHERE topic_id IN (SELECT id FROM topics WHERE {chosen})",
        f"DELETE FROM topics WHERE {chosen}",
    )


def set_text(part: str, old: str, new: str) -> tuple[str, tuple[Any, ...]]:
    """SQL that replaces a piece of text of the same length in a topic's messages."""
    assert len(old) == len(new), "lengths are part of the message"
    return (
        "UPDATE messages SET data = CAST(replace(CAST(data AS TEXT), ?, ?) AS BLOB) "
        f"WHERE topic_id IN (SELECT id FROM topics WHERE name LIKE '%{part}%')",
        (old, new),
    )


class BagStream:
    """What one stream of write_bag holds: images and their stamps. Frame numbers count from `first_number`."""

    def __init__(self, images: Iterable[np.ndarray], stamps_s: Iterable[float], first_number: int = 7) -> None:
        self.images = list(images)
        self.stamps_s = list(stamps_s)
        self.first_number = first_number


def streams_of(frames: Sequence[RawFrame]) -> tuple[BagStream, BagStream]:
    """(colour, depth) of paired frames."""
    stamps = [frame.timestamp_s for frame in frames]
    first = frames[0].frame_number
    return (
        BagStream((frame.color for frame in frames), stamps, first),
        BagStream((frame.depth_raw for frame in frames), stamps, first),
    )


def write_bag(
    path: Path,
    like: RawFrame,
    color: BagStream | None,
    depth: BagStream | None,
    *,
    fps: tuple[int, int] = (30, 30),
    bgr: bool = False,
    compression: str | None = None,
    unit_m: float | None = 0.001,
    unit_option: str = "Depth_Units",
    tail: bytes = b"",
    edit: Callable[[str, Any], Any] = lambda topic, message: message,
) -> Path:
    """A RealSense-layout ROS1 bag by rosbags.

    compression: "lz4" or "bz2". tail: bytes behind each image message, as newer SDKs add.
    edit(topic, message): a last chance to spoil a message; it may give back bytes, or None to leave the message out.
    """
    from rosbags.rosbag1 import Writer
    from rosbags.typesys import Stores, get_types_from_msg, get_typestore

    store = get_typestore(Stores.ROS1_NOETIC)
    store.register(
        get_types_from_msg("uint32 fps\nstring encoding\nbool is_recommended", "realsense_msgs/msg/StreamInfo")
    )
    types = store.types
    connections: dict[str, Any] = {}

    writer = Writer(path)
    if compression:
        writer.set_compression(Writer.CompressionFormat[compression.upper()])
    with writer:

        def put(topic: str, kind: str, time_ns: int, *values: Any, behind: bytes = b"") -> None:
            message = edit(topic, types[kind](*values))
            if message is None:
                return
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=store)
            data = message if isinstance(message, bytes) else bytes(store.serialize_ros1(message, kind)) + behind
            writer.write(connections[topic], time_ns, data)

        _put_constants(put, types, like, color, depth, fps, bgr, unit_m, unit_option)
        _put_frames(put, types, like, color, depth, bgr, tail)
    return path


def _put_constants(put, types, like, color, depth, fps, bgr, unit_m, unit_option) -> None:
    key_value = "diagnostic_msgs/msg/KeyValue"
    put("/file_version", "std_msgs/msg/UInt32", STATIC_NS, 4)
    for key, value in (("Name", "Test D435"), ("Serial Number", "0042")):
        put("/device_0/info", key_value, STATIC_NS, key, value)
    put("/device_0/sensor_0/info", key_value, STATIC_NS, "Name", "Stereo Module")
    put("/device_0/sensor_1/info", key_value, STATIC_NS, "Name", "RGB Camera")
    if unit_m is not None:
        put(f"/device_0/sensor_0/option/{unit_option}/value", "std_msgs/msg/Float32", STATIC_NS, unit_m)
        put(f"/device_0/sensor_0/option/{unit_option}/description", "std_msgs/msg/String", STATIC_NS, "unit")
    vector, quaternion = types["geometry_msgs/msg/Vector3"], types["geometry_msgs/msg/Quaternion"]
    poses = {DEPTH: ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)), COLOR: ((0.015, -0.004, 0.002), TILTED_QUATERNION)}
    for topic, stream, rate, encoding, camera in (
        (DEPTH, depth, fps[1], "mono16", like.depth_intrinsics),
        (COLOR, color, fps[0], "bgr8" if bgr else "rgb8", like.color_intrinsics),
    ):
        if stream is None:
            continue
        put(f"{topic}/info", "realsense_msgs/msg/StreamInfo", STATIC_NS, rate, encoding, False)
        put(f"{topic}/info/camera_info", "sensor_msgs/msg/CameraInfo", STATIC_NS, *_camera_info(types, camera))
        translation, rotation = poses[topic]
        put(f"{topic}/tf/1", "geometry_msgs/msg/Transform", STATIC_NS, vector(*translation), quaternion(*rotation))


def _camera_info(types, camera: CameraIntrinsics) -> tuple[Any, ...]:
    header = _header(types, 0, 0.0)
    roi = types["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    matrix = np.array([camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1], float)
    model = camera.distortion_model.replace("_", " ").title()
    coefficients = np.array(camera.distortion, float)
    return header, camera.height, camera.width, model, coefficients, matrix, np.zeros(9), np.zeros(12), 0, 0, roi


def _header(types, number: int, stamp_s: float):
    nanoseconds = round(stamp_s * 1e9)
    stamp = types["builtin_interfaces/msg/Time"](nanoseconds // 10**9, nanoseconds % 10**9)
    return types["std_msgs/msg/Header"](number, stamp, "0")


def _put_frames(put, types, like, color, depth, bgr, tail) -> None:
    queue = []
    for topic, stream in ((DEPTH, depth), (COLOR, color)):
        if stream is not None:
            queue += [
                (stamp, topic, stream.first_number + i, image)
                for i, (stamp, image) in enumerate(zip(stream.stamps_s, stream.images, strict=True))
            ]
    start_s = min((stamp for stamp, *_ in queue), default=0.0)
    for stamp, topic, number, image in sorted(queue, key=lambda entry: entry[:2]):
        time_ns = FRAME_START_NS + round((stamp - start_s) * 1e9)
        pixels = image[..., ::-1] if bgr and topic == COLOR else image
        encoding = "mono16" if topic == DEPTH else "bgr8" if bgr else "rgb8"
        data = np.ascontiguousarray(pixels).view(np.uint8).ravel()
        row_bytes = data.size // image.shape[0]
        header = _header(types, number, stamp)
        height, width = image.shape[:2]
        put(
            f"{topic}/image/data",
            "sensor_msgs/msg/Image",
            time_ns,
            *(header, height, width, encoding, 0, row_bytes, data),
            behind=tail,
        )
        for key, value in (("system_time", "0.000000"), ("timestamp_domain", "Hardware Clock")):
            put(f"{topic}/image/metadata", "diagnostic_msgs/msg/KeyValue", time_ns, key, value)


def assert_same_frames(ours: Sequence[RawFrame], theirs: Sequence[RawFrame]) -> None:
    """Bit-identical in everything that a frame carries."""
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.color, b.color)
        np.testing.assert_array_equal(a.depth_raw, b.depth_raw)
        assert (a.index, a.timestamp_s, a.clock, a.frame_number) == (b.index, b.timestamp_s, b.clock, b.frame_number)
        assert a.depth_unit_m == b.depth_unit_m
        assert repr(a.color_intrinsics) == repr(b.color_intrinsics)
        assert repr(a.depth_intrinsics) == repr(b.depth_intrinsics)
        np.testing.assert_array_equal(a.color_from_depth.rotation, b.color_from_depth.rotation)
        np.testing.assert_array_equal(a.color_from_depth.translation_m, b.color_from_depth.translation_m)

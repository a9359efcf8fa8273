"""What RealSense's two recording formats have in common: topic names, parameters, and how they become our types.

Layout: librealsense, src/media/ros (ROS1 .bag) and src/media/ros2 (ROS2 .db3). Every function raises ValueError with
a message that says what is wrong; the readers add the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.frames import Clock
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.recordings.pairing import StreamName

MAX_SIDE_PX = 16384  # a nonsense size is refused before it becomes an allocation
# From 3 to 157 degrees of view; RealSense cameras have 40 to 120. Beyond, one depth pixel may cover the colour image,
# and aligning would take all the memory there is.
FOCAL_PER_SIDE = (0.1, 20.0)
DISTORTION_MODELS = {
    "None": "none",
    "Modified Brown Conrady": "modified_brown_conrady",
    "Inverse Brown Conrady": "inverse_brown_conrady",
    "Ftheta": "ftheta",
    "Brown Conrady": "brown_conrady",
    "Kannala Brandt4": "kannala_brandt4",
}
# "System Time" is the host's wall clock while recording, not ours: all that is known is that it was stored.
_CLOCKS: dict[str, Clock] = {"Hardware Clock": "hardware", "Global Time": "global"}
_STREAM_TOPIC = re.compile(r"/device_0/sensor_(\d+)/(Depth|Color)_(\d+)/.+")
_STREAMS: dict[StreamName, tuple[str, str]] = {"color": ("Color", "colour"), "depth": ("Depth", "depth")}


@dataclass(frozen=True, slots=True)
class StreamLocation:
    """Where a stream lies in the recording; the order is librealsense's."""

    sensor: int
    topic: str  # such as /device_0/sensor_0/Depth_0

    @property
    def sensor_topic(self) -> str:
        """Such as /device_0/sensor_0."""
        return f"/device_0/sensor_{self.sensor}"


@dataclass(frozen=True, slots=True)
class CameraFacts:
    """What a recording says about the camera; constant over its frames.

    Raises ValueError for a focal length that no camera has.
    """

    device_name: str
    serial: str
    fps: Mapping[StreamName, float]
    intrinsics: Mapping[StreamName, CameraIntrinsics]
    depth_unit_m: float
    color_from_depth: RigidTransform
    frame_counts: Mapping[StreamName, int | None]

    def __post_init__(self) -> None:
        for camera in self.intrinsics.values():
            focal = camera.fx / camera.width, camera.fy / camera.height
            if not all(FOCAL_PER_SIDE[0] < ratio < FOCAL_PER_SIDE[1] for ratio in focal):
                raise ValueError(
                    f"has nonsense camera_info: a focal length of {camera.fx:g}, {camera.fy:g} pixels"
                    f" for an image of {camera.width}x{camera.height}"
                )


@dataclass(frozen=True, slots=True)
class ReferencePose:
    """A stream's camera against the recording's reference: stream_from_reference, float32 as librealsense keeps it."""

    rotation: NDArray[np.float32]
    translation_m: NDArray[np.float32]


def find_stream(topics: Iterable[str], stream: StreamName) -> StreamLocation:
    """The stream's first occurrence; raises ValueError that names the missing stream."""
    kind, word = _STREAMS[stream]
    matches = (_STREAM_TOPIC.fullmatch(topic) for topic in topics)
    found = {(int(m[1]), int(m[3])) for m in matches if m and m[2] == kind}
    if not found:
        raise ValueError(f"has no {word} stream; record colour and depth together")
    sensor, index = min(found)
    return StreamLocation(sensor, f"/device_0/sensor_{sensor}/{kind}_{index}")


def clock_from(name: str) -> Clock:
    """Our name of librealsense's time stamp domain."""
    return _CLOCKS.get(name, "recording")


@np.errstate(over="ignore")  # what is too large becomes infinite and is refused
def float32(value: float) -> float:
    """The value as librealsense holds it, which is in single precision."""
    return float(np.float32(value))


def intrinsics_from(
    size: tuple[int, int], focal: Sequence[float], centre: Sequence[float], model: str, coefficients: Sequence[float]
) -> CameraIntrinsics:
    """Checked intrinsics; raises ValueError for nonsense."""
    if not all(0 < side <= MAX_SIDE_PX for side in size):
        raise ValueError(f"has nonsense camera_info: image size {size[0]}x{size[1]}")
    if model not in DISTORTION_MODELS:
        raise ValueError(f"has nonsense camera_info: distortion model {model!r}")
    fx, fy, cx, cy = (float32(value) for value in (*focal, *centre))
    distortion = tuple(float32(value) for value in coefficients[:5])
    try:
        return CameraIntrinsics(*size, fx, fy, cx, cy, DISTORTION_MODELS[model], distortion)
    except ValueError as error:
        raise ValueError(f"has nonsense camera_info: {error}") from error


def require_depth_unit(unit_m: float | None) -> float:
    """Metres per step of the depth image; raises ValueError when it is absent, 0 or nonsense."""
    if unit_m is None:
        raise ValueError("does not say its depth unit, so depth cannot be turned into metres")
    if not 0 < unit_m < 1:
        raise ValueError(f"says its depth unit is {unit_m:g} m, so depth cannot be turned into metres; record it again")
    return float32(unit_m)


@np.errstate(over="ignore")  # what is too large becomes infinite and is refused
def pose_from_columns(rotation: Sequence[float], translation_m: Sequence[float]) -> ReferencePose:
    """From librealsense's 9 + 3 numbers; its rotation is column-major."""
    if len(rotation) != 9 or len(translation_m) != 3:
        raise ValueError(f"has nonsense extrinsics: {len(rotation)} + {len(translation_m)} numbers")
    matrix = np.array(rotation, np.float32).reshape(3, 3).T
    return ReferencePose(matrix, np.array(translation_m, np.float32))


@np.errstate(over="ignore")  # what is too large becomes infinite and is refused
def pose_from_quaternion(translation_m: Sequence[float], xyzw: Sequence[float]) -> ReferencePose:
    """From a ROS transform, with the terms in librealsense's order (src/media/ros/ros_file_format.h, quat2rot)."""
    x, y, z, w = xyzw
    rows = [
        [1 - 2 * y * y - 2 * z * z, 2 * x * y - 2 * z * w, 2 * x * z + 2 * y * w],
        [2 * x * y + 2 * z * w, 1 - 2 * x * x - 2 * z * z, 2 * y * z - 2 * x * w],
        [2 * x * z - 2 * y * w, 2 * y * z + 2 * x * w, 1 - 2 * x * x - 2 * y * y],
    ]
    return ReferencePose(np.array(rows, np.float32), np.array(translation_m, np.float32))


@np.errstate(over="ignore", invalid="ignore")
def color_from_depth(depth: ReferencePose | None, color: ReferencePose | None, *, depth_first: bool) -> RigidTransform:
    """The transform between the cameras, to the last bit as librealsense computes it in single precision.

    depth_first: whether the depth stream comes before the colour stream in the recording. librealsense keeps one
    direction of each pair, the one from the later stream to the earlier, and inverts it when asked for the other
    (src/media/playback/playback_device.cpp, src/environment.cpp).
    """
    if depth is None or color is None:
        raise ValueError("does not say how the colour and depth cameras lie to each other (no extrinsics)")
    depth_from_color = _compose(depth, _inverse(color))
    result = _inverse(depth_from_color) if depth_first else _compose(color, _inverse(depth))
    try:
        return RigidTransform(result.rotation.astype(np.float64), result.translation_m.astype(np.float64))
    except ValueError as error:
        raise ValueError(f"has nonsense extrinsics: {error}") from error


def _compose(outer: ReferencePose, inner: ReferencePose) -> ReferencePose:
    rotation = np.stack([_rotate(outer.rotation, column) for column in inner.rotation.T], axis=1)
    return ReferencePose(rotation, _rotate(outer.rotation, inner.translation_m) + outer.translation_m)


def _inverse(pose: ReferencePose) -> ReferencePose:
    return ReferencePose(pose.rotation.T, -_rotate(pose.rotation.T, pose.translation_m))


def _rotate(rotation: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    # Column by column, left to right: a matrix product may add in another order, which shows in the last bit.
    return rotation[:, 0] * vector[0] + rotation[:, 1] * vector[1] + rotation[:, 2] * vector[2]

"""The messages of a RealSense .db3 as bytes; the same values always give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.recordings.encoded_frame import Rig
from sensors.recordings.realsense_layout import DISTORTION_MODELS
from sensors.recordings.wire import CdrWriter

DEPTH_TOPIC = "/device_0/sensor_0/Depth_0"
COLOR_TOPIC = "/device_0/sensor_1/Color_0"
STRING = "std_msgs/msg/String"
FILE_VERSION = 4
_MODEL_TEXTS = {name: text for text, name in DISTORTION_MODELS.items()}


def constant_messages(rig: Rig, fps: float, device_name: str, serial: str) -> list[tuple[str, str, bytes]]:
    """Topic, type and message of everything that does not change, in librealsense's order."""
    unit = "/device_0/sensor_0/option/Depth_Units"
    texts = [
        (f"{DEPTH_TOPIC}/info", f"encoding=Z16;fps={round(fps)}"),
        (f"{DEPTH_TOPIC}/camera_info", _camera_info(rig.depth_intrinsics)),
        (f"{COLOR_TOPIC}/info", f"encoding=RGB8;fps={round(fps)}"),
        (f"{COLOR_TOPIC}/camera_info", _camera_info(rig.color_intrinsics)),
        ("/device_0/info", _pairs({"Name": device_name, "Serial Number": serial})),
        ("/device_0/sensor_0/info", "Name=Stereo Module"),
        (f"{unit}/value", f"{rig.depth_unit_m:.9g}"),
        (f"{unit}/description", "Number of meters represented by a single depth unit"),
        ("/device_0/sensor_1/info", "Name=RGB Camera"),
        # librealsense 2.59 crashes on a sensor without any option.
        ("/device_0/sensor_1/option/Frames_Queue_Size/value", "0"),
        (
            "/device_0/sensor_1/option/Frames_Queue_Size/description",
            "Max number of frames you can hold at a given time",
        ),
        (f"{DEPTH_TOPIC}/tf/ref_1", _extrinsics(RigidTransform())),
        (f"{COLOR_TOPIC}/tf/ref_1", _extrinsics(rig.color_from_depth)),
    ]
    version = ("/file_version", "std_msgs/msg/UInt32", CdrWriter().u32(FILE_VERSION).message())
    return [version, *((topic, STRING, text_message(text)) for topic, text in texts)]


def _camera_info(intrinsics: CameraIntrinsics) -> str:
    coefficients = [*intrinsics.distortion, 0.0, 0.0, 0.0, 0.0, 0.0][:5]
    return (
        f"width={intrinsics.width};height={intrinsics.height};"
        f"fx={intrinsics.fx:.9g};ppx={intrinsics.cx:.9g};fy={intrinsics.fy:.9g};ppy={intrinsics.cy:.9g};"
        f"model={_MODEL_TEXTS[intrinsics.distortion_model]};coeffs={_numbers(coefficients)}"
    )


def _extrinsics(color_from_depth: RigidTransform) -> str:
    # Column-major, like every rotation of librealsense.
    rotation = color_from_depth.rotation.T.ravel()
    return f"rotation={_numbers(rotation)};translation={_numbers(color_from_depth.translation_m)}"


def _numbers(values: Iterable[float]) -> str:
    return ",".join(f"{value:.9g}" for value in values)


def _pairs(values: Mapping[str, str]) -> str:
    # The format has no escapes, so its two separators cannot be in a value.
    return ";".join(f"{key}={value.translate(str.maketrans(';=', ',-'))}" for key, value in values.items())


def text_message(text: str) -> bytes:
    """A std_msgs/String."""
    return CdrWriter().text(text).message()


def image_message(time_ns: int, frame_id: str, image_format: str, *payload: bytes) -> bytes:
    """A sensor_msgs/CompressedImage."""
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    header = CdrWriter().u32(seconds).u32(nanoseconds).text(frame_id)
    return header.text(image_format).octets(*payload).message()

"""Which RealSense cameras are plugged in, what they can do, and which of it to take."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sensors.errors import DeviceModeError
from sensors.sdk import load_sdk

StreamKind = Literal["color", "depth"]

PREFERRED_SIZE = (640, 480)
PREFERRED_FPS = 30
NEAREST_SHOWN = 4
COLOR_FORMATS = ("rgb8", "bgr8")  # in this order; the SDK converts whatever the sensor delivers
_SPOKEN: dict[StreamKind, str] = {"color": "colour", "depth": "depth"}


@dataclass(frozen=True, slots=True, order=True)
class CameraMode:
    """One stream of a camera: width and height in pixels, frames per second, the SDK's pixel format."""

    stream: StreamKind
    width: int
    height: int
    fps: int
    format: str

    def __str__(self) -> str:
        return f"{self.width}x{self.height} at {self.fps} fps"


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A camera that is plugged in. usb_type: "3.2", "2.1", ..., empty where unknown. modes: of colour and depth."""

    name: str
    serial: str
    firmware: str
    usb_type: str
    product_line: str
    modes: tuple[CameraMode, ...]


def list_devices(sdk: Any = None) -> list[DeviceInfo]:
    """All RealSense cameras. Raises MissingLibraryError where the SDK cannot be loaded."""
    rs = load_sdk() if sdk is None else sdk
    context = rs.context()  # must outlive the devices
    return [describe(rs, device) for device in context.query_devices()]


def describe(rs: Any, device: Any) -> DeviceInfo:
    """What the SDK says about one device."""
    keys = ("name", "serial_number", "firmware_version", "usb_type_descriptor", "product_line")
    name, serial, firmware, usb_type, line = (_text(device, getattr(rs.camera_info, key)) for key in keys)
    return DeviceInfo(name or "RealSense camera", serial, firmware, usb_type, line, tuple(sorted(_modes(rs, device))))


def serial_of(rs: Any, device: Any) -> str:
    """The serial number; empty for a device that is going away."""
    return _text(device, rs.camera_info.serial_number)


def choose_modes(camera: DeviceInfo, size: tuple[int, int] | None, fps: int | None) -> tuple[CameraMode, CameraMode]:
    """The colour and the depth mode to ask for.

    Colour has the size and rate asked for; by default those nearest to 640x480 at 30. Depth runs at the same rate, in
    the size nearest to colour's. Raises DeviceModeError, with the nearest modes, where there are none.
    """
    color_modes = _of_stream(camera, "color", COLOR_FORMATS)
    depth_modes = _of_stream(camera, "depth", ("z16",))
    rates = {mode.fps for mode in color_modes} & {mode.fps for mode in depth_modes}
    wanted_size, wanted_fps = size or PREFERRED_SIZE, fps or PREFERRED_FPS
    fitting = [
        mode
        for mode in color_modes
        if mode.fps in rates and size in (None, (mode.width, mode.height)) and fps in (None, mode.fps)
    ]
    if not fitting:
        raise DeviceModeError(mode_not_available(camera, size, fps))
    color = _nearest(fitting, wanted_size, wanted_fps)[0]
    same_rate = [mode for mode in depth_modes if mode.fps == color.fps]
    return color, _nearest(same_rate, (color.width, color.height), color.fps)[0]


def mode_not_available(camera: DeviceInfo, size: tuple[int, int] | None, fps: int | None) -> str:
    """One line: what was asked for, the port's speed, and the nearest modes."""
    wanted_size, wanted_fps = size or PREFERRED_SIZE, fps or PREFERRED_FPS
    color_modes = _of_stream(camera, "color", COLOR_FORMATS)
    depth_rates = {mode.fps for mode in camera.modes if mode.stream == "depth"}
    usable = [mode for mode in color_modes if mode.fps in depth_rates]
    nearest = [
        str(mode)
        for mode in _nearest(usable, wanted_size, wanted_fps)
        if (mode.width, mode.height, mode.fps) != (*wanted_size, wanted_fps)
    ]
    wanted = f"{wanted_size[0]}x{wanted_size[1]} at {wanted_fps} fps for colour and depth together"
    return (
        f"{camera.name} (serial {camera.serial}), {port_remark(camera)}, cannot do {wanted};"
        f" nearest: {', '.join(nearest[:NEAREST_SHOWN]) or 'none'} (--size, --fps)"
    )


def port_remark(camera: DeviceInfo) -> str:
    """Such as "on USB 2.1, which carries only small or slow modes: use a USB 3 port and cable"."""
    if camera.usb_type.startswith("2"):
        return f"on USB {camera.usb_type}, which carries only small or slow modes: use a USB 3 port and cable"
    return f"on USB {camera.usb_type or 'of unknown type'}"


def _of_stream(camera: DeviceInfo, stream: StreamKind, formats: tuple[str, ...]) -> list[CameraMode]:
    """One mode per size and rate, in the first of the formats that has it."""
    found: dict[tuple[int, int, int], CameraMode] = {}
    for wanted in formats:
        for mode in camera.modes:
            if mode.stream == stream and mode.format == wanted:
                found.setdefault((mode.width, mode.height, mode.fps), mode)
    if not found:
        raise DeviceModeError(
            f"{camera.name} (serial {camera.serial}) has no {_SPOKEN[stream]} stream; colour and depth are both needed"
        )
    return list(found.values())


def _nearest(modes: Iterable[CameraMode], size: tuple[int, int], fps: int) -> list[CameraMode]:
    def distance(mode: CameraMode) -> tuple[float, float]:
        return abs(mode.width - size[0]) + abs(mode.height - size[1]), abs(mode.fps - fps)

    return sorted(modes, key=distance)


def _modes(rs: Any, device: Any) -> set[CameraMode]:
    """From every sensor: a D405 has no colour sensor of its own, its depth sensor has the colour stream."""
    kinds: dict[Any, StreamKind] = {rs.stream.color: "color", rs.stream.depth: "depth"}
    modes = set()
    for sensor in device.query_sensors():
        for profile in sensor.get_stream_profiles():
            if (kind := kinds.get(profile.stream_type())) is not None:
                video = profile.as_video_stream_profile()
                modes.add(CameraMode(kind, video.width(), video.height(), profile.fps(), profile.format().name))
    return modes


def _text(device: Any, key: Any) -> str:
    try:
        return device.get_info(key) if device.supports(key) else ""
    except RuntimeError:  # unplugged between two calls
        return ""

"""A stand-in for pyrealsense2 whose cameras do what a test tells them: vanish, stall, lie, come back.

Only what sensors.cameras.realsense uses is there. It needs no SDK, so these tests run everywhere.

    sdk = ScriptedSdk(ScriptedCamera(serial="1"))
    with RealSenseSource(sdk=sdk) as source: ...
    sdk.unplug("1"); sdk.plug(camera)
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np

NO_DEVICE = "No device connected"
USB3_MODES = [(w, h, fps) for w, h in ((1280, 720), (640, 480), (424, 240)) for fps in (6, 15, 30, 60)]
USB2_MODES = [(640, 480, 6), (640, 480, 15), (424, 240, 30)]
SMALL_MODES = [(8, 6, 30), (16, 12, 30), (16, 12, 60)]


class Name:
    """A value of one of the SDK's enumerations: equal to itself, with a name."""

    def __init__(self, name: str) -> None:
        self.name = name


def _enumeration(*names: str) -> Any:
    return SimpleNamespace(**{name: Name(name) for name in names})


STREAM = _enumeration("color", "depth", "infrared")
FORMAT = _enumeration("rgb8", "bgr8", "z16", "y8", "yuyv")
INFO = _enumeration("name", "serial_number", "firmware_version", "usb_type_descriptor", "product_line")
OPTION = _enumeration("depth_units", "auto_exposure_priority", "exposure")
DOMAIN = _enumeration("hardware_clock", "system_time", "global_time")


@dataclass(eq=False)
class ScriptedCamera:
    """A camera; its attributes may be changed while it streams."""

    serial: str = "1"
    name: str = "Scripted D435"
    usb_type: str = "3.2"
    color_modes: list[tuple[int, int, int]] = field(default_factory=lambda: list(SMALL_MODES))
    depth_modes: list[tuple[int, int, int]] = field(default_factory=lambda: list(SMALL_MODES))
    color_format: str = "rgb8"
    one_sensor: bool = False  # as in a D405
    depth_unit_m: float | None = 0.001
    resolves: bool = True
    busy: bool = False
    stop_takes_s: float = 0.0
    domain: str = "global_time"
    plugged: bool = True
    options: dict[str, float] = field(default_factory=dict)
    started: int = 0
    stopped: int = 0
    sent: queue.Queue[Any] = field(default_factory=queue.Queue)
    used_sizes: list[tuple[Any, ...]] = field(default_factory=list)

    def send(
        self,
        number: int,
        *,
        depth_number: int | None = None,
        stamp_ms: float | None = None,
        depth_stamp_ms: float | None = None,
        color: bool = True,
        depth: bool = True,
        size: tuple[int, int] = (16, 12),
    ) -> None:
        """Deliver one frameset."""
        stamp = 1000.0 * number / 30 if stamp_ms is None else stamp_ms
        depth_stamp = stamp if depth_stamp_ms is None else depth_stamp_ms
        width, height = size
        pixels = np.zeros((height, width, 3), np.uint8)
        pixels[..., 0], pixels[..., 2] = number % 256, 7
        raw = np.full((height, width), 1000 + number, np.uint16)
        self.sent.put(
            (
                Frame(self, pixels, self.color_format, number, stamp) if color else None,
                Frame(self, raw, "z16", number if depth_number is None else depth_number, depth_stamp)
                if depth
                else None,
            )
        )

    def supports(self, key: Name) -> bool:
        return key is not INFO.product_line

    def get_info(self, key: Name) -> str:
        if not self.plugged:
            raise RuntimeError("device is disconnected")
        return {
            "name": self.name,
            "serial_number": self.serial,
            "firmware_version": "5.16.0.1",
            "usb_type_descriptor": self.usb_type,
        }[key.name]

    def query_sensors(self) -> list[Sensor]:
        color = [Profile("color", *mode, kind) for mode in self.color_modes for kind in ("yuyv", self.color_format)]
        depth = [Profile("depth", *mode, "z16") for mode in self.depth_modes]
        infrared = [Profile("infrared", *mode, "y8") for mode in self.depth_modes]
        if self.one_sensor:
            return [Sensor(self, [*infrared, *depth, *color], has_depth=True)]
        return [Sensor(self, [*infrared, *depth], has_depth=True), Sensor(self, color, has_depth=False)]


@dataclass(eq=False)
class Sensor:
    camera: ScriptedCamera
    profiles: list[Profile]
    has_depth: bool

    def get_stream_profiles(self) -> list[Profile]:
        return self.profiles

    def supports(self, option: Name) -> bool:
        if option is OPTION.depth_units:
            return self.has_depth and self.camera.depth_unit_m is not None
        return option is OPTION.auto_exposure_priority and not self.has_depth

    def get_option(self, option: Name) -> float:
        assert option is OPTION.depth_units
        assert self.camera.started > self.camera.stopped, "old firmware says 0 before it streams"
        assert self.camera.depth_unit_m is not None
        return self.camera.depth_unit_m

    def set_option(self, option: Name, value: float) -> None:
        self.camera.options[option.name] = value


@dataclass(eq=False)
class Profile:
    kind: str
    wide: int
    high: int
    rate: int
    pixels: str

    def stream_type(self) -> Name:
        return getattr(STREAM, self.kind)

    def format(self) -> Name:
        return getattr(FORMAT, self.pixels)

    def fps(self) -> int:
        return self.rate

    def width(self) -> int:
        return self.wide

    def height(self) -> int:
        return self.high

    def as_video_stream_profile(self) -> Profile:
        return self

    def get_intrinsics(self) -> Any:
        return SimpleNamespace(
            width=self.wide,
            height=self.high,
            fx=0.9 * self.wide,
            fy=0.9 * self.wide,
            ppx=self.wide / 2,
            ppy=self.high / 2,
            model=Name("brown_conrady"),
            coeffs=[0.0] * 5,
        )

    def get_extrinsics_to(self, other: Profile) -> Any:
        # A turn by 90 degrees about z, column by column.
        return SimpleNamespace(rotation=[0.0, 1, 0, -1, 0, 0, 0, 0, 1], translation=[0.015, 0.0, 0.0])


@dataclass(eq=False)
class Frame:
    camera: ScriptedCamera
    pixels: Any
    kind: str
    number: int
    stamp_ms: float

    def get_data(self) -> Any:
        return self.pixels

    def get_profile(self) -> Any:
        return SimpleNamespace(format=lambda: getattr(FORMAT, self.kind))

    def get_frame_number(self) -> int:
        return self.number

    def get_timestamp(self) -> float:
        return self.stamp_ms

    def get_frame_timestamp_domain(self) -> Name:
        return getattr(DOMAIN, self.camera.domain)


class Context:
    def __init__(self, sdk: ScriptedSdk) -> None:
        self.sdk = sdk

    def query_devices(self) -> list[ScriptedCamera]:
        return [camera for camera in self.sdk.cameras if camera.plugged]

    def set_devices_changed_callback(self, callback: Callable[[Any], None]) -> None:
        self.sdk.callbacks.append(callback)


class Config:
    def __init__(self) -> None:
        self.serial = ""
        self.streams: dict[str, tuple[Any, ...]] = {}

    def enable_device(self, serial: str) -> None:
        self.serial = serial

    def enable_stream(self, kind: Name, width: int, height: int, pixels: Name, fps: int) -> None:
        self.streams[kind.name] = (width, height, pixels.name, fps)

    def can_resolve(self, wrapped: Pipeline) -> bool:
        return wrapped.camera_of(self).resolves


class Pipeline:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.camera: ScriptedCamera | None = None

    def camera_of(self, config: Config) -> ScriptedCamera:
        for camera in self.context.query_devices():
            if camera.serial == config.serial:
                return camera
        raise RuntimeError(NO_DEVICE)

    def start(self, config: Config) -> Any:
        camera = self.camera_of(config)
        if camera.busy:
            raise RuntimeError("xioctl(VIDIOC_S_FMT) failed,\n Last Error: Device or resource busy")
        self.camera = camera
        camera.started += 1
        camera.used_sizes.append((config.streams["color"], config.streams["depth"]))
        profiles = {
            kind: Profile(kind, width, height, fps, pixels)
            for kind, (width, height, pixels, fps) in config.streams.items()
        }
        return SimpleNamespace(get_device=lambda: camera, get_stream=lambda kind: profiles[kind.name])

    def try_wait_for_frames(self, timeout_ms: int) -> tuple[bool, Any]:
        assert self.camera is not None
        try:
            color, depth = self.camera.sent.get(timeout=timeout_ms / 1000)
        except queue.Empty:
            return False, None
        return True, SimpleNamespace(get_color_frame=lambda: color, get_depth_frame=lambda: depth)

    def stop(self) -> None:
        if self.camera is None:
            raise RuntimeError("stop() cannot be called before start()")
        camera, self.camera = self.camera, None
        time.sleep(camera.stop_takes_s)
        camera.stopped += 1


class ScriptedSdk:
    """Looks like the module pyrealsense2."""

    __version__ = "0.scripted"
    stream, format, camera_info, option, timestamp_domain = STREAM, FORMAT, INFO, OPTION, DOMAIN
    config = Config

    def __init__(self, *cameras: ScriptedCamera) -> None:
        self.cameras = list(cameras)
        self.callbacks: list[Callable[[Any], None]] = []

    def context(self) -> Context:
        return Context(self)

    def pipeline(self, context: Context) -> Pipeline:
        return Pipeline(context)

    def pipeline_wrapper(self, pipeline: Pipeline) -> Pipeline:
        return pipeline

    def unplug(self, camera: ScriptedCamera, *, quietly: bool = False) -> None:
        """Take the camera away; quietly: the SDK's callback does not come, as happens."""
        camera.plugged = False
        if not quietly:
            self._tell(removed=camera)

    def plug(self, camera: ScriptedCamera) -> None:
        """Bring the camera (back)."""
        camera.plugged = True
        if camera not in self.cameras:
            self.cameras.append(camera)
        self._tell(removed=None)

    def _tell(self, removed: ScriptedCamera | None) -> None:
        change = SimpleNamespace(was_removed=lambda device: device is removed)
        for callback in self.callbacks:
            thread = threading.Thread(target=callback, args=(change,))
            thread.start()
            thread.join()

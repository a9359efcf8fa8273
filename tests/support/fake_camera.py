"""A RealSense without the hardware: the SDK's own software device, which streams and records what a test gives it.

    rig = FakeRig(color_size=(64, 48), depth_size=(80, 60))
    record(path, rig, [rig.scene(i) for i in range(10)])       # a real .db3, written by the SDK's recorder

Needs pyrealsense2: a test says `pytest.importorskip("pyrealsense2")` before it says `from fake_camera import record`.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyrealsense2 as rs
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform

Images = tuple["NDArray[np.uint8] | None", "NDArray[np.uint16] | None"]

MILLI_FPS = 1000  # the recorder wants the actual_fps metadata in thousandths; without it playback pairs frames wrongly


def tilted() -> RigidTransform:
    """A rig whose rotation is far from symmetric: read row-major instead of column-major it comes out visibly wrong."""
    a, b, c = 0.05, -0.08, 0.03
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    return RigidTransform(z @ y @ x, np.array([0.015, -0.004, 0.002]))


@dataclass(frozen=True, kw_only=True)
class FakeRig:
    """What the camera is: sizes (width, height; None: no such stream), rate, formats and where its two eyes are."""

    color_size: tuple[int, int] | None = (64, 48)
    depth_size: tuple[int, int] | None = (64, 48)
    fps: int = 30
    depth_fps: int | None = None
    color_format: str = "rgb8"
    color_from_depth: RigidTransform = field(default_factory=tilted)
    depth_unit_m: float = 0.001
    name: str = "Fake D435"
    serial: str = "0123456789"
    color_distortion: tuple[str, tuple[float, ...]] = ("inverse_brown_conrady", ())
    depth_distortion: tuple[str, tuple[float, ...]] = ("brown_conrady", ())

    @property
    def color_intrinsics(self) -> CameraIntrinsics:
        """A D435's colour camera, scaled to the size."""
        width, height = self.color_size or (64, 48)
        focal = 0.96 * width
        return CameraIntrinsics(
            width, height, focal, focal * 1.001, width / 2 + 0.3, height / 2 - 1.2, *self.color_distortion
        )

    @property
    def depth_intrinsics(self) -> CameraIntrinsics:
        """A D435's depth camera, scaled to the size; it sees wider than the colour camera."""
        width, height = self.depth_size or (64, 48)
        return CameraIntrinsics(
            width, height, 0.61 * width, 0.61 * width, width / 2 - 0.7, height / 2 + 0.4, *self.depth_distortion
        )

    def scene(self, index: int) -> Images:
        """Frame `index` of a scene with steps, slopes, holes and noise in depth; differs from frame to frame."""
        rng = np.random.default_rng(index)
        color = depth = None
        if self.color_size:
            width, height = self.color_size
            color = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            color[..., 0] = index % 256
        if self.depth_size:
            depth = synthetic_depth(self.depth_size, rng, self.depth_unit_m)
        return color, depth


def synthetic_depth(size: tuple[int, int], rng: np.random.Generator, depth_unit_m: float = 0.001) -> NDArray[np.uint16]:
    """Depth (h, w) uint16: a slope from 1.5 to 4 m, boxes in front of it, a little noise, 5 % holes."""
    width, height = size
    ys, xs = np.mgrid[:height, :width]
    depth_m = 1.5 + 1.5 * xs / width + 1.0 * ys / height
    for _ in range(6):
        left, top = rng.integers(0, width), rng.integers(0, height)
        box = (xs >= left) & (xs < left + width // 4) & (ys >= top) & (ys < top + height // 4)
        depth_m[box] = rng.uniform(0.4, 2.5)
    depth_m += rng.normal(0, 0.003, depth_m.shape)
    depth = np.clip(depth_m / depth_unit_m, 1, 65534).astype(np.uint16)
    depth[rng.random(depth.shape) < 0.05] = 0
    return depth


def sdk_intrinsics(intrinsics: CameraIntrinsics) -> Any:
    """The same camera as the SDK's type."""
    result = rs.intrinsics()
    result.width, result.height = intrinsics.width, intrinsics.height
    result.fx, result.fy, result.ppx, result.ppy = intrinsics.fx, intrinsics.fy, intrinsics.cx, intrinsics.cy
    result.model = getattr(rs.distortion, intrinsics.distortion_model)
    result.coeffs = [*intrinsics.distortion, 0.0, 0.0, 0.0, 0.0, 0.0][:5]
    return result


def sdk_extrinsics(transform: RigidTransform) -> Any:
    """The same transform as the SDK's type, whose rotation is column-major."""
    result = rs.extrinsics()
    result.rotation = transform.rotation.T.ravel().tolist()
    result.translation = transform.translation_m.tolist()
    return result


class FakeCamera:
    """A software device with a depth and a colour sensor. Feed it with `send`; `device` goes wherever a camera goes."""

    def __init__(self, rig: FakeRig) -> None:
        self.rig = rig
        self.device = rs.software_device()
        for key, value in (("name", rig.name), ("serial_number", rig.serial), ("product_line", "D400")):
            self.device.register_info(getattr(rs.camera_info, key), value)
        self.device.register_info(rs.camera_info.usb_type_descriptor, "3.2")
        self.device.register_info(rs.camera_info.firmware_version, "5.16.0.1")
        depth_fps = rig.depth_fps or rig.fps
        self.depth = self.color = None
        if rig.depth_size:
            self.depth_sensor = self.device.add_sensor("Stereo Module")
            self.depth_sensor.add_read_only_option(rs.option.depth_units, rig.depth_unit_m)
            self.depth = self._stream(self.depth_sensor, "depth", 0, rig.depth_intrinsics, depth_fps, "z16", 2)
        if rig.color_size:
            self.color_sensor = self.device.add_sensor("RGB Camera")
            self.color = self._stream(self.color_sensor, "color", 1, rig.color_intrinsics, rig.fps, rig.color_format, 3)
        if self.depth and self.color:
            self.depth.register_extrinsics_to(self.color, sdk_extrinsics(rig.color_from_depth))
        self.device.create_matcher(rs.matchers.default)

    def _stream(
        self, sensor: Any, kind: str, uid: int, intrinsics: CameraIntrinsics, fps: int, pixels: str, size: int
    ) -> Any:
        stream = rs.video_stream()
        stream.type, stream.index, stream.uid = getattr(rs.stream, kind), 0, uid
        stream.width, stream.height, stream.fps, stream.bpp = intrinsics.width, intrinsics.height, fps, size
        stream.fmt, stream.intrinsics = getattr(rs.format, pixels), sdk_intrinsics(intrinsics)
        sensor.set_metadata(rs.frame_metadata_value.actual_fps, fps * MILLI_FPS)
        # As the default: without it `pipeline.start` does not find the stream.
        return sensor.add_video_stream(stream, True).as_video_stream_profile()

    def _frame(self, profile: Any, pixels: NDArray[Any], number: int, timestamp_ms: float, size: int) -> Any:
        frame = rs.software_video_frame()
        frame.pixels = np.ascontiguousarray(pixels)
        frame.bpp, frame.stride = size, size * pixels.shape[1]
        frame.timestamp, frame.domain = timestamp_ms, rs.timestamp_domain.hardware_clock
        frame.frame_number, frame.profile = number, profile
        return frame

    def send(self, images: Images, number: int, timestamp_ms: float | None = None) -> None:
        """Put one frame on each stream; either image may be None. Colour is given as RGB whatever the format."""
        color, depth = images
        stamp = 1000.0 * number / self.rig.fps if timestamp_ms is None else timestamp_ms
        if depth is not None:
            frame = self._frame(self.depth, depth, number, stamp, 2)
            frame.depth_units = self.rig.depth_unit_m
            self.depth_sensor.on_video_frame(frame)
        if color is not None:
            pixels = color[..., ::-1] if self.rig.color_format == "bgr8" else color
            self.color_sensor.on_video_frame(self._frame(self.color, pixels, number, stamp, 3))


def record(path: Path, rig: FakeRig, frames: Sequence[Images], *, compress: bool = True, first_number: int = 0) -> None:
    """Write `frames` into a real .db3 with the SDK's recorder."""
    _record(path, FakeCamera(rig), frames, compress, first_number)
    gc.collect()  # the recorder closes its file when the last object that came from it is gone


def _record(path: Path, camera: FakeCamera, frames: Sequence[Images], compress: bool, first_number: int) -> None:
    recorder = rs.recorder(str(path), camera.device, compress)
    seen, done = [0], threading.Condition()

    def count(_frame: object) -> None:
        with done:
            seen[0] += 1
            done.notify()

    sensors = recorder.query_sensors()
    for sensor in sensors:
        sensor.open(sensor.get_stream_profiles())
    for sensor in sensors:
        sensor.start(count)
    sent = 0
    for offset, images in enumerate(frames):
        camera.send(images, first_number + offset)
        sent += sum(image is not None for image in images)
        with done:  # one at a time, so that the recorder's queue never overflows
            done.wait_for(lambda wanted=sent: seen[0] >= wanted, timeout=5)
    for sensor in sensors:
        sensor.stop()
        sensor.close()


class Streaming:
    """Feeds a FakeCamera from a thread, at the rig's rate, until left. `pause()` makes the stream stall."""

    def __init__(self, camera: FakeCamera, scene: Callable[[int], Images] | None = None) -> None:
        self.camera = camera
        self._scene = scene or camera.rig.scene
        self._stopped, self._paused = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        number = 0
        while not self._stopped.is_set():
            if not self._paused.is_set():
                self.camera.send(self._scene(number), number)
                number += 1
            time.sleep(1 / self.camera.rig.fps)

    def pause(self) -> None:
        """Send nothing until `resume`."""
        self._paused.set()

    def resume(self) -> None:
        """Send again."""
        self._paused.clear()

    def __enter__(self) -> Streaming:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()


@contextmanager
def one_frameset(rig: FakeRig, images: Images) -> Iterator[Any]:
    """The SDK's own frameset of one colour and one depth image, such as rs.align takes."""
    camera, syncer = FakeCamera(rig), rs.syncer()
    sensors = [camera.depth_sensor, camera.color_sensor]
    for sensor in sensors:
        sensor.open(sensor.get_stream_profiles())
    for sensor in sensors:
        sensor.start(syncer)
    try:
        for number in range(10):
            camera.send(images, number)
            frameset = syncer.wait_for_frames(2000)
            if frameset.size() == 2:
                break
        yield frameset
    finally:
        for sensor in sensors:
            sensor.stop()
            sensor.close()

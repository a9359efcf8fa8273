"""Exact playback of recordings with librealsense: every frame once, in order, bit for bit.

The sensor interface is used, not the pipeline, which loses frames at the start and pairs by its own rule. Callbacks put
frames into a bounded Python queue; librealsense's own blocking queue waits with Python's lock held and so for ever.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sensors.errors import RecordingError, one_line
from sensors.recordings.file_kind import check_recording
from sensors.recordings.image_codec import require_encoding
from sensors.recordings.pairing import STREAMS, StreamFrame, StreamName
from sensors.recordings.realsense_layout import CameraFacts, require_depth_unit
from sensors.recordings.recorded_source import RecordedSource
from sensors.sdk import intrinsics_from_sdk, load_sdk, pixels_from_sdk, transform_from_sdk

QUEUE_FRAMES = 8
WATCHDOG_S = 10.0  # nothing for so long means that librealsense hangs; reading one frame takes milliseconds
POLL_S = 0.05
STOP_S = 2.0
_CLOCKS = {"hardware_clock": "Hardware Clock", "system_time": "System Time", "global_time": "Global Time"}


class SdkRecordingSource(RecordedSource):
    """A RealSense .bag or .db3 played by librealsense; the frames are the same as those of BagSource and Db3Source.

    librealsense ends silently at a damaged message, and opening a damaged file may never return, which Python cannot
    interrupt; the pure readers say where the damage is.
    """

    reader = "librealsense"

    def _read_facts(self) -> CameraFacts:
        rs = load_sdk()
        self.reader = f"librealsense {rs.__version__}"
        with self._sdk_errors():
            context = rs.context()  # must outlive the device
            with _named_by_content(self.path) as name:
                return _facts(rs, context.load_device(name))

    @contextmanager
    def _playback(self, stop: threading.Event) -> Iterator[Iterator[StreamFrame]]:
        rs = load_sdk()
        frames: queue.Queue[Any] = queue.Queue()
        closing, ended = threading.Event(), threading.Event()

        def on_frame(frame: Any) -> None:
            frame.keep()
            placed = False
            while not placed and not closing.is_set():
                with suppress(queue.Full):
                    frames.put(frame, timeout=POLL_S)
                    placed = True

        def on_status(status: Any) -> None:
            if status == rs.playback_status.stopped:
                ended.set()

        with self._sdk_errors(), ExitStack() as resources:
            context = rs.context()  # must outlive the device
            device = context.load_device(resources.enter_context(_named_by_content(self.path)))
            device.set_real_time(False)
            device.set_status_changed_callback(on_status)
            # Paused until both sensors run: the first one starts the reading, and what comes for the other is dropped.
            device.pause()
            profiles = _profiles(rs, device)
            sensors = [sensor for sensor in device.query_sensors() if _wanted(sensor, profiles)]
            # Executed last when leaving: on_status must not be called any more when the device goes.
            resources.callback(ended.wait, STOP_S)
            for sensor in sensors:
                sensor.open(_wanted(sensor, profiles))
                resources.callback(sensor.close)
            for sensor in sensors:
                sensor.start(on_frame)
                resources.callback(sensor.stop)
            # Executed first when leaving: a callback that waits for room in the queue would block sensor.stop.
            resources.callback(closing.set)
            device.resume()
            # Bounded only now: resume waits for the reading thread, which must not wait for room in the queue.
            frames.maxsize = QUEUE_FRAMES
            yield self._until_ended(frames, ended, stop)

    def _until_ended(
        self, frames: queue.Queue[Any], ended: threading.Event, stop: threading.Event
    ) -> Iterator[StreamFrame]:
        waited_s = 0.0
        while not stop.is_set():
            finished = ended.is_set()  # asked before the queue, which holds every frame once it is set
            try:
                yield _stream_frame(frames.get(timeout=0.0 if finished else POLL_S))
                waited_s = 0.0
            except queue.Empty as error:
                if finished:
                    return
                waited_s += POLL_S
                if waited_s >= WATCHDOG_S:
                    message = f"{self.path}: librealsense gave nothing for {WATCHDOG_S:g} s; play it without the SDK"
                    raise RecordingError(message) from error

    @contextmanager
    def _sdk_errors(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:  # the only type that librealsense raises
            raise RecordingError(f"{self.path}: librealsense cannot play it: {one_line(error)}") from error


@contextmanager
def _named_by_content(path: Path) -> Iterator[str]:
    """A name of the file that ends in what it holds, since librealsense goes by the suffix."""
    suffix = f".{check_recording(path)}"
    if path.suffix == suffix:
        yield str(path)
        return
    with TemporaryDirectory() as folder:
        link = Path(folder) / f"recording{suffix}"
        link.symlink_to(path.resolve())
        yield str(link)


def _profiles(rs: Any, device: Any) -> dict[StreamName, Any]:
    """The first video profile of each stream; raises ValueError that names the missing stream."""
    kinds = {"color": (rs.stream.color, "colour"), "depth": (rs.stream.depth, "depth")}
    profiles: dict[StreamName, Any] = {}
    for stream in STREAMS:
        kind, word = kinds[stream]
        offered = [p for sensor in device.query_sensors() for p in sensor.get_stream_profiles()]
        matching = [profile for profile in offered if profile.stream_type() == kind]
        if not matching:
            raise ValueError(f"has no {word} stream; record colour and depth together")
        profiles[stream] = matching[0].as_video_stream_profile()
        require_encoding(stream, matching[0].format().name)
    return profiles


def _wanted(sensor: Any, profiles: dict[StreamName, Any]) -> list[Any]:
    ids = {profile.unique_id() for profile in profiles.values()}
    return [profile for profile in sensor.get_stream_profiles() if profile.unique_id() in ids]


def _facts(rs: Any, device: Any) -> CameraFacts:
    profiles = _profiles(rs, device)
    depth_sensor = next(sensor for sensor in device.query_sensors() if _wanted(sensor, {"depth": profiles["depth"]}))
    unit_m = depth_sensor.as_depth_sensor().get_depth_scale() if depth_sensor.is_depth_sensor() else None
    extrinsics = profiles["depth"].get_extrinsics_to(profiles["color"])
    return CameraFacts(
        device_name=_device_info(device, rs.camera_info.name, "RealSense"),
        serial=_device_info(device, rs.camera_info.serial_number, ""),
        fps={stream: float(profiles[stream].fps()) for stream in STREAMS},
        intrinsics={stream: intrinsics_from_sdk(profiles[stream].get_intrinsics()) for stream in STREAMS},
        depth_unit_m=require_depth_unit(unit_m),
        color_from_depth=transform_from_sdk(extrinsics),
        frame_counts={},
    )


def _device_info(device: Any, key: Any, default: str) -> str:
    return device.get_info(key) if device.supports(key) else default


def _stream_frame(frame: Any) -> StreamFrame:
    return StreamFrame(
        stream="depth" if frame.is_depth_frame() else "color",
        stamp_s=frame.get_timestamp() / 1000,
        number=frame.get_frame_number(),
        clock=_CLOCKS.get(frame.get_frame_timestamp_domain().name, ""),
        decode=lambda: pixels_from_sdk(frame),
    )

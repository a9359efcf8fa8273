"""One opened RealSense pipeline: started, read, closed. What to do when it breaks is realsense.py's business."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from sensors.cameras.realsense_modes import DeviceInfo, choose_modes, describe, mode_not_available
from sensors.errors import DeviceModeError, one_line
from sensors.frames import Clock
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.sdk import intrinsics_from_sdk, pixels_from_sdk, transform_from_sdk

CLOSE_S = 2.0  # stopping the pipeline of an unplugged camera may block for most of a minute
_CLOCKS: dict[str, Clock] = {"hardware_clock": "hardware", "global_time": "global", "system_time": "host"}


@dataclass(frozen=True, slots=True, eq=False)
class CameraImage:
    """One image out of the SDK: pixels copied, stamp in milliseconds on `clock`."""

    pixels: NDArray[Any]
    number: int
    stamp_ms: float
    clock: Clock


class CameraLink:
    """A running camera. Opening raises DeviceModeError, or RuntimeError (the SDK's) when the device does not answer."""

    def __init__(self, rs: Any, context: Any, device: Any, size: tuple[int, int] | None, fps: int | None) -> None:
        self._rs = rs
        self.device = device
        self.camera: DeviceInfo = describe(rs, device)
        self.color_mode, self.depth_mode = choose_modes(self.camera, size, fps)
        if fps is not None:
            self._keep_rate_in_dim_light()
        self._pipeline = rs.pipeline(context)
        profile = self._start(size, fps)
        try:
            self.depth_unit_m = self._depth_unit_m(profile.get_device())
            self.color_intrinsics, self.depth_intrinsics, self.color_from_depth = _calibration(rs, profile)
        except BaseException:
            self.close()
            raise

    def wait(self, timeout_ms: int) -> tuple[CameraImage | None, CameraImage | None] | None:
        """The newest colour and depth image (either may be missing), or None when nothing came in time."""
        came, frameset = self._pipeline.try_wait_for_frames(timeout_ms)
        if not came:
            return None
        # Copied at once and not kept: a dozen frames held would starve the camera.
        return self._image(frameset.get_color_frame()), self._image(frameset.get_depth_frame())

    def close(self) -> None:
        """Stop the camera; gives up waiting after a while, since an unplugged one may not answer."""
        stopping = threading.Thread(target=self._stop, name="stop camera", daemon=True)
        stopping.start()
        stopping.join(CLOSE_S)

    def _stop(self) -> None:
        with suppress(RuntimeError):  # it was not running any more, which is what is wanted
            self._pipeline.stop()

    def _start(self, size: tuple[int, int] | None, fps: int | None) -> Any:
        rs, config = self._rs, self._rs.config()
        config.enable_device(self.camera.serial)
        # The stream is asked for and not the sensor: a D405's colour comes from its depth sensor.
        for kind, mode in ((rs.stream.color, self.color_mode), (rs.stream.depth, self.depth_mode)):
            config.enable_stream(kind, mode.width, mode.height, getattr(rs.format, mode.format), mode.fps)
        if not config.can_resolve(rs.pipeline_wrapper(self._pipeline)):
            raise DeviceModeError(mode_not_available(self.camera, size, fps))
        return self._pipeline.start(config)

    def _keep_rate_in_dim_light(self) -> None:
        """Otherwise auto exposure lowers the colour rate, to 15 fps and less, where there is little light."""
        option = self._rs.option.auto_exposure_priority
        for sensor in self.device.query_sensors():
            if sensor.supports(option):
                sensor.set_option(option, 0)

    def _depth_unit_m(self, device: Any) -> float:
        """Read after the start, since old firmware says 0 before; 0 after it would make every distance nothing."""
        option = self._rs.option.depth_units
        units = [sensor.get_option(option) for sensor in device.query_sensors() if sensor.supports(option)]
        if not units or not units[0] > 0:
            what = f"a depth unit of {units[0]}" if units else "no depth unit"
            raise DeviceModeError(
                f"{self.camera.name} (serial {self.camera.serial}) reports {what}, so that depth is not in metres;"
                " update its firmware (rs-fw-update) and replug it"
            )
        return units[0]

    def _image(self, frame: Any) -> CameraImage | None:
        if not frame:
            return None
        clock = _CLOCKS.get(frame.get_frame_timestamp_domain().name, "hardware")
        return CameraImage(pixels_from_sdk(frame), frame.get_frame_number(), frame.get_timestamp(), clock)


def _calibration(rs: Any, profile: Any) -> tuple[CameraIntrinsics, CameraIntrinsics, RigidTransform]:
    color, depth = profile.get_stream(rs.stream.color), profile.get_stream(rs.stream.depth)
    try:
        return (
            intrinsics_from_sdk(color.as_video_stream_profile().get_intrinsics()),
            intrinsics_from_sdk(depth.as_video_stream_profile().get_intrinsics()),
            transform_from_sdk(depth.get_extrinsics_to(color)),
        )
    except (ValueError, RuntimeError) as error:
        raise DeviceModeError(f"the camera's calibration is unusable ({one_line(error)}); recalibrate it") from error

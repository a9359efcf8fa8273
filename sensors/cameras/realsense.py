"""A live RealSense camera as a FrameSource: newest frame wins, and it comes back after it was unplugged."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from typing_extensions import Self

from sensors.cameras.realsense_link import CameraImage, CameraLink
from sensors.cameras.realsense_modes import DeviceInfo, list_devices, port_remark, serial_of
from sensors.errors import DeviceLostError, DeviceModeError, DeviceNotFoundError, one_line
from sensors.frames import RawFrame
from sensors.recordings.pairing import TOLERANCE_PERIODS
from sensors.sdk import load_sdk
from sensors.source import SourceInfo, SourceStatus

__all__ = ["DeviceInfo", "RealSenseSource", "list_devices"]

SLICE_MS = 100  # how long one wait may last, so that stop() and an unplugged camera are noticed soon
FIRST_FRAME_S = 5.0  # a camera that was just opened may take seconds to its first frame
SILENCE_S = 0.8  # afterwards so long without a frame means that it is lost
SILENCE_FRAMES = 4  # but a slow rate is given the time of so many frames
BACK_OFF_S = (0.25, 2.0)  # first and longest pause between attempts to reopen
CAUSES = (
    "likely causes, in this order: a bad cable, a hub or a USB 2 port (plug it straight into a USB 3 port);"
    " an earlier program that did not close it (replug it); another program that uses it; old firmware"
)

logger = logging.getLogger(__name__)


class RealSenseSource:
    """The camera with this serial number, or the first one; size is colour's (width, height), fps both streams'.

    Depth is not aligned here. Giving fps also forbids auto exposure to lower the rate in dim light. The time stamps are
    in the camera's own domain, which RawFrame.clock names. sdk: stands in for pyrealsense2 in tests.
    Entering raises MissingLibraryError, DeviceNotFoundError or DeviceModeError; iterating raises DeviceLostError after
    reconnect_timeout_s without a frame.
    """

    def __init__(
        self,
        serial: str | None = None,
        size: tuple[int, int] | None = None,
        fps: int | None = None,
        *,
        reconnect_timeout_s: float = 30.0,
        sdk: Any = None,
    ) -> None:
        self.serial, self.size, self.fps = serial, size, fps
        self.reconnect_timeout_s = reconnect_timeout_s
        self.gaps = 0
        self._rs = sdk
        self._context: Any = None
        self._link: CameraLink | None = None
        self._in_use = threading.Lock()  # held while the SDK waits for frames, so that nobody stops it meanwhile
        self._stopped, self._removed, self._wake = threading.Event(), threading.Event(), threading.Event()
        self._status = SourceStatus("ended", "not opened", time.monotonic())
        self._info: SourceInfo | None = None
        self._index = 0
        self._numbers: tuple[int, int] | None = None  # the last colour and depth frame, by the camera's count
        self._last_frame_s = self._opened_s = 0.0
        self._silence_s = FIRST_FRAME_S

    @property
    def info(self) -> SourceInfo:
        """Which camera was opened; valid once entered."""
        if self._info is None:
            raise RuntimeError("the camera is not open: use it in a with statement")
        return self._info

    @property
    def status(self) -> SourceStatus:
        """Whether frames are coming; readable from any thread."""
        return self._status

    def stop(self) -> None:
        """Make a running iteration end within a tenth of a second; callable from any thread."""
        self._stopped.set()
        self._wake.set()

    def __enter__(self) -> Self:
        try:
            self._begin()
        except RuntimeError as error:  # the SDK's only type
            self._close_link()
            raise DeviceModeError(f"the RealSense camera cannot be opened ({one_line(error)}); {CAUSES}") from error
        except BaseException:  # a camera left running by Ctrl-C may not open again until it is replugged
            self._close_link()
            raise
        return self

    def _begin(self) -> None:
        self._rs = load_sdk() if self._rs is None else self._rs
        self._context = self._rs.context()  # kept: without it the callback below is never called
        self._context.set_devices_changed_callback(self._on_devices_changed)
        link = self._open(self._find())
        self.serial = link.camera.serial
        self._info = SourceInfo(
            name=f"{link.camera.name} (serial {self.serial})",
            kind="camera",
            live=True,
            fps=float(link.color_mode.fps),
            reader=f"librealsense {self._rs.__version__}",
        )
        self._last_frame_s = time.monotonic()
        self._set_status("streaming", f"{self._info.name} is open: {link.color_mode}")
        if link.camera.usb_type.startswith("2"):
            logger.warning("%s is %s", self._info.name, port_remark(link.camera))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()
        free = self._in_use.acquire(timeout=1.0)
        try:
            self._context = None
            self._close_link()
        finally:
            if free:
                self._in_use.release()
        self._set_status("ended", "closed")

    def __iter__(self) -> Iterator[RawFrame]:
        self._stopped.clear()
        while not self._stopped.is_set() and self._context is not None:
            link = self._link or self._reopen()
            frame = self._next_frame(link) if link is not None else None
            if frame is not None and not self._stopped.is_set():
                yield frame

    def _on_devices_changed(self, change: Any) -> None:
        """Called by the SDK on a thread of its own when a device comes or goes."""
        link = self._link
        try:
            if link is not None and change.was_removed(link.device):
                self._removed.set()
        except RuntimeError:  # the device is so far gone that it cannot be compared
            self._removed.set()
        self._wake.set()

    def _find(self) -> Any:
        devices = list(self._context.query_devices())
        serials = [serial_of(self._rs, device) for device in devices]
        if not devices:
            raise DeviceNotFoundError(
                "no RealSense camera found; plug one into a USB 3 port, or play a recording (rgbd-live --bag FILE)"
                " or the built-in demo (rgbd-live)"
            )
        if self.serial is not None and self.serial not in serials:
            raise DeviceNotFoundError(
                f"no RealSense camera with serial {self.serial}; plugged in: {', '.join(serials)} (rgbd-live devices)"
            )
        if self.serial is None and len(devices) > 1:
            logger.warning("several cameras: using %s of %s (--serial chooses)", serials[0], ", ".join(serials))
        return devices[0 if self.serial is None else serials.index(self.serial)]

    def _open(self, device: Any) -> CameraLink:
        self._removed.clear()
        link = CameraLink(self._rs, self._context, device, self.size, self.fps)
        self._link = link
        self._numbers = None
        self._silence_s = FIRST_FRAME_S
        self._opened_s = time.monotonic()
        return link

    def _next_frame(self, link: CameraLink) -> RawFrame | None:
        """The next frame, or None when none came within a slice of time."""
        try:
            with self._in_use:
                images = link.wait(SLICE_MS)
            frame = self._paired(link, images) if images else None
        except (RuntimeError, ValueError) as error:  # ValueError: an image is not as the camera said it would be
            self._lose(one_line(error))
            return None
        now_s = time.monotonic()
        if frame is not None:
            self._last_frame_s, self._silence_s = now_s, max(SILENCE_S, SILENCE_FRAMES / link.color_mode.fps)
            if self._status.state != "streaming":
                self._set_status("streaming", f"{self.info.name} is back")
        elif self._removed.is_set():
            self._lose("it was unplugged")
        elif now_s - max(self._last_frame_s, self._opened_s) > self._silence_s:
            self._lose(f"no frame for {self._silence_s:g} s")
        return frame

    def _paired(self, link: CameraLink, images: tuple[CameraImage | None, CameraImage | None]) -> RawFrame | None:
        """A frame of a colour and a depth image that are both new and were taken together."""
        color, depth = images
        if color is None or depth is None:
            return None
        last = self._numbers or (color.number - 1, depth.number - 1)
        if color.number == last[0] or depth.number == last[1]:
            return None
        self.gaps += max(color.number - last[0] - 1, 0)
        self._numbers = (color.number, depth.number)
        # The host's stamps are times of arrival, and colour takes longer to arrive.
        limit_ms = 1000 * (1 if color.clock == "host" else TOLERANCE_PERIODS) / link.color_mode.fps
        if color.clock == depth.clock and abs(color.stamp_ms - depth.stamp_ms) > limit_ms:
            self.gaps += 1
            return None
        return self._raw_frame(link, color, depth)

    def _raw_frame(self, link: CameraLink, color: CameraImage, depth: CameraImage) -> RawFrame:
        stamp_s = color.stamp_ms / 1000
        if color.clock == "host":  # the SDK's is the wall clock, ours is monotonic
            stamp_s -= time.time() - time.monotonic()
        frame = RawFrame(
            index=self._index,
            timestamp_s=stamp_s,
            clock=color.clock,
            color=color.pixels,
            depth_raw=depth.pixels,
            depth_unit_m=link.depth_unit_m,
            color_intrinsics=link.color_intrinsics,
            depth_intrinsics=link.depth_intrinsics,
            color_from_depth=link.color_from_depth,
            frame_number=color.number,
        )
        self._index += 1
        return frame

    def _lose(self, reason: str) -> None:
        if self._status.state != "lost":  # first of all, since closing may take a while
            self._set_status("lost", f"{self.info.name} is lost: {reason}; waiting for it to come back")
        self._close_link()

    def _close_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _reopen(self) -> CameraLink | None:
        """Wait for the camera and open it again; None when stopped. Raises DeviceLostError when it is given up."""
        pause_s, trouble = BACK_OFF_S[0], ""
        while not self._stopped.is_set():
            if time.monotonic() - self._last_frame_s > self.reconnect_timeout_s:
                message = f"{self.info.name} gave no frame for {self.reconnect_timeout_s:g} s{trouble}; {CAUSES}"
                self._set_status("lost", message)
                raise DeviceLostError(message)
            self._wake.clear()
            try:
                with self._in_use:
                    return self._open(self._find()) if self._context is not None else None
            except (RuntimeError, DeviceNotFoundError, DeviceModeError) as error:
                trouble = f" ({one_line(error)})"
            self._wake.wait(pause_s)  # ended early when a device comes, or by stop()
            pause_s = min(2 * pause_s, BACK_OFF_S[1])
        return None

    def _set_status(self, state: Any, message: str) -> None:
        self._status = SourceStatus(state, message, time.monotonic())
        logger.info(message)

"""A folder of colour and depth images as a FrameSource."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

from sensors.errors import RecordingError
from sensors.folders.intrinsics import read_camera_note
from sensors.folders.pairs import ImagePair, find_pairs
from sensors.frames import RawFrame
from sensors.geometry import CameraIntrinsics
from sensors.images import image_size, read_color, read_depth
from sensors.source import SourceInfo, SourceStatus

DEFAULT_DEPTH_UNIT_M = 0.001
DEFAULT_FPS = 30.0

logger = logging.getLogger(__name__)


class FolderSource:
    """Plays colour/depth pairs that already share one camera; see sensors.folders.pairs for the names it knows.

    depth_unit_m: metres per depth step; by default what intrinsics.json says, else 0.001, which is logged as a warning.
    fps: makes up the time stamps. Raises RecordingError on entering for a folder that does not play as a whole, and
    while iterating for an image that is damaged.
    """

    def __init__(self, path: Path | str, depth_unit_m: float | None = None, *, fps: float = DEFAULT_FPS) -> None:
        self.path = Path(path)
        self.depth_unit_m = depth_unit_m
        self.fps = fps
        self.gaps = 0
        self._pairs: list[ImagePair] = []
        self._intrinsics: CameraIntrinsics | None = None
        self._stopped = threading.Event()
        self._status = SourceStatus("ended", "not opened", time.monotonic())

    @property
    def info(self) -> SourceInfo:
        """What was opened; valid once entered."""
        return SourceInfo(self.path.resolve().name, "folder", False, len(self._pairs), self.fps, "Pillow")

    @property
    def status(self) -> SourceStatus:
        """Whether frames are coming."""
        return self._status

    def stop(self) -> None:
        """End a running iteration before its next frame."""
        self._stopped.set()

    def __enter__(self) -> Self:
        self._pairs = find_pairs(self.path)
        note = read_camera_note(self.path)
        width, height = self._common_size()
        self._intrinsics = note.intrinsics(width, height)
        if self.depth_unit_m is None:
            self.depth_unit_m = note.depth_unit_m
        if self.depth_unit_m is None:
            self.depth_unit_m = DEFAULT_DEPTH_UNIT_M
            logger.warning("%s: depth unit not given, taken as %g m (--depth-unit)", self.path, DEFAULT_DEPTH_UNIT_M)
        self._status = SourceStatus("streaming", f"playing {self.path.name}", time.monotonic())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[RawFrame]:
        return self.frames_from(0)

    def frames_from(self, position: int) -> Iterator[RawFrame]:
        """As iterating, from this 0-based position on."""
        self._stopped.clear()
        self._status = SourceStatus("streaming", f"playing {self.path.name}", time.monotonic())
        for index, pair in enumerate(self._pairs[position:], position):
            if self._stopped.is_set():
                break
            yield self._frame(index, pair)
        self._status = SourceStatus("ended", f"{self.path.name} has ended", time.monotonic())

    def _common_size(self) -> tuple[int, int]:
        """(width, height) of all images; reads their headers only, so that a misfit shows before anything is played."""
        first = self._pairs[0].color
        size = image_size(first)
        for pair in self._pairs:
            for path in (pair.color, pair.depth):
                if (other := image_size(path)) != size:
                    raise RecordingError(
                        f"{path}: is {other[0]}x{other[1]}, but {first.name} is {size[0]}x{size[1]};"
                        " all images of a folder must have one size"
                    )
        return size

    def _frame(self, index: int, pair: ImagePair) -> RawFrame:
        if self._intrinsics is None or self.depth_unit_m is None:
            raise RuntimeError("the folder is not open: use it in a with statement")
        color, depth_raw = read_color(pair.color), read_depth(pair.depth)
        try:
            return RawFrame(
                index=index,
                timestamp_s=index / self.fps,
                clock="none",
                color=color,
                depth_raw=depth_raw,
                depth_unit_m=self.depth_unit_m,
                color_intrinsics=self._intrinsics,
                depth_intrinsics=self._intrinsics,
                frame_number=index,
            )
        except ValueError as error:
            raise RecordingError(f"{self.path}: frame {pair.name}: {error}") from error

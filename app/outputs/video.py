"""`--save-video`: the overlay as an MPEG-4 video."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import numpy as np

from app.overlay import Overlay
from app.picture import overlay_picture
from console.atomic import make_folder, output_errors, part_path
from console.errors import OutputError
from segmentation.result import Segmentation
from sensors.frames import Frame

LEAST_FREE_BYTES = 32 << 20  # OpenCV's writer does not tell when the disk is full
LONGEST_STILL_S = 1.0


class VideoFile:
    """A sink: the overlay with its banners, at the size of the first frame.

    Written under another name and renamed once closed and read back. fill: repeat pictures so that a source whose
    frames are dropped still plays at its own speed. Raises OutputError.
    """

    def __init__(self, path: Path, *, fps: float, fill: bool) -> None:
        self.path = path
        self._part = part_path(path)
        self._fps, self._fill = fps, fill
        self._overlay = Overlay()
        self._writer = None
        self._size = (0, 0)
        self._written = 0
        self._last_s = 0.0

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Add a frame."""
        import cv2

        image = cv2.cvtColor(overlay_picture(self._overlay, frame, segmentation), cv2.COLOR_RGB2BGR)
        if self._writer is None:
            self._open(image)
        if image.shape[1::-1] != self._size:
            image = cv2.resize(image, self._size)
        self._add(image, self._repeats(frame.timestamp_s))

    def close(self) -> None:
        """Finish the file, make sure that it can be read, and give it its name."""
        if self._writer is None:
            return
        self._writer.release()
        self._writer = None
        with output_errors(self.path):
            try:
                if self._written == 0:  # it failed before its first picture
                    self._part.unlink()
                    return
                self._verify()
                self._part.replace(self.path)
            except OSError:
                with contextlib.suppress(OSError):
                    self._part.unlink(missing_ok=True)
                raise

    def _open(self, image: np.ndarray) -> None:
        import cv2

        make_folder(self.path.parent)
        with output_errors(self.path):
            self._part.write_bytes(b"")  # the operating system's own words where that is refused
        self._size = (image.shape[1], image.shape[0])
        self._writer = cv2.VideoWriter(str(self._part), cv2.VideoWriter.fourcc(*"mp4v"), self._fps, self._size)
        if not self._writer.isOpened():
            self._writer = None
            self._part.unlink(missing_ok=True)
            raise OutputError(f"cannot write {self.path}: this OpenCV has no MPEG-4 encoder; reinstall opencv-python")

    def _repeats(self, timestamp_s: float) -> int:
        """How often the picture is shown; 1 unless gaps are to be filled."""
        step_s, self._last_s = timestamp_s - self._last_s, timestamp_s
        if not self._fill or self._written == 0:
            return 1
        return max(1, round(min(step_s, LONGEST_STILL_S) * self._fps))

    def _add(self, image: np.ndarray, times: int) -> None:
        if self._written % 32 == 0 and shutil.disk_usage(self._part.parent).free < LEAST_FREE_BYTES:
            raise OutputError(f"cannot write {self.path}: the disk is full")
        for _ in range(times):
            assert self._writer is not None
            self._writer.write(image)
        self._written += times

    def _verify(self) -> None:
        """The container's own count tells whether its index, which is written last, is whole."""
        import cv2

        reader = cv2.VideoCapture(str(self._part))
        found = int(reader.get(cv2.CAP_PROP_FRAME_COUNT)) if reader.isOpened() else 0
        reader.release()
        if found != self._written:
            raise OutputError(
                f"cannot write {self.path}: only {max(found, 0)} of {self._written} frames arrived; is the disk full?"
            )

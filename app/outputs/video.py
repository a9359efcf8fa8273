"""`--save-video`: what the model sees as a video, the overlay alone or beside the camera's picture."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.depth_view import color_depth
from app.outputs.video_encoders import VideoEncoder, open_encoder, playable_frames
from app.overlay import Overlay
from app.picture import overlay_picture
from console.atomic import make_folder, output_errors
from console.errors import OutputError
from segmentation.result import Segmentation
from sensors.frames import Frame

VideoLayout = Literal["overlay", "side-by-side"]

LEAST_FREE_BYTES = 32 << 20  # so that the file can still be finished; and OpenCV does not tell when the disk is full
LOOK_EVERY = 32  # pictures
LONGEST_STILL_S = 1.0


class VideoFile:
    """A sink: one picture a frame with its banners, all at the size of the first.

    Written as NAME.part.mp4; it gets its name once every picture is in it and it has been read back. Ended early by the
    disk, it stays under that name where it plays, and is removed where it does not.
    fill: repeat pictures so that a source whose frames are dropped still plays at its own speed. Raises OutputError.
    """

    def __init__(self, path: Path, *, fps: float, fill: bool, layout: VideoLayout = "overlay") -> None:
        self.path = path
        self.part = part_of(path)
        self._fps, self._fill, self._layout = fps, fill, layout
        self._overlay = Overlay()
        self._encoder: VideoEncoder | None = None
        self._size = (0, 0)
        self._written = 0
        self._last_s = 0.0
        self._due = 1.0  # pictures, by the time that has passed
        self._failed = False

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Add a frame."""
        image = even_sided(self._picture(frame, segmentation))
        try:
            with output_errors(self.path):
                encoder = self._encoder or self._open(image)
                self._add(encoder, self._fitted(image), self._repeats(frame.timestamp_s))
        except OutputError:
            self._failed = True
            raise

    def close(self) -> None:
        """Finish the file, make sure that it can be read, and give it its name."""
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            return
        with output_errors(self.path):
            try:
                encoder.close()
                self._verify()
                if not self._failed:
                    self.part.replace(self.path)
            except OSError:
                with contextlib.suppress(OSError):
                    self.part.unlink(missing_ok=True)
                if not self._failed:  # else it has been told already
                    raise

    def _picture(self, frame: Frame, segmentation: Segmentation) -> NDArray[np.uint8]:
        overlay = overlay_picture(self._overlay, frame, segmentation)
        if self._layout == "overlay":
            return overlay
        # Without a model the overlay is the colour image once more; its depth is of more use.
        right = overlay if len(segmentation.classes) else color_depth(frame.depth_m)
        return np.hstack([frame.color, right])

    def _open(self, image: NDArray[np.uint8]) -> VideoEncoder:
        make_folder(self.path.parent)
        self._require_space()
        self.part.write_bytes(b"")  # the operating system's own words where that is refused
        self._size = (image.shape[1], image.shape[0])
        try:
            self._encoder = open_encoder(self.part, fps=self._fps, size=self._size)
        except OSError:
            self.part.unlink(missing_ok=True)
            raise
        return self._encoder

    def _fitted(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import cv2

        return image if image.shape[1::-1] == self._size else np.asarray(cv2.resize(image, self._size), np.uint8)

    def _repeats(self, timestamp_s: float) -> int:
        """How often the picture is shown; 1 unless gaps are to be filled."""
        step_s, self._last_s = timestamp_s - self._last_s, timestamp_s
        if not self._fill or self._written == 0:
            return 1
        self._due += min(max(step_s, 0.0), LONGEST_STILL_S) * self._fps
        return max(1, round(self._due - self._written))

    def _add(self, encoder: VideoEncoder, image: NDArray[np.uint8], times: int) -> None:
        for _ in range(times):
            if self._written % LOOK_EVERY == 0:
                self._require_space()
            encoder.add(image)
            self._written += 1

    def _require_space(self) -> None:
        if shutil.disk_usage(self.part.parent).free < LEAST_FREE_BYTES:
            kept = f"; its first {self._written} pictures are in {self.part}" if self._written else ""
            raise OutputError(f"cannot write {self.path}: the disk is full{kept}")

    def _verify(self) -> None:
        """The file's own count tells whether its index, which is written last, is whole."""
        found = playable_frames(self.part)
        if found != self._written:
            raise OutputError(
                f"cannot write {self.path}: only {found} of {self._written} pictures arrived; is the disk full?"
            )


def part_of(path: Path) -> Path:
    """Where a video is written; the suffix tells OpenCV the format."""
    return path.with_name(f"{path.stem}.part{path.suffix}")


def even_sided(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3), its last row and column repeated where a side is odd: video halves the resolution of colours."""
    height, width = image.shape[:2]
    return np.ascontiguousarray(np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge"))

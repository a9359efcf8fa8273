"""What turns pictures into an MP4 file: H.264 by PyAV where that is installed, else MPEG-4 part 2 by OpenCV."""

from __future__ import annotations

import contextlib
import os
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from console.errors import OutputError

# The fastest preset with decent files (640x480 measured: 5 ms of processor time and 13 kB a frame; "medium" takes 16 ms
# for 5 kB, OpenCV's MPEG-4 3 ms for 22 kB), at a quality where class colours keep sharp edges.
H264_OPTIONS = {"preset": "superfast", "crf": "20"}
BT601 = 6  # SMPTE 170M, in which swscale converts RGB, as primaries, transfer and matrix
LIMITED_RANGE = 1
QUIET = "-8"  # ffmpeg's level at which it says nothing


class VideoEncoder(Protocol):
    """Writes one file of one picture size."""

    def add(self, image: NDArray[np.uint8]) -> None:
        """Append a picture, (H, W, 3) uint8 RGB, with even sides. Raises OSError, though not every encoder can."""
        ...

    def close(self) -> None:
        """Write what is left and the index. Raises OSError likewise."""
        ...


class H264Encoder:
    """By PyAV. Raises OSError where the file cannot be written, and ImportError or ValueError where PyAV cannot."""

    def __init__(self, path: Path, *, fps: float, size: tuple[int, int]) -> None:
        import av
        from av.codec import Codec

        Codec("libx264", "w")  # ValueError where this ffmpeg was built without it
        self._av = av
        self._file: Any = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        stream: Any = self._file.add_stream("libx264", rate=_rate(fps), options=H264_OPTIONS)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"  # what every player has
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = BT601
        context.color_range = LIMITED_RANGE
        self._stream = stream

    def add(self, image: NDArray[np.uint8]) -> None:
        """Append a picture."""
        picture = self._av.VideoFrame.from_ndarray(image, format="rgb24")
        self._file.mux(self._stream.encode(picture))

    def close(self) -> None:
        """Write what is left and the index."""
        try:
            self._file.mux(self._stream.encode())
        finally:
            self._file.close()


class Mpeg4Encoder:
    """By OpenCV, which does not tell when a picture cannot be written."""

    def __init__(self, path: Path, *, fps: float, size: tuple[int, int]) -> None:
        import cv2

        log = cv2.utils.logging
        log.setLogLevel(log.LOG_LEVEL_ERROR)  # it warns of every picture of a full disk
        self._writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), float(_rate(fps)), size)
        if not self._writer.isOpened():
            raise OutputError(f"cannot write {path}: this OpenCV has no MPEG-4 encoder; reinstall opencv-python")

    def add(self, image: NDArray[np.uint8]) -> None:
        """Append a picture."""
        import cv2

        self._writer.write(cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    def close(self) -> None:
        """Write the index."""
        self._writer.release()


def open_encoder(path: Path, *, fps: float, size: tuple[int, int]) -> VideoEncoder:
    """The best encoder there is; size: width and height, even. Raises OSError."""
    with contextlib.suppress(ImportError, ValueError):
        return H264Encoder(path, fps=fps, size=size)
    return Mpeg4Encoder(path, fps=fps, size=size)


def playable_frames(path: Path) -> int:
    """How many pictures a player finds: the file's own count, if nothing of it is missing and the last one decodes."""
    import cv2

    if not _is_complete(path):
        return 0
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", QUIET)
    reader = cv2.VideoCapture(str(path))
    try:
        count = int(reader.get(cv2.CAP_PROP_FRAME_COUNT)) if reader.isOpened() else 0
        reader.set(cv2.CAP_PROP_POS_FRAMES, count - 1)
        return count if count > 0 and reader.read()[0] else 0
    finally:
        reader.release()


def _is_complete(path: Path) -> bool:
    """Whether the boxes (ISO 14496-12, section 4.2: size, type) fill the file, an index and pictures among them."""
    found, position, end = set(), 0, path.stat().st_size
    with path.open("rb") as file:
        while position < end:
            file.seek(position)
            header = file.read(16)
            size, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if size == 1:  # it does not fit 32 bits
                size = int.from_bytes(header[8:], "big")
            if size < 8:
                return False
            found.add(kind)
            position += size
    return position == end and {b"moov", b"mdat"} <= found


def _rate(fps: float) -> Fraction:
    """As MP4 has it."""
    return Fraction(fps).limit_denominator(1000)

"""Image files as arrays: colour, 16-bit depth, 8-bit labels; a file that is cut off is refused, not filled up."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sensors.errors import RecordingError

PNG_START, PNG_END = b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82"
DEPTH_MODES = ("I;16", "I;16B", "I")  # Pillow's names for 16-bit grey; "I" is what older versions make of it
LABEL_MODES = ("L", "P")


def read_color(path: Path) -> NDArray[np.uint8]:
    """A PNG or JPEG as (H, W, 3) uint8 RGB. Raises RecordingError when it is missing or damaged."""
    return decode_color(_content(path), path)


def read_depth(path: Path) -> NDArray[np.uint16]:
    """A 16-bit grey PNG as (H, W) uint16. Raises RecordingError when it is missing, damaged or of another kind."""
    return decode_depth(_content(path), path)


def read_label(path: Path) -> NDArray[np.uint8]:
    """An 8-bit grey or palette PNG as (H, W) uint8; of a palette image the indices, not the colours.

    Raises RecordingError when it is missing, damaged or of another kind.
    """
    return decode_label(_content(path), path)


def decode_color(content: bytes, path: object) -> NDArray[np.uint8]:
    """read_color of what a file holds. path: what messages call it."""
    with _opened(path, _whole(path, content)) as image:
        return np.array(image if image.mode == "RGB" else image.convert("RGB"))


def decode_depth(content: bytes, path: object) -> NDArray[np.uint16]:
    """read_depth of what a file holds. path: what messages call it."""
    with _opened(path, _whole(path, content)) as image:
        if image.mode not in DEPTH_MODES:
            raise RecordingError(
                f"{path}: is no 16-bit grey image ({image.format} {image.mode}); 8 bits are a picture of depth,"
                " too coarse to measure with: export the depth as 16-bit PNG"
            )
        return np.array(image).astype(np.uint16, copy=False)


def decode_label(content: bytes, path: object) -> NDArray[np.uint8]:
    """read_label of what a file holds. path: what messages call it."""
    with _opened(path, _whole(path, content)) as image:
        if image.format != "PNG" or image.mode not in LABEL_MODES:
            raise RecordingError(
                f"{path}: is no label image ({image.format} {image.mode}); expected an 8-bit grey or palette PNG"
            )
        return np.array(image)


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) from the file's header. Raises RecordingError when it is missing or no image."""
    with _opened(path, path) as image:
        return image.size


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path}: cannot be read ({error.strerror})") from error


def _whole(path: object, content: bytes) -> io.BytesIO:
    if content.startswith(PNG_START) and PNG_END not in content:
        raise RecordingError(f"{path}: damaged image (the PNG is cut off)")
    return io.BytesIO(content)


@contextmanager
def _opened(path: object, file: Path | io.BytesIO) -> Iterator[Any]:
    # Pillow and not OpenCV, which would print its own complaints, turn palette indices into colours, and fill up a
    # JPEG file that is cut off.
    try:
        with Image.open(file) as image:
            yield image
    except RecordingError:
        raise
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:  # as Pillow's decoders have it
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        reason = "no image" if "cannot identify" in reason else reason
        raise RecordingError(f"{path}: damaged or unreadable image ({reason})") from error

"""PNG where time matters more than size: no compression at all, or the lightest that is worth its time.

OpenCV's encoder tries filters row by row and takes 25 ms for a 640x480 pair of colour and depth at its level 1, and
14 ms at level 0. With one filter for all rows and runs of equal bytes only, 14 ms give files as small as its level 1;
stored, 3 ms (docs/recording.md).
"""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIGNATURE = b"\x89PNG\r\n\x1a\n"
NO_FILTER, SUB_FILTER = 0, 1  # PNG specification, section 9.2: as it is, or less the pixel to the left
_GREY, _RGB = 0, 2  # colour types


def stored_png(image: NDArray[Any]) -> bytes:
    """(H, W, 3) uint8 RGB or (h, w) uint16 as a PNG whose data are not compressed."""
    return _png(image, zlib.compress(_filtered(image, NO_FILTER).data, 0))


def light_png(image: NDArray[Any]) -> bytes:
    """The same, lightly compressed."""
    compressor = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    return _png(image, compressor.compress(_filtered(image, SUB_FILTER).data) + compressor.flush())


def _filtered(image: NDArray[Any], kind: int) -> NDArray[np.uint8]:
    """(H, 1 + bytes of a row) uint8: each row of big-endian samples behind the number of its filter."""
    samples = image if image.dtype == np.uint8 else image.astype(">u2")
    pixels = np.ascontiguousarray(samples).view(np.uint8).reshape(image.shape[0], image.shape[1], -1)
    rows = np.empty((image.shape[0], 1 + image.shape[1] * pixels.shape[2]), np.uint8)
    rows[:, 0] = kind
    out = rows[:, 1:].reshape(pixels.shape)
    if kind == NO_FILTER:
        out[:] = pixels
    else:
        out[:, :1] = pixels[:, :1]
        np.subtract(pixels[:, 1:], pixels[:, :-1], out=out[:, 1:])
    return rows


def _png(image: NDArray[Any], data: bytes) -> bytes:
    height, width = image.shape[:2]
    color_type, bits = (_RGB, 8) if image.ndim == 3 else (_GREY, 16)
    header = struct.pack(">IIBBBBB", width, height, bits, color_type, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))

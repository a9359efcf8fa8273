"""Recorded images to arrays and back: PNG and raw, checked against the expected size before anything is decoded."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sensors.recordings.pairing import StreamName
from sensors.recordings.png_writer import SIGNATURE, light_png, stored_png
from sensors.recordings.wire import WireReader

PNG_END = b"IEND\xaeB`\x82"
# Bits per sample and PNG colour type (2 = RGB, 0 = grey), by stream.
_PNG_LAYOUT: dict[StreamName, tuple[int, int]] = {"color": (8, 2), "depth": (16, 0)}
_RAW_ENCODINGS: dict[StreamName, tuple[str, ...]] = {"color": ("rgb8", "bgr8"), "depth": ("mono16", "16uc1", "z16")}
_RECORD_AS: dict[StreamName, str] = {"color": "RGB8 or BGR8", "depth": "Z16"}
_STREAM_WORDS: dict[StreamName, str] = {"color": "colour", "depth": "depth"}
_BYTES_PER_PIXEL: dict[StreamName, int] = {"color": 3, "depth": 2}


def decode_png(stream: StreamName, png: memoryview, width: int, height: int) -> NDArray[Any]:
    """(height, width, 3) uint8 RGB or (height, width) uint16; raises ValueError when damaged or of another size."""
    word = _STREAM_WORDS[stream]
    if len(png) < 33 or bytes(png[:8]) != SIGNATURE or bytes(png[12:16]) != b"IHDR":
        raise ValueError(f"the {word} image is damaged (no PNG)")
    png_width, png_height, bits, color_type = struct.unpack(">IIBB", png[16:26])
    if (png_width, png_height) != (width, height) or (bits, color_type) != _PNG_LAYOUT[stream]:
        raise ValueError(
            f"the {word} image is damaged: expected {width}x{height}, {_PNG_LAYOUT[stream][0]} bit, "
            f"got {png_width}x{png_height}, {bits} bit"
        )
    if bytes(png[-len(PNG_END) :]) != PNG_END:
        raise ValueError(f"the {word} image is damaged (the PNG is cut off)")
    if not _checksums_agree(png):  # seen here, since the decoder would write its own line to stderr
        raise ValueError(f"the {word} image is damaged (a checksum of the PNG is wrong)")
    try:
        image = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise ValueError(f"the {word} image is damaged ({error.err})") from error
    if image is None or image.shape[:2] != (height, width):
        raise ValueError(f"the {word} image is damaged (the PNG cannot be decoded)")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if stream == "color" else image


def _checksums_agree(png: memoryview) -> bool:
    """Whether every chunk (PNG specification, section 5.3: length, type, data, CRC-32) is as it was written."""
    position = len(SIGNATURE)
    while position < len(png):
        end = position + 12 + int.from_bytes(png[position : position + 4], "big")
        if end > len(png) or zlib.crc32(png[position + 4 : end - 4]) != int.from_bytes(png[end - 4 : end], "big"):
            return False
        position = end
    return True


@dataclass(frozen=True, slots=True)
class RawImage:
    """A sensor_msgs/Image of ROS1 or ROS2; nothing in it is checked yet."""

    width: int
    height: int
    encoding: str
    big_endian: bool
    row_bytes: int
    data: memoryview

    @classmethod
    def read(cls, message: WireReader) -> RawImage:
        """From a message whose header has been read; raises ValueError where it ends too early."""
        height, width, encoding = message.u32(), message.u32(), message.text()
        return cls(width, height, encoding, bool(message.u8()), message.u32(), message.octets())


def decode_raw(stream: StreamName, raw: RawImage, width: int, height: int) -> NDArray[Any]:
    """Like decode_png, from plain rows."""
    require_encoding(stream, raw.encoding)
    row_bytes = width * _BYTES_PER_PIXEL[stream]
    fits = (raw.width, raw.height) == (width, height) and raw.row_bytes >= row_bytes and not raw.big_endian
    if not fits or len(raw.data) != raw.row_bytes * height:
        raise ValueError(
            f"the {_STREAM_WORDS[stream]} image is damaged: expected {width}x{height}, "
            f"got {raw.width}x{raw.height} in rows of {raw.row_bytes} bytes, {len(raw.data)} bytes in all"
        )
    rows = np.frombuffer(raw.data, np.uint8).reshape(height, raw.row_bytes)[:, :row_bytes]
    if stream == "depth":
        return np.ascontiguousarray(rows).view("<u2").astype(np.uint16)
    image = rows.reshape(height, width, 3)
    return image.copy() if raw.encoding.lower() == "rgb8" else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def require_encoding(stream: StreamName, encoding: str) -> None:
    """Raise ValueError for a format that cannot be turned into RGB or metric depth without loss."""
    if encoding.lower() not in _RAW_ENCODINGS[stream]:
        word, stored = _STREAM_WORDS[stream], f"is stored as {encoding}" if encoding else "does not say its format"
        raise ValueError(f"the {word} stream {stored}; record it as {_RECORD_AS[stream]}")


def encode_png(image: NDArray[Any], compression_level: int) -> bytes:
    """(H, W, 3) uint8 RGB or (h, w) uint16 as PNG, lossless; level 0 (fastest, not compressed) to 9 (smallest)."""
    if compression_level <= 1:
        return light_png(image) if compression_level else stored_png(image)
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, png = cv2.imencode(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, compression_level])
    if not done:
        raise ValueError(f"cannot encode an image of shape {image.shape} {image.dtype} as PNG")
    return png.tobytes()

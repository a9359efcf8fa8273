"""The two wire formats of recorded messages: ROS1 (packed) and ROS2 CDR (aligned, strings end in a zero byte).

Little-endian only; every length is checked against the data at hand before anything is allocated.
"""

from __future__ import annotations

import struct
from typing import Any

CDR_LITTLE_ENDIAN = b"\x00\x01\x00\x00"  # the encapsulation header; alignment counts from behind it


class WireReader:
    """Reads one message front to back; raises ValueError where the message ends too early or is not understood."""

    def __init__(self, data: bytes, *, cdr: bool) -> None:
        self._data = memoryview(data)
        self._cdr = cdr
        self._origin = self._position = len(CDR_LITTLE_ENDIAN) if cdr else 0
        if cdr and (len(data) < self._origin or bytes(self._data[:2]) != CDR_LITTLE_ENDIAN[:2]):
            raise ValueError("a message is damaged or of another format (not little-endian CDR)")

    @property
    def remaining(self) -> int:
        """Bytes not read yet."""
        return len(self._data) - self._position

    def u8(self) -> int:
        """An unsigned byte."""
        return self._number("<B", 1)

    def u32(self) -> int:
        """An unsigned 32-bit number."""
        return self._number("<I", 4)

    def f32(self) -> float:
        """A 32-bit float."""
        return self._number("<f", 4)

    def f64s(self, count: int) -> tuple[float, ...]:
        """64-bit floats; an empty array brings no padding."""
        if count * 8 > self.remaining:
            raise ValueError(f"a message is damaged (claims {count} numbers, has {self.remaining} bytes left)")
        return tuple(self._number("<d", 8) for _ in range(count))

    def text(self) -> str:
        """A string."""
        text = bytes(self.octets()).decode("utf-8", errors="replace")
        return text.rstrip("\x00") if self._cdr else text

    def octets(self) -> memoryview:
        """A byte array, not copied."""
        length = self.u32()
        return self._skip(length)

    def ros1_header(self) -> tuple[int, float]:
        """A std_msgs/Header of ROS1: sequence number and time stamp in seconds."""
        number, seconds, nanoseconds = self.u32(), self.u32(), self.u32()
        self.text()
        return number, seconds + 1e-9 * nanoseconds

    def ros2_header(self) -> float:
        """A std_msgs/Header of ROS2: time stamp in seconds."""
        seconds, nanoseconds = self.u32(), self.u32()
        self.text()
        return seconds + 1e-9 * nanoseconds

    def _number(self, code: str, size: int) -> Any:
        if self._cdr:
            self._skip(-(self._position - self._origin) % size)
        return struct.unpack(code, self._skip(size))[0]

    def _skip(self, count: int) -> memoryview:
        if count > self.remaining:
            raise ValueError(f"a message is damaged (claims {count} bytes, has {self.remaining} left)")
        start, self._position = self._position, self._position + count
        return self._data[start : self._position]


class CdrWriter:
    """Writes one ROS2 CDR message; padding is zero, so that equal values give equal bytes."""

    def __init__(self) -> None:
        self._data = bytearray(CDR_LITTLE_ENDIAN)

    def u32(self, value: int) -> CdrWriter:
        """An unsigned 32-bit number."""
        self._data += b"\x00" * (-len(self._data) % 4)  # the 4-byte header keeps the alignment
        self._data += struct.pack("<I", value)
        return self

    def text(self, text: str) -> CdrWriter:
        """A string."""
        return self.octets(text.encode() + b"\x00")

    def octets(self, *parts: bytes) -> CdrWriter:
        """A byte array, given in parts."""
        self.u32(sum(len(part) for part in parts))
        for part in parts:
            self._data += part
        return self

    def message(self) -> bytes:
        """What was written."""
        return bytes(self._data)

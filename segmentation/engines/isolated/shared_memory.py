"""Memory in which frames, labels and scores go from one process to the other."""

from __future__ import annotations

import math
import mmap
import os
import weakref
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Largest elements first, so that each array begins where its type may.
_LAYOUT = (("depth_m", np.float32, 1), ("confidence", np.float16, 1), ("color", np.uint8, 3), ("labels", np.uint8, 1))
BYTES_PER_PIXEL = sum(np.dtype(kind).itemsize * channels for _, kind, channels in _LAYOUT)


class FrameArrays(NamedTuple):
    """Arrays in the shared memory: depth_m (H, W) float32, confidence (H, W) float16, color (H, W, 3) and labels uint8.

    The next frame is written into the same memory.
    """

    depth_m: NDArray[np.float32]
    confidence: NDArray[np.float16]
    color: NDArray[np.uint8]
    labels: NDArray[np.uint8]


class SharedMemory:
    """Bytes that two processes see, for one thing at a time.

    The memory has no name, only the numbers by which processes hold it: it is gone with the last of them, however they
    end, and needs neither a clean-up nor room in /dev/shm. file_number: of one made by another process.
    """

    def __init__(self, file_number: int | None = None) -> None:
        """Raises OSError."""
        self.file_number = os.memfd_create("rgbd-live") if file_number is None else file_number
        self._let_go = weakref.finalize(self, os.close, self.file_number)
        self._memory: mmap.mmap | None = None

    def array(self, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The memory as this array; makes room first. Raises OSError."""
        return np.ndarray(shape, np.float32, self.room(4 * math.prod(shape)))

    def frame(self, size: tuple[int, int]) -> FrameArrays:
        """The memory as a frame of this size (height, width); makes room first. Raises OSError."""
        height, width = size
        memory, start, arrays = self.room(height * width * BYTES_PER_PIXEL), 0, {}
        for name, kind, channels in _LAYOUT:
            shape = (height, width, channels) if channels > 1 else (height, width)
            arrays[name] = np.ndarray(shape, kind, memory, start)
            start += arrays[name].nbytes
        return FrameArrays(**arrays)

    def room(self, count: int) -> mmap.mmap:
        """At least so many bytes. Raises OSError."""
        if self._memory is None or len(self._memory) < count:
            if os.fstat(self.file_number).st_size < count:
                os.posix_fallocate(self.file_number, 0, count)  # now and not at a write, which would end the process
            self._memory = mmap.mmap(self.file_number, count)
        return self._memory

    def close(self) -> None:
        """Let go of it; arrays that somebody still holds stay valid."""
        self._let_go()
        self.file_number, self._memory = -1, None

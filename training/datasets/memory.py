"""Keeps decoded samples in memory, six bytes a pixel, shared by all worker processes."""

from __future__ import annotations

import mmap
import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from console.errors import UsageError
from sensors.prepared import PreparedArrays, PreparedSample

BYTES_PER_PIXEL = 6  # colour 3, depth 2, label 1
ALIGNMENT = 64
SHARE_OF_FREE = 0.8


class SampleMemory:
    """Fills itself as samples are asked for; processes that fork from this one fill and read the same memory.

    Processes started in another way get an empty one of their own. Raises UsageError where it would not fit.
    """

    def __init__(self, samples: Sequence[PreparedSample]) -> None:
        self._sizes = [(sample.intrinsics.height, sample.intrinsics.width) for sample in samples]
        _check_fits(self.bytes)
        self._take_memory()

    @property
    def bytes(self) -> int:
        """What the filled memory takes."""
        return int(self._starts()[-1])

    def read(self, position: int, decode: Callable[[], PreparedArrays]) -> PreparedArrays:
        """The sample at this position; `decode` is called the first time. The arrays must not be written to."""
        if not self._filled[position]:
            decoded = decode()
            # Two processes may do this at the same time: both write the same bytes.
            for kept, array in zip(self._views(position), _arrays(decoded), strict=True):
                kept[:] = array
            self._filled[position] = 1
        color, depth_steps, label = self._views(position)
        for view in (color, depth_steps, label):
            view.flags.writeable = False
        return PreparedArrays(color, depth_steps, label)

    def __getstate__(self) -> list[tuple[int, int]]:
        return self._sizes

    def __setstate__(self, sizes: list[tuple[int, int]]) -> None:
        self._sizes = sizes
        self._take_memory()

    def _take_memory(self) -> None:
        # Not /dev/shm, which containers keep small: anonymous memory is shared with forked processes all the same.
        self._memory = mmap.mmap(-1, max(1, self.bytes))
        self._flags = mmap.mmap(-1, max(1, len(self._sizes)))
        self._filled = np.frombuffer(self._flags, np.uint8)
        self._offsets = self._starts()

    def _starts(self) -> np.ndarray:
        sizes = np.array([height * width * BYTES_PER_PIXEL for height, width in self._sizes], np.int64)
        return np.concatenate([[0], np.cumsum(-(-sizes // ALIGNMENT) * ALIGNMENT)])

    def _views(self, position: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        height, width = self._sizes[position]
        pixels, start = height * width, int(self._offsets[position])
        depth_steps = np.frombuffer(self._memory, np.uint16, pixels, start)
        color = np.frombuffer(self._memory, np.uint8, 3 * pixels, start + 2 * pixels)
        label = np.frombuffer(self._memory, np.uint8, pixels, start + 5 * pixels)
        return color.reshape(height, width, 3), depth_steps.reshape(height, width), label.reshape(height, width)


def _arrays(arrays: PreparedArrays) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return arrays.color, arrays.depth_steps, arrays.label


def _check_fits(needed: int) -> None:
    free = free_memory()
    if free is not None and needed > SHARE_OF_FREE * free:
        raise UsageError(
            f"keeping the data in memory takes {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; leave out"
            " --cache ram"
        )


def free_memory() -> int | None:
    """Bytes that can be had without swapping; None where the system does not say."""
    info = Path("/proc/meminfo")
    found = re.search(r"^MemAvailable:\s+(\d+) kB", info.read_text(), re.MULTILINE) if info.exists() else None
    return int(found[1]) * 1024 if found else None

"""Frames on their way into a recording: a bounded queue that is encoded on several threads and keeps its order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from sensors.cores import usable_cores
from sensors.frames import RawFrame
from sensors.recordings.encoded_frame import EncodedFrame

MOST_BYTES = 256 << 20  # of images: 5 s of 640x480 at 30 frames/s, 2 s of 1280x720
MOST_THREADS = 4
USUAL_LEVEL, FASTEST_LEVEL = 1, 0
# Frames that wait to be encoded: from so many on they are stored as they are, until no more than so few wait. Frames
# that are encoded and wait for the disk do not count, for a slow disk needs small files.
HURRY_FROM, HURRY_UNTIL = 8, 2


def raw_bytes(raw: RawFrame) -> int:
    """What a frame's images take in memory."""
    return raw.color.nbytes + raw.depth_raw.nbytes


class EncodingQueue:
    """Takes raw frames on any thread and gives encoded ones, in order, on one.

    waits: put waits for room, and every frame is compressed, so that the same frames give the same bytes. Otherwise put
    says that there is no room, and frames are not compressed while too many wait.
    """

    def __init__(self, *, waits: bool, most_bytes: int) -> None:
        self.hurried = 0  # frames that were not compressed
        self._waits, self._most_bytes = waits, most_bytes
        self._changed = threading.Condition()
        self._futures: deque[tuple[int, Future[EncodedFrame]]] = deque()
        self._bytes = 0
        self._not_encoded = 0
        self._hurrying = False
        self._closed = False
        self._pool = ThreadPoolExecutor(min(MOST_THREADS, usable_cores()), thread_name_prefix="recorder")

    def put(self, raw: RawFrame) -> bool:
        """Queue a frame; False when there is no room for it, or the queue is closed."""
        size = raw_bytes(raw)
        with self._changed:
            while self._waits and not self._closed and not self._has_room(size):
                self._changed.wait()
            if self._closed or not self._has_room(size):
                return False
            self._bytes += size
            self._not_encoded += 1
            self._futures.append((size, self._pool.submit(self._encode, raw)))
            self._changed.notify_all()
        return True

    def __iter__(self) -> Iterator[EncodedFrame]:
        """Frames until the queue is closed and empty; a frame leaves when the next one is asked for."""
        while (head := self._next()) is not None:
            size, future = head
            yield future.result()
            with self._changed:
                self._bytes -= size
                self._changed.notify_all()

    def close(self) -> None:
        """Take no more; what is inside can still be had."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._pool.shutdown(wait=False)

    def drop(self) -> None:
        """Take no more, and let go what is inside."""
        self.close()
        with self._changed:
            self._futures.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _has_room(self, size: int) -> bool:
        return self._bytes == 0 or self._bytes + size <= self._most_bytes

    def _next(self) -> tuple[int, Future[EncodedFrame]] | None:
        with self._changed:
            while not self._futures and not self._closed:
                self._changed.wait()
            return self._futures.popleft() if self._futures else None

    def _encode(self, raw: RawFrame) -> EncodedFrame:
        try:
            return EncodedFrame.of(raw, self._level())
        finally:
            with self._changed:
                self._not_encoded -= 1

    def _level(self) -> int:
        with self._changed:
            if self._waits:
                return USUAL_LEVEL
            self._hurrying = self._not_encoded > (HURRY_UNTIL if self._hurrying else HURRY_FROM)
            self.hurried += self._hurrying
            return FASTEST_LEVEL if self._hurrying else USUAL_LEVEL

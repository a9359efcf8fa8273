"""The capture thread: takes frames from a source and leaves the newest in a mailbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from typing_extensions import Self

from app.mailbox import Mailbox
from sensors.frames import RawFrame
from sensors.source import FrameSource

WAIT_S = 0.05  # how long the main thread may go without looking at windows and signals
JOIN_S = 5.0
LONGEST_PAUSE_S = 2.0  # a hole in a recording's timestamps is not waited for in full


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePolicy:
    """How frames are passed on.

    drop: the newest frame wins, instead of the source waiting for the consumer. paced: not faster than the timestamps
    say. loop: begin again at the end. limit: at most so many frames, where none are dropped.
    """

    drop: bool
    paced: bool = False
    loop: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Captured:
    """A frame with the times (time.perf_counter()) at which reading it began and ended."""

    raw: RawFrame
    asked_s: float
    arrived_s: float


class Capture:
    """Runs an entered source on a thread of its own while inside the `with`; frames() gives its frames.

    What the source raises is raised from frames(). tap, called on the capture thread, sees every frame.
    """

    def __init__(
        self, source: FrameSource, policy: CapturePolicy, tap: Callable[[RawFrame], None] | None = None
    ) -> None:
        self.captured = 0
        self.first_s: float | None = None
        self._source, self._policy, self._tap = source, policy, tap
        self._mailbox: Mailbox[Captured] = Mailbox()
        self._stopping = threading.Event()
        self._error: Exception | None = None
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    @property
    def overwritten(self) -> int:
        """Frames that a newer one replaced before anyone took them."""
        return self._mailbox.overwritten

    def frames(self) -> Iterator[Captured | None]:
        """Frames until the source ends; None whenever none came for a while, so that the caller can look around."""
        while not self._mailbox.finished:
            yield self._mailbox.take(WAIT_S)
        if self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._mailbox.close()
        # A source may begin an iteration just after it was told to stop, so it is told until it listens.
        deadline_s = time.monotonic() + JOIN_S
        while self._thread.is_alive() and time.monotonic() < deadline_s:
            self._source.stop()
            self._thread.join(0.1)

    def _run(self) -> None:
        try:
            while self._play_once() and self._policy.loop and not self._stopping.is_set():
                pass
        except Exception as error:
            self._error = error
        finally:
            self._mailbox.close()

    def _play_once(self) -> bool:
        """Pass on the source's frames once; False when there were none or no more are wanted."""
        pace = Pace(self._stopping, catch_up=self._policy.drop)
        before, asked_s = self.captured, time.perf_counter()
        for raw in self._source:
            packet = Captured(raw, asked_s, time.perf_counter())
            self._count(packet)
            if self._policy.paced:
                pace.wait(raw.timestamp_s)
            if not self._mailbox.put(packet, wait=not self._policy.drop) or self._is_enough():
                return False
            asked_s = time.perf_counter()
        return self.captured > before

    def _count(self, packet: Captured) -> None:
        self.captured += 1
        if self.first_s is None:
            self.first_s = packet.arrived_s
        if self._tap is not None:
            self._tap(packet.raw)

    def _is_enough(self) -> bool:
        return not self._policy.drop and self._policy.limit is not None and self.captured >= self._policy.limit


class Pace:
    """Holds frames back until their timestamps, counted from the first, have passed.

    catch_up: frames after a late one come sooner, so that the play keeps to the clock; else they keep their distance.
    """

    def __init__(self, stopping: threading.Event, *, catch_up: bool) -> None:
        self._stopping, self._catch_up = stopping, catch_up
        self._due_s = time.monotonic()
        self._last_timestamp_s: float | None = None

    def wait(self, timestamp_s: float) -> None:
        """Sleep until this frame is due."""
        if self._last_timestamp_s is not None:
            step_s = min(max(timestamp_s - self._last_timestamp_s, 0.0), LONGEST_PAUSE_S)
            self._due_s += step_s
        self._last_timestamp_s = timestamp_s
        late_s = time.monotonic() - self._due_s
        if late_s < 0:
            self._stopping.wait(-late_s)
        elif late_s > LONGEST_PAUSE_S or not self._catch_up:
            self._due_s = time.monotonic()

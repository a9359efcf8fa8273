"""The capture thread: takes frames from a source and leaves the newest in a mailbox."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from typing_extensions import Self

from app.controls import Controls
from app.mailbox import Mailbox
from app.progress import Progress
from sensors.frames import RawFrame
from sensors.source import FrameSource, SeekableSource

WAIT_S = 0.05  # how long the main thread may go without looking at windows and signals
JOIN_S = 5.0
LONGEST_PAUSE_S = 2.0  # a hole in a recording's timestamps is not waited for in full


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePolicy:
    """How frames are passed on.

    drop: the newest frame wins, instead of the source waiting for the consumer. paced: not faster than the timestamps
    say.
    """

    drop: bool
    paced: bool = False


@dataclass(frozen=True, slots=True)
class Captured:
    """A frame with the times (time.perf_counter()) at which reading it began and ended.

    seeks: as Controls.seeks was when the iteration that gave it began.
    """

    raw: RawFrame
    asked_s: float
    arrived_s: float
    seeks: int


class Capture:
    """Runs an entered source on a thread of its own while inside the `with`; take() gives its frames.

    progress: counts what comes and what is lost. tap, called on the capture thread, sees every frame. limit: frames
    after which it is enough, where none are dropped.
    """

    def __init__(
        self,
        source: FrameSource,
        policy: CapturePolicy,
        controls: Controls,
        progress: Progress,
        *,
        tap: Callable[[RawFrame], None] | None = None,
        limit: int | None = None,
    ) -> None:
        self._source, self._policy, self._controls, self._progress = source, policy, controls, progress
        self._tap, self._limit = tap, limit
        self._mailbox: Mailbox[Captured] = Mailbox()
        self._stopping, self._hurry = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        controls.when_sought(self._let_go)

    def take(self, timeout_s: float) -> Captured | None:
        """The next frame, or None when none came in time or none will come any more."""
        return self._mailbox.take(timeout_s)

    @property
    def finished(self) -> bool:
        """Whether all frames are out; raises what the source raised."""
        return self._mailbox.finished

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._hurry.set()
        self._mailbox.close()
        # A source may begin an iteration just after it was told to stop, so it is told until it listens.
        deadline_s = time.monotonic() + JOIN_S
        while self._thread.is_alive() and time.monotonic() < deadline_s:
            self._source.stop()
            self._thread.join(0.1)

    def _let_go(self) -> None:
        self._hurry.set()
        self._mailbox.clear()

    def _run(self) -> None:
        failure: Exception | None = None
        try:
            position: int | None = 0
            while position is not None:
                position = self._play_from(position)
        except Exception as error:
            failure = error
        finally:
            self._progress.sdk_gaps = self._source.gaps
            self._mailbox.close(failure)

    def _play_from(self, position: int) -> int | None:
        """Pass on the source's frames from a position on; where to go on after that, None for not at all."""
        before = self._progress.captured
        wants_more = self._pass_on(self._frames_from(position))
        if self._stopping.is_set() or not wants_more:
            return None
        if not self._controls.is_seeking and self._progress.captured == before:
            # Nothing there: looping over it would never end, or frames that find no partner made the count too high.
            return None if position == 0 else position - 1 - position // 100
        while not self._controls.goes_on_at_end(WAIT_S):
            if not self._controls.stays or self._stopping.is_set():
                return None
        return self._controls.take_target() or 0

    def _frames_from(self, position: int) -> Iterator[RawFrame]:
        if isinstance(self._source, SeekableSource):
            return self._source.frames_from(position)
        return iter(self._source)

    def _pass_on(self, frames: Iterator[RawFrame]) -> bool:
        """Pass frames on until they end or another position is sought; False when no more are wanted."""
        if not self._stopping.is_set():
            self._hurry.clear()
        pace = Pace(self._hurry, catch_up=self._policy.drop)
        seeks, asked_s = self._controls.seeks, time.perf_counter()
        for raw in frames:
            if self._controls.is_seeking:
                break
            packet = Captured(raw, asked_s, time.perf_counter(), seeks)
            self._count(packet)
            if self._policy.paced:
                pace.wait(raw.timestamp_s, speed=self._controls.speed)
            holds = self._controls.paused and not self._source.info.live
            if not self._mailbox.put(packet, wait=holds or not self._policy.drop) or self._is_enough():
                return False
            self._progress.overwritten = self._mailbox.overwritten
            if holds:
                pace.restart()
            asked_s = time.perf_counter()
        return True

    def _count(self, packet: Captured) -> None:
        progress = self._progress
        progress.captured += 1
        progress.sdk_gaps = self._source.gaps
        if progress.first_frame_s is None:
            progress.first_frame_s = packet.arrived_s
        if self._tap is not None:
            self._tap(packet.raw)

    def _is_enough(self) -> bool:
        # A seek throws away frames that were captured, so from then on only results can be counted.
        counts = self._limit is not None and not self._policy.drop and not self._controls.seeks
        return counts and self._progress.captured >= (self._limit or 0)


class Pace:
    """Holds frames back until their timestamps, counted from the first, have passed.

    hurry: an event that ends any wait. catch_up: frames after a late one come sooner, so that the play keeps to the
    clock; else they keep their distance.
    """

    def __init__(self, hurry: threading.Event, *, catch_up: bool) -> None:
        self._hurry, self._catch_up = hurry, catch_up
        self._due_s = time.monotonic()
        self._last_timestamp_s: float | None = None

    def wait(self, timestamp_s: float, *, speed: float = 1.0) -> None:
        """Sleep until this frame is due; speed: seconds of the recording that pass in one."""
        if self._last_timestamp_s is not None:
            step_s = min(max(timestamp_s - self._last_timestamp_s, 0.0), LONGEST_PAUSE_S) / speed
            self._due_s += step_s
        self._last_timestamp_s = timestamp_s
        late_s = time.monotonic() - self._due_s
        if late_s < 0:
            self._hurry.wait(-late_s)
        elif late_s > LONGEST_PAUSE_S or not self._catch_up:
            self.restart()

    def restart(self) -> None:
        """Take the last frame as just in time, however late it was."""
        self._due_s = time.monotonic()

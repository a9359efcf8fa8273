"""How often a picture may be drawn anew, so that drawing leaves the processor to the frames."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SHARE = 0.10  # of the machine's processor time
SHARE_BY_HAND = 0.5  # while someone turns the cloud or moves a slider
SHORTEST_S = 1 / 30
LONGEST_WAIT_S = 10.0  # however dear a drawing is, nobody thinks that the picture has died
RATE_OVER_S = 10.0


def machine_cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


class DrawBudget:
    """Spaces redraws out so that they take at most SHARE of all cores' time. For one thread only.

    A drawing that took the processor c seconds, summed over the cores, is followed by none for c / (cores * SHARE).
    """

    def __init__(
        self,
        *,
        cores: int | None = None,
        clock_s: Callable[[], float] = time.perf_counter,
        thread_s: Callable[[], float] = time.thread_time,
    ) -> None:
        self._cores = cores or machine_cores()
        self._clock_s, self._thread_s = clock_s, thread_s
        self._last_s = self._due_s = self._by_hand_due_s = -LONGEST_WAIT_S
        self._drawn_s: deque[float] = deque()
        self.spent_s = 0.0  # processor seconds of all drawings so far

    def is_due(self, *, by_hand: bool = False) -> bool:
        """Whether to draw now; by_hand: someone has just done something and waits to see it."""
        return self._clock_s() >= (self._by_hand_due_s if by_hand else self._due_s)

    @contextmanager
    def drawing(self) -> Iterator[None]:
        """Count this thread's processor time for what is drawn inside."""
        began_s = self._thread_s()
        try:
            yield
        finally:
            self.count(self._thread_s() - began_s)

    def count(self, spent_s: float) -> None:
        """Count a drawing that is finished and took the processor so long, summed over the cores."""
        now_s = self._clock_s()
        self.spent_s += spent_s
        self._last_s = now_s
        wait_s = max(SHORTEST_S, spent_s / (self._cores * SHARE))
        # Drawings by hand run up a debt; it ends with LONGEST_WAIT_S.
        self._due_s = min(max(self._due_s, now_s) + wait_s, now_s + LONGEST_WAIT_S)
        self._by_hand_due_s = now_s + max(SHORTEST_S, spent_s / (self._cores * SHARE_BY_HAND))
        self._drawn_s.append(now_s)

    @property
    def rate_hz(self) -> float:
        """Drawings a second over the last RATE_OVER_S; while there are few, what the last one allows."""
        now_s = self._clock_s()
        while self._drawn_s and self._drawn_s[0] < now_s - RATE_OVER_S:
            self._drawn_s.popleft()
        if len(self._drawn_s) < 2:
            return 1 / max(self._due_s - self._last_s, SHORTEST_S)
        return (len(self._drawn_s) - 1) / max(self._drawn_s[-1] - self._drawn_s[0], 1e-9)

"""What the page costs: the painting thread's processor time, and the sending thread's."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.viewers.draw_budget import DrawBudget, machine_cores
from app.viewers.web.words import Effort

OVER_S = 10.0


class Spending:
    """Counts both against a budget. sender_s: processor seconds of the sending thread so far."""

    def __init__(self, budget: DrawBudget, sender_s: Callable[[], float]) -> None:
        self.budget, self._sender_s = budget, sender_s
        self._sent_s = sender_s()
        self._spent: deque[tuple[float, float]] = deque([(time.monotonic(), 0.0)])

    @contextmanager
    def painting(self) -> Iterator[None]:
        """Count what is painted inside, and what was sent since the last time."""
        began_s = time.thread_time()
        try:
            yield
        finally:
            sent_s = self._sender_s()
            self.budget.count(time.thread_time() - began_s + max(0.0, sent_s - self._sent_s))
            self._sent_s = sent_s
            self._spent.append((time.monotonic(), self.budget.spent_s))

    def effort(self) -> Effort:
        """Of the last OVER_S."""
        now_s = time.monotonic()
        while len(self._spent) > 1 and self._spent[1][0] < now_s - OVER_S:
            self._spent.popleft()
        began_s, before_s = self._spent[0]
        share = (self._spent[-1][1] - before_s) / max(now_s - began_s, 0.1) / machine_cores()
        return Effort(self.budget.rate_hz if len(self._spent) > 1 else 0.0, share)

"""How far a training run is: by its batches, by its time budget, whichever is further."""

from __future__ import annotations

import time


class Clock:
    """Seconds of training, those before an interruption included."""

    def __init__(self) -> None:
        self.before_s = 0.0
        self._started_s = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        """Seconds so far."""
        return self.before_s + time.monotonic() - self._started_s

    def go_on_from(self, seconds: float) -> None:
        """Count on from what an earlier part of the run took."""
        self.before_s = seconds
        self._started_s = time.monotonic()


def share_done(batch: int, batches: float, elapsed_s: float, budget_s: float) -> float:
    """The share of the run that is behind, 0..1. batches: of all epochs, may be infinite; as may budget_s."""
    return min(max(batch / batches, elapsed_s / budget_s), 1.0)

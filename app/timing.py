"""How long each stage of the frame path takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

STAGES: tuple[str, ...] = ("capture", "align", "preprocess", "inference", "postprocess", "smooth", "total", "render")
PERCENTILES = (50, 95, 99)
KEPT = 1 << 16  # the newest so many frames count: memory stays flat however long the program runs


class StageTimes:
    """Milliseconds per frame of every stage, the newest KEPT of each."""

    def __init__(self) -> None:
        self._ms = {stage: np.zeros(KEPT, np.float32) for stage in STAGES}
        self._counts = dict.fromkeys(STAGES, 0)

    def add(self, stage: str, ms: float) -> None:
        """Count one frame's time in a stage."""
        self._ms[stage][self._counts[stage] % KEPT] = ms
        self._counts[stage] += 1

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Count the time spent inside."""
        started_s = time.perf_counter()
        yield
        self.add(stage, (time.perf_counter() - started_s) * 1e3)

    def percentiles(self, stage: str) -> dict[str, float | None]:
        """{"p50", "p95", "p99"} in milliseconds, None while nothing was counted."""
        values = self._ms[stage][: self._counts[stage]]
        if not len(values):
            return {f"p{percent}": None for percent in PERCENTILES}
        found = np.percentile(values, PERCENTILES)
        return {f"p{percent}": round(float(ms), 3) for percent, ms in zip(PERCENTILES, found, strict=True)}

    def summary(self) -> dict[str, dict[str, float | None]]:
        """The percentiles of every stage."""
        return {stage: self.percentiles(stage) for stage in STAGES}


class FrameRate:
    """Frames per second over the last few frames, for showing."""

    def __init__(self, over: int = 15) -> None:
        self._over = over
        self._ticks_s: list[float] = []

    def tick(self) -> float:
        """Count a frame; returns the present rate, 0 for the first frame."""
        self._ticks_s = [*self._ticks_s[-self._over :], time.monotonic()]
        span_s = self._ticks_s[-1] - self._ticks_s[0]
        return (len(self._ticks_s) - 1) / span_s if span_s > 0 else 0.0

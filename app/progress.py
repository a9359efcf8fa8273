"""The counters of a run."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from app.timing import StageTimes


@dataclass(slots=True, kw_only=True)
class Progress:
    """What has happened so far. Times are time.perf_counter() seconds, None before the event."""

    captured: int = 0
    overwritten: int = 0
    segmented: int = 0
    shown: int = 0
    sdk_gaps: int = 0
    without_depth: int = 0
    first_frame_s: float | None = None
    first_result_s: float | None = None
    last_result_s: float | None = None
    times: StageTimes = field(default_factory=StageTimes)
    positions: array[int] = field(default_factory=lambda: array("q"))
    frame_numbers: array[int] = field(default_factory=lambda: array("q"))

    @property
    def fps(self) -> float | None:
        """Segmented frames over the time from the first frame out of the source to the last result."""
        if self.first_frame_s is None or self.last_result_s is None:
            return None
        return self.segmented / max(self.last_result_s - self.first_frame_s, 1e-9)

    @property
    def losses(self) -> dict[str, int]:
        """Frames lost so far by cause, where there are any."""
        causes = {"overwritten by newer ones": self.overwritten, "missing from the source": self.sdk_gaps}
        return {cause: count for cause, count in causes.items() if count}

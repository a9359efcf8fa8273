"""What is measured, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Percentiles = Mapping[str, float | None]  # "p50", "p95", "p99" in milliseconds


@dataclass(frozen=True, slots=True)
class Case:
    """One engine with one model."""

    engine: str
    model: str

    def __str__(self) -> str:
        return f"{self.engine}, {self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What really ran. gpu: its name where it ran on one."""

    device: str
    precision: str
    trained: bool
    gpu: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process measured, warm-up frames left out.

    fps: results over the time from the first frame to the last result. stages_ms: by stage as in `--stats`, the render
    stage being the overlay that is painted. counters: as in `--stats`. startup_s, first_mask_s: from the start of the
    process until source and network are open, and until the first overlay is painted. peak_mb: the most resident memory
    of the process and of those it started, in units of 2**20 bytes. cpu_ms: processor time of all threads a frame.
    others_cores: how many cores other programs kept busy meanwhile, None where the system does not tell.
    engine_changes: what the engine fell back to, in words, as where a GPU had no memory left; then the times are those
    of several ways.
    """

    fps: float
    stages_ms: Mapping[str, Percentiles]
    counters: Mapping[str, int]
    startup_s: float
    first_mask_s: float
    peak_mb: float
    cpu_ms: float
    others_cores: float | None
    engine_changes: Sequence[str]


@dataclass(slots=True, kw_only=True)
class Tally:
    """A case and its runs so far.

    refused: why there are none, or no more, in one line. first_start_s: until the first overlay of the very first
    start, which may build what later starts find in the cache. setup: None while nothing ran.
    """

    case: Case
    runs: list[Run] = field(default_factory=list)
    setup: Setup | None = None
    first_start_s: float | None = None
    refused: str | None = None

"""What the benchmarks share: interleaved medians in one process, and a line that says where they were taken."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from app.bench.machine import cpu_name

THREADS = 2


def medians_ms(
    ways: Mapping[str, Callable[[], object]], repeats: int = 30, clock: Callable[[], float] = time.perf_counter
) -> dict[str, float]:
    """The median milliseconds of each way; the ways take turns, so that a busy moment meets all of them.

    clock: time.process_time counts the processor time of all threads, which other programs disturb less.
    """
    samples: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(repeats):
        for name, way in ways.items():
            started_s = clock()
            way()
            samples[name].append(1e3 * (clock() - started_s))
    return {name: statistics.median(taken) for name, taken in samples.items()}


def print_heading(what: str, threads: int = THREADS) -> None:
    """What is measured, on which processor, by which command."""
    print(f"{what}\n{cpu_name()}; {threads} thread{'s' * (threads > 1)}; python benchmarks/{Path(sys.argv[0]).name}")

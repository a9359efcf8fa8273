"""What the user hears while a grid runs: when a run begins and ends, how far it is, and how long all will take."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from console.say import say
from training.ablate.runs.files import Result, read_history, read_result
from training.ablate.runs.plan import PlannedRun
from training.outputs import RunFiles
from training.recipes import RECIPES

LINE_EVERY_S = 60.0


class GridProgress:
    """runs: all of the grid, in order. results: of those that were finished before."""

    def __init__(self, runs: Sequence[PlannedRun], results: Mapping[PlannedRun, Result], parallel: int) -> None:
        self._runs, self._results, self._parallel = runs, dict(results), parallel
        self._failed: set[PlannedRun] = set()
        self._said_s = time.monotonic()

    def begin(self, run: PlannedRun) -> None:
        """A run begins."""
        say(f"run {self._runs.index(run) + 1} of {len(self._runs)}: {run.name}")

    def end(self, run: PlannedRun, result: Result | None, reason: str = "") -> None:
        """A run has ended; reason: why it has no result."""
        if result is None:
            self._failed.add(run)
            say(f"{run.name}: FAILED: {reason}; see {run.folder / 'log.txt'}")
            return
        self._results[run] = result
        best = f"(best {result.best_miou:.4f} in epoch {result.best_epoch})"
        say(f"{run.name}: mIoU {result.miou:.4f} {best}, {span(result.seconds)}; {self._left([])}")

    def watch(self, under_way: Sequence[PlannedRun]) -> None:
        """Say now and then how far those under way are."""
        if time.monotonic() - self._said_s < LINE_EVERY_S or not under_way:
            return
        self._said_s = time.monotonic()
        say(f"{'; '.join(_state(run) for run in under_way)}; {self._left(under_way)}")

    def _left(self, under_way: Sequence[PlannedRun]) -> str:
        """How many runs are left and for how long, judged by those that are finished."""
        left = [run for run in self._runs if run not in self._results and run not in self._failed]
        if not left:
            return "all runs have ended"
        typical_s = self._typical_s()
        if typical_s is None:
            return f"{len(left)} of {len(self._runs)} runs left"
        seconds = sum(self._seconds(run, typical_s) for run in left) - sum(_spent_s(run) for run in under_way)
        return f"{len(left)} of {len(self._runs)} runs left, about {span(max(0.0, seconds) / self._parallel)}"

    def _typical_s(self) -> float | None:
        times = [result.seconds for result in self._results.values()]
        return sum(times) / len(times) if times else None

    def _seconds(self, run: PlannedRun, typical_s: float) -> float:
        """As long as the same variant took with another seed, else as long as runs take."""
        same = [result.seconds for other, result in self._results.items() if other.variant.name == run.variant.name]
        return sum(same) / len(same) if same else typical_s


def finished(runs: Sequence[PlannedRun]) -> dict[PlannedRun, Result]:
    """Those with a result."""
    results = ((run, read_result(run.folder)) for run in runs)
    return {run: result for run, result in results if result is not None}


def span(seconds: float) -> str:
    """Seconds in a unit that fits."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _state(run: PlannedRun) -> str:
    history = read_history(RunFiles(run.folder).history)
    scored = [row["miou"] for row in history if row["miou"]]
    score = f", mIoU {float(scored[-1]):.4f}" if scored else ""
    epochs = run.options.epochs or RECIPES[run.options.recipe].epochs
    of = f" of {epochs}" if epochs else ""  # a recipe may count batches instead
    return f"{run.name}: {len(history)}{of} epochs{score}"


def _spent_s(run: PlannedRun) -> float:
    history = read_history(RunFiles(run.folder).history)
    return float(history[-1]["seconds"]) if history else 0.0

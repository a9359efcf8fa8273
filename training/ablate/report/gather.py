"""The runs of a grid as their folders tell of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.ablate.runs.files import Result, read_result
from training.ablate.runs.plan import RUNS, run_folder
from training.ablate.variants import VARIANTS

SEED_PREFIX = "seed-"
NOT_FINISHED = "not finished"


@dataclass(frozen=True, slots=True)
class GridRun:
    """A run. result: None where there is none; missing: then why."""

    variant: str
    seed: int
    folder: Path
    result: Result | None
    missing: str = ""


def gather(out: Path, asked: Iterable[tuple[str, int]], failed: Mapping[tuple[str, int], str]) -> list[GridRun]:
    """All runs that were asked for now or begun earlier, by importance of their variant and by seed.

    asked, failed: by variant and seed; failed with the reason.
    """
    runs = sorted({*asked, *_begun(out)}, key=lambda run: (list(VARIANTS).index(run[0]), run[1]))
    return [_grid_run(out, variant, seed, failed.get((variant, seed), NOT_FINISHED)) for variant, seed in runs]


def results_of(runs: Sequence[GridRun], variant: str) -> dict[int, Result]:
    """The results of a variant by seed."""
    return {run.seed: run.result for run in runs if run.variant == variant and run.result is not None}


def _grid_run(out: Path, variant: str, seed: int, reason: str) -> GridRun:
    folder = run_folder(out, variant, seed)
    result = read_result(folder)
    return GridRun(variant, seed, folder, result, "" if result is not None else reason)


def _begun(out: Path) -> Iterable[tuple[str, int]]:
    for folder in (out / RUNS).glob(f"*/{SEED_PREFIX}*"):
        seed = folder.name.removeprefix(SEED_PREFIX)
        if folder.parent.name in VARIANTS and seed.isdecimal():
            yield folder.parent.name, int(seed)

"""Means and spreads over seeds, and differences between variants that were trained with the same seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from training.ablate.report.gather import GridRun, results_of
from training.ablate.runs.files import Result
from training.ablate.variants import FULL, VARIANTS

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Spread:
    """Numbers, one a seed. sd: with n - 1 in the denominator; None for fewer than two."""

    count: int
    mean: float
    sd: float | None

    @property
    def half_width(self) -> float | None:
        """Half of Student's 95 % interval of the mean; None where no spread is known."""
        return self._half_width_among(1)

    @property
    def excludes_zero(self) -> bool:
        """Whether that interval leaves out zero."""
        return self.excludes_zero_among(1)

    def excludes_zero_among(self, intervals: int) -> bool:
        """The same, with so many intervals made wide enough that all hold at once in 95 % of cases (Bonferroni)."""
        half = self._half_width_among(intervals)
        return half is not None and abs(self.mean) > half

    def _half_width_among(self, intervals: int) -> float | None:
        if self.sd is None:
            return None
        from scipy.special import stdtrit

        outside = (1 - CONFIDENCE) / intervals
        return float(stdtrit(self.count - 1, 1 - outside / 2)) * self.sd / math.sqrt(self.count)


@dataclass(frozen=True, slots=True)
class Summary:
    """A variant over its seeds. Scores are shares, 0..1.

    delta: its mIoU minus the full operator's, seed by seed, over the seeds that both have; None where there is none.
    pixel_accuracy_delta, val_loss_delta: the same of these.
    """

    variant: str
    miou: Spread
    best_miou: Spread
    pixel_accuracy: Spread
    val_loss: Spread
    parameters: int
    seconds: float
    delta: Spread | None
    pixel_accuracy_delta: Spread | None
    val_loss_delta: Spread | None


def spread(values: Sequence[float]) -> Spread:
    """Of at least one number."""
    return Spread(len(values), statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


def summaries(runs: Sequence[GridRun]) -> list[Summary]:
    """Of every variant that has a finished run, by importance."""
    full = results_of(runs, FULL.name)
    found = {variant: results_of(runs, variant) for variant in VARIANTS}
    return [_summary(variant, results, full) for variant, results in found.items() if results]


def _summary(variant: str, results: Mapping[int, Result], full: Mapping[int, Result]) -> Summary:
    values = list(results.values())
    pairs = [(result, full[seed]) for seed, result in results.items() if seed in full]
    return Summary(
        variant=variant,
        miou=spread([result.miou for result in values]),
        best_miou=spread([result.best_miou for result in values]),
        pixel_accuracy=spread([result.pixel_accuracy for result in values]),
        val_loss=spread([result.val_loss for result in values]),
        parameters=values[0].parameters,
        seconds=statistics.fmean(result.seconds for result in values),
        delta=_difference([(one.miou, whole.miou) for one, whole in pairs]),
        pixel_accuracy_delta=_difference([(one.pixel_accuracy, whole.pixel_accuracy) for one, whole in pairs]),
        val_loss_delta=_difference([(one.val_loss, whole.val_loss) for one, whole in pairs]),
    )


def _difference(pairs: Sequence[tuple[float, float]]) -> Spread | None:
    return spread([one - whole for one, whole in pairs]) if pairs else None

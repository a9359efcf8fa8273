"""The figures for programs: a line for each variant, and a line for each run. Scores are shares, 0..1."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from training.ablate.report.gather import GridRun
from training.ablate.report.spread import Spread, Summary

SUMMARY_COLUMNS = (
    "variant", "miou_mean", "miou_sd", "delta", "delta_sd", "delta_half_width", "seeds", "paired_seeds",
    "best_miou_mean", "best_miou_sd", "pixel_accuracy_mean", "pixel_accuracy_delta", "val_loss_mean", "val_loss_delta",
    "parameters", "seconds_mean",
)  # fmt: skip
RUN_COLUMNS = (
    "variant", "seed", "miou", "pixel_accuracy", "val_loss", "best_miou", "best_epoch", "epochs", "parameters",
    "seconds", "missing",
)  # fmt: skip


def summary_sheet(summaries: Sequence[Summary]) -> bytes:
    """ablation.csv: delta is the mean of the paired differences to the full operator, with half its 95 % interval."""
    return sheet(SUMMARY_COLUMNS, (_summary_line(summary) for summary in summaries))


def run_sheet(runs: Sequence[GridRun]) -> bytes:
    """ablation_runs.csv: missing says why a run has no figures."""
    return sheet(RUN_COLUMNS, ([run.variant, run.seed, *_run_figures(run), run.missing] for run in runs))


def sheet(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> bytes:
    """CSV with a head; None is an empty field."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_figure(value) for value in line] for line in lines)
    return table.getvalue().encode()


def _summary_line(summary: Summary) -> list[object]:
    delta = summary.delta
    differences = [delta.mean, delta.sd, delta.half_width] if delta else [None] * 3
    return [
        summary.variant, summary.miou.mean, summary.miou.sd, *differences, summary.miou.count,
        delta.count if delta else 0, summary.best_miou.mean, summary.best_miou.sd, summary.pixel_accuracy.mean,
        _mean(summary.pixel_accuracy_delta), summary.val_loss.mean, _mean(summary.val_loss_delta), summary.parameters,
        summary.seconds,
    ]  # fmt: skip


def _mean(spread: Spread | None) -> float | None:
    return None if spread is None else spread.mean


def _run_figures(run: GridRun) -> list[object]:
    result = run.result
    if result is None:
        return [None] * 8
    return [
        result.miou, result.pixel_accuracy, result.val_loss, result.best_miou, result.best_epoch, result.epochs,
        result.parameters, result.seconds,
    ]  # fmt: skip


def _figure(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value

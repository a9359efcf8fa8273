"""ablation.png: the variants by ablation, every seed as a point, and their differences to the full operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from training.ablate.report.gather import GridRun, results_of
from training.ablate.report.spread import Spread, Summary
from training.ablate.variants import ABLATIONS, FULL
from training.evaluate.pictures.figure import new_figure, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

POINT, MEAN, REFERENCE = "#6f94c4", "#1d3557", "0.75"
BEYOND, WITHIN = "#c8442b", "0.45"  # differences larger than the spread, and the others
GAP = 0.8  # between two ablations, in lines
BELOW = 5.5  # from the axes to the legend, in its font's sizes: room for the axes' label


@dataclass(frozen=True, slots=True)
class Line:
    """A variant's place. heading: of the ablation that begins with it."""

    summary: Summary
    y: float
    heading: str = ""


def ablation_picture(runs: Sequence[GridRun], summaries: Sequence[Summary], title: str) -> bytes | None:
    """None where there is nothing to draw yet."""
    lines = place_lines(summaries)
    if not lines:
        return None
    figure = new_figure(11, 2.0 + 0.42 * lines[-1].y)
    scores, differences = figure.subplots(1, 2, sharey=True)
    _draw_scores(scores, runs, lines)
    _draw_differences(differences, runs, lines)
    scores.set_yticks([line.y for line in lines], [line.summary.variant for line in lines])
    scores.set_ylim(lines[-1].y + 0.7, -0.9)
    figure.suptitle(title, fontsize=11)
    return png(figure)


def place_lines(summaries: Sequence[Summary]) -> list[Line]:
    """The full operator on top, then the others by ablation with room for its name."""
    found = {summary.variant: summary for summary in summaries}
    lines = [Line(found[FULL.name], 0.0)] if FULL.name in found else []
    y = 0.0
    for ablation in ABLATIONS.values():
        heading = ablation.name
        y += GAP
        for name in ablation.variants:
            if name != FULL.name and name in found:
                y += 1
                lines.append(Line(found[name], y, heading))
                heading = ""
    return lines


def _draw_scores(axes: Axes, runs: Sequence[GridRun], lines: Sequence[Line]) -> None:
    for line in lines:
        miou = line.summary.miou
        points = [100 * result.miou for result in results_of(runs, line.summary.variant).values()]
        if line.summary.variant == FULL.name:
            axes.axvline(100 * miou.mean, color=REFERENCE, linewidth=1, zorder=0)
        axes.plot(points, [line.y + 0.18] * len(points), "o", color=POINT, markersize=4, label="a seed")
        axes.errorbar(
            100 * miou.mean, line.y, xerr=100 * (miou.sd or 0), fmt="D", color=MEAN, markersize=5, capsize=3,
            label="mean" if miou.sd is None else "mean, standard deviation",
        )  # fmt: skip
        if line.heading:
            axes.text(
                0.01, line.y - 0.5, line.heading, transform=axes.get_yaxis_transform(), fontsize=9, style="italic"
            )
    axes.set_xlabel("mIoU after the last epoch, %")
    axes.margins(x=0.12)
    _legend(axes)


def _draw_differences(axes: Axes, runs: Sequence[GridRun], lines: Sequence[Line]) -> None:
    full = results_of(runs, FULL.name)
    axes.axvline(0, color=REFERENCE, linewidth=1, zorder=0)
    for line in lines:
        delta = line.summary.delta
        if delta is None or line.summary.variant == FULL.name:
            continue
        results = results_of(runs, line.summary.variant)
        points = [100 * (result.miou - full[seed].miou) for seed, result in results.items() if seed in full]
        axes.plot(points, [line.y + 0.18] * len(points), "o", color=POINT, markersize=4, label="a seed")
        axes.errorbar(
            100 * delta.mean, line.y, xerr=100 * (delta.half_width or 0), fmt="D", color=_color(delta), markersize=5,
            capsize=3, label=_label(delta),
        )  # fmt: skip
    axes.set_xlabel("difference to the full operator, seed by seed, points of mIoU")
    axes.margins(x=0.12)
    _legend(axes)


def _color(delta: Spread) -> str:
    return BEYOND if delta.excludes_zero else WITHIN


def _label(delta: Spread) -> str:
    if delta.sd is None:
        return "mean (no spread is known)"
    return f"mean, 95 % interval: {'larger than' if delta.excludes_zero else 'within'} the spread"


def _legend(axes: Axes) -> None:
    """Each label once, below the axes."""
    handles, labels = axes.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    if once:
        axes.legend(
            once.values(), once.keys(), loc="upper center", bbox_to_anchor=(0.5, 0.0), borderaxespad=BELOW, fontsize=8,
            frameon=False,
        )  # fmt: skip

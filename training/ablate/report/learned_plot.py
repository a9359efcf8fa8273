"""ablation_learned.png: where each layer's centres, temperature and kernel scales have gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from training.ablate.report.learned import LearnedLayer
from training.ablate.variants import VARIANTS
from training.evaluate.pictures.figure import new_figure, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

START, BOUND, CENTRE = "0.85", "#d08a2e", "#1d3557"
TEMPERATURE, SCALE = "#3f7d58", "#7a4e9e"
KEY = "a point for each kernel and seed; triangles bound the range; grey: where learning starts"


def learned_picture(layers: Sequence[LearnedLayer], title: str) -> bytes | None:
    """A column for each stage, a line for each variant; None where no layer is malleable."""
    stages = sorted({layer.stage for layer in layers})
    if not stages:
        return None
    variants = [name for name in VARIANTS if any(layer.variant == name for layer in layers)]
    figure = new_figure(1.6 + 3.0 * len(stages), 2.2 + 0.95 * len(variants))
    grid = figure.subplots(3, len(stages), squeeze=False, sharey="row", sharex="row")
    for column, stage in enumerate(stages):
        shown = [layer for layer in layers if layer.stage == stage]
        grid[0, column].set_title(stage, fontsize=10)
        _draw_centres(grid[0, column], shown, variants)
        _draw_numbers(grid[1, column], [(layer, (layer.temperature,)) for layer in shown], variants, TEMPERATURE)
        _draw_numbers(grid[2, column], [(layer, layer.scales) for layer in shown], variants, SCALE)
        grid[1, column].axvline(1, color=START, zorder=0)
        grid[2, column].axvline(1, color=START, zorder=0)
        grid[0, column].set_xlabel("centres, grid steps", fontsize=9)
        grid[1, column].set_xlabel("temperature, squared grid steps", fontsize=9)
        grid[2, column].set_xlabel("scale of each kernel, the nearest on top", fontsize=9)
    grid[1, 0].set_xlim(left=0)  # of the whole row, once all of it is drawn
    for row in grid:
        row[0].set_yticks(range(len(variants)), variants, fontsize=8)
        row[0].set_ylim(len(variants) - 0.4, -0.6)
    figure.suptitle(f"{title}\n{KEY}", fontsize=10)
    return png(figure)


def _draw_centres(axes: Axes, layers: Sequence[LearnedLayer], variants: Sequence[str]) -> None:
    """The bounds of the range as open triangles; where all began as light lines."""
    for layer in layers:
        y = variants.index(layer.variant)
        middle = (len(layer.centres) - 1) / 2
        starts = [index - middle for index in range(len(layer.centres))]
        axes.vlines(starts, y - 0.35, y + 0.35, color=START, linewidth=3, zorder=0)
        axes.plot(layer.centres[1:-1], [y] * (len(layer.centres) - 2), "o", color=CENTRE, markersize=4, alpha=0.7)
        for bound, marker in ((layer.centres[0], "<"), (layer.centres[-1], ">")):
            axes.plot(bound, y, marker, color=BOUND, markersize=6, fillstyle="none")


def _draw_numbers(
    axes: Axes, numbers: Sequence[tuple[LearnedLayer, Sequence[float]]], variants: Sequence[str], color: str
) -> None:
    """Several numbers of a layer one below the other, in their order."""
    for layer, values in numbers:
        y = variants.index(layer.variant)
        places = [y + 0.18 * (index - (len(values) - 1) / 2) for index in range(len(values))]
        axes.plot(values, places, "o", color=color, markersize=4, alpha=0.7)

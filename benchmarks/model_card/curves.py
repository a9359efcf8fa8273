"""Learning curves against epochs, one colour for each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from runs import CardRun

from training.evaluate.pictures.figure import new_figure, png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = ("#1f5fa8", "#d9822b", "#4a9a5a", "#a04a8a", "0.4")


def curves_picture(runs: Sequence[CardRun]) -> bytes:
    """Loss, mIoU and pixel accuracy; both scores are those of the validation rooms."""
    figure = new_figure(12, 4)
    panels = figure.subplots(1, 3)
    for run, color in zip(runs, COLORS, strict=False):
        _draw(panels[0], run, "train_loss", color, ":")
        for axes, column in zip(panels, ("val_loss", "miou", "pixel_accuracy"), strict=True):
            _draw(axes, run, column, color, "-", run.name)
    titles = ("loss (dotted: training rooms, augmented)", "mIoU, validation rooms", "pixel accuracy, validation rooms")
    for axes, title in zip(panels, titles, strict=True):
        axes.set(xlabel="epoch", ylim=(0, None))
        axes.set_title(title, fontsize=10)
        axes.grid(color="0.9")
    entries = panels[1].get_legend_handles_labels()
    figure.legend(*entries, loc="outside lower center", ncols=len(runs), frameon=False)
    return png(figure)


def _draw(axes: Axes, run: CardRun, column: str, color: str, style: str, label: str | None = None) -> None:
    values = run.history[column]
    there = np.isfinite(values)
    marker = "." if there.sum() < 3 else ""
    axes.plot(run.history["epoch"][there], values[there], style, color=color, label=label, linewidth=1.3, marker=marker)

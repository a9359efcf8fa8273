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


PANELS = {
    "train_loss": "training loss (augmented rooms, all supervised scales)",
    "val_loss": "validation loss",
    "miou": "mIoU, validation rooms",
    "pixel_accuracy": "pixel accuracy, validation rooms",
}


def curves_picture(runs: Sequence[CardRun]) -> bytes:
    """Both losses and both scores of the history, a panel each: the losses are sums of different terms."""
    figure = new_figure(11, 7.2)
    for axes, (column, title) in zip(figure.subplots(2, 2).flat, PANELS.items(), strict=True):
        for run, color in zip(runs, COLORS, strict=False):
            _draw(axes, run, column, color)
        axes.set(xlabel="epoch", ylim=(0, None))
        axes.set_title(title, fontsize=10)
        axes.grid(color="0.9")
    entries = figure.axes[0].get_legend_handles_labels()
    figure.legend(*entries, loc="outside lower center", ncols=len(runs), frameon=False)
    return png(figure)


def _draw(axes: Axes, run: CardRun, column: str, color: str) -> None:
    values = run.history[column]
    there = np.isfinite(values)
    marker = "." if there.sum() < 3 else ""
    axes.plot(run.history["epoch"][there], values[there], color=color, label=run.name, linewidth=1.3, marker=marker)

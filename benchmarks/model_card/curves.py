"""Learning curves: loss and scores against epochs, one colour for each run."""

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
    """Training and validation loss on the left, mIoU and pixel accuracy of the validation rooms on the right."""
    figure = new_figure(11, 4.2)
    loss, scores = figure.subplots(1, 2)
    for run, color in zip(runs, COLORS, strict=False):
        _draw(loss, run, "train_loss", color, ":", f"{run.name}, training")
        _draw(loss, run, "val_loss", color, "-", f"{run.name}, validation")
        _draw(scores, run, "miou", color, "-", f"{run.name}, mIoU")
        _draw(scores, run, "pixel_accuracy", color, "--", f"{run.name}, pixel accuracy")
    for axes, title in ((loss, "loss"), (scores, "scores on validation rooms")):
        axes.set(xlabel="epoch", title=title)
        axes.grid(color="0.9")
        axes.legend(fontsize=7.5, frameon=False)
    scores.set_ylim(0, 1)
    return png(figure)


def _draw(axes: Axes, run: CardRun, column: str, color: str, style: str, label: str) -> None:
    values = run.history[column]
    there = np.isfinite(values)
    marker = "." if there.sum() < 3 else ""
    axes.plot(run.history["epoch"][there], values[there], style, color=color, label=label, linewidth=1.3, marker=marker)

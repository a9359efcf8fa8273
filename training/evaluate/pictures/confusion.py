"""Which classes are taken for which."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet
from training.evaluate.pictures.figure import new_figure, png

LEAST_SHOWN = 0.01  # shares that round to 0 % would only be noise
PALE = 0.5  # cells darker than this carry white numbers


def confusion_picture(counts: NDArray[np.int64], classes: ClassSet, title: str) -> bytes:
    """counts: (C, C), rows = truth. Each row shows where a class's true pixels went, in percent of them."""
    names, number = classes.names[1:], len(classes)
    truth = counts.sum(axis=1, keepdims=True)
    shares = np.divide(counts, truth, out=np.zeros(counts.shape), where=truth > 0)
    side_in = max(5.0, 2.6 + 0.31 * number)
    figure = new_figure(side_in, side_in)
    axes = figure.add_subplot()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*np.nonzero(shares >= LEAST_SHOWN), strict=True):
        color = "white" if shares[row, column] > PALE else "black"
        text = f"{100 * shares[row, column]:.0f}"
        axes.text(column, row, text, ha="center", va="center", fontsize=7.5, color=color)
    labels = [name if count else f"{name} (none)" for name, count in zip(names, truth[:, 0], strict=True)]
    axes.set_yticks(range(number), labels, fontsize=9)
    axes.set_xticks(range(number), names, fontsize=9, rotation=90)
    axes.xaxis.tick_top()
    axes.set_xticks(np.arange(number + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(number + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="0.9", linewidth=0.6)
    axes.tick_params(which="both", length=0)
    axes.set_ylabel("truth")
    axes.set_xlabel("share of the true pixels that were given this label, percent; below 1 % not shown")
    figure.suptitle(title, fontsize=11)
    return png(figure)

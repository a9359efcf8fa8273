"""How far a confidence can be believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.evaluate.pictures.figure import new_figure, png
from training.evaluate.scoring.calibration import Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ACCURACY, CONFIDENCE, SHARE = "#9db8d9", "#c8442b", "0.6"


def reliability_picture(ways: dict[str, Calibration], title: str) -> bytes:
    """ways: a calibration by name; each becomes one diagram with its bins' shares of the pixels below."""
    figure = new_figure(0.6 + 4.2 * len(ways), 5.6)
    grid = figure.subplots(2, len(ways), squeeze=False, sharex=True, gridspec_kw={"height_ratios": (3, 1)})
    for column, (name, calibration) in enumerate(ways.items()):
        _draw_reliability(grid[0, column], calibration)
        grid[0, column].set_title(f"{name}: ECE {calibration.ece():.3f}", fontsize=10)
        _draw_shares(grid[1, column], calibration)
    grid[0, 0].set_ylabel("accuracy")
    grid[1, 0].set_ylabel("share of pixels")
    figure.legend(
        *grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9, frameon=False
    )
    figure.suptitle(title, fontsize=11)
    return png(figure)


def _draw_reliability(axes: Axes, calibration: Calibration) -> None:
    width = 1 / calibration.bins
    accuracy, confidence = calibration.accuracy(), calibration.confidence()
    middles = (np.arange(calibration.bins) + 0.5) * width
    axes.bar(middles, np.nan_to_num(accuracy), width, color=ACCURACY, edgecolor="white", label="accuracy")
    axes.plot((0, 1), (0, 1), color="0.3", linestyle="--", linewidth=1, label="perfect")
    axes.vlines(middles, accuracy, confidence, color=CONFIDENCE, linewidth=2)
    axes.plot(middles, confidence, "o", color=CONFIDENCE, markersize=4, label="mean confidence")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))


def _draw_shares(axes: Axes, calibration: Calibration) -> None:
    width = 1 / calibration.bins
    shares = calibration.pixels / max(1, calibration.pixels.sum())
    axes.bar((np.arange(calibration.bins) + 0.5) * width, shares, width, color=SHARE, edgecolor="white")
    axes.set_xlabel("confidence")

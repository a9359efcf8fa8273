"""What depth contributes, by how far away a pixel is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from training.evaluate.pictures.figure import new_figure, png

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GIVEN, REMOVED, BASELINE, SHARE = "#1f5fa8", "#d9a15b", "0.25", "0.6"
WIDTH = 0.36  # of a bar
PANELS = {"miou": "mIoU", "pixel_accuracy": "pixel accuracy"}


def range_picture(entries: Sequence[dict[str, Any]], baseline: str, title: str) -> bytes:
    """entries: depth_ranges of evaluation.json. Both scores by range, and the ranges' shares of the pixels below."""
    figure = new_figure(11, 4.8)
    grid = figure.subplots(2, len(PANELS), squeeze=False, sharex=True, gridspec_kw={"height_ratios": (3.2, 1)})
    for column, (key, name) in enumerate(PANELS.items()):
        _draw_scores(grid[0, column], entries, key)
        grid[0, column].set_title(name, fontsize=10)
        _draw_shares(grid[1, column], entries)
    grid[1, 0].set_ylabel("share of pixels")
    _draw_legend(figure, baseline)
    figure.suptitle(title, fontsize=11)
    return png(figure)


def _draw_scores(axes: Axes, entries: Sequence[dict[str, Any]], key: str) -> None:
    places = np.arange(len(entries))
    given, removed, constant = (
        [_height(way[key]) for way in ways]
        for ways in (
            entries,
            [entry["without_depth"] for entry in entries],
            [entry["baseline"] for entry in entries],
        )
    )
    axes.bar(places - WIDTH / 2, given, WIDTH, color=GIVEN)
    axes.bar(places + WIDTH / 2, removed, WIDTH, color=REMOVED)
    axes.hlines(constant, places - WIDTH, places + WIDTH, color=BASELINE, linestyle="--", linewidth=1.2)
    axes.set_ylim(0, max(0.1, 1.1 * np.nanmax([given, removed, constant])))
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)


def _draw_shares(axes: Axes, entries: Sequence[dict[str, Any]]) -> None:
    places = np.arange(len(entries))
    axes.bar(places, [entry["share"] for entry in entries], 2 * WIDTH, color=SHARE)
    axes.set_xticks(places, [entry["name"] for entry in entries], fontsize=9)
    axes.set_xlabel("measured depth", fontsize=9)


def _draw_legend(figure: Figure, baseline: str) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Patch(color=GIVEN, label="with depth"),
        Patch(color=REMOVED, label="without depth"),
        Line2D([], [], color=BASELINE, linestyle="--", linewidth=1.2, label=baseline),
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=3, fontsize=9, frameon=False)


def _height(value: float | None) -> float:
    """Nothing is drawn where there is nothing to score."""
    return float("nan") if value is None else value

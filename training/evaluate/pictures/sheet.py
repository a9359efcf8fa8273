"""Frames side by side: colour, depth and one or more label maps, with the classes' names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet
from training.evaluate.pictures.figure import new_figure, png
from training.evaluate.pictures.region_names import region_names
from training.paint import FAR_M, paint_depth, paint_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CELL_IN, GAP_IN, TITLE_IN, CAPTION_IN, LEGEND_LINE_IN = 2.7, 0.05, 0.55, 0.2, 0.2
LEGEND_COLUMN_IN = 1.25
CHARACTER_IN = 0.058  # of a region's name
LEAST_IN_LEGEND = 0.003  # of a map's pixels


@dataclass(frozen=True, slots=True, eq=False)
class SheetRow:
    """One frame.

    color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32 metres, 0 = no reading. maps: label maps (H, W) uint8, 0 = void,
    by the name of their column.
    """

    caption: str
    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    maps: Mapping[str, NDArray[np.uint8]]


def sheet_picture(rows: Sequence[SheetRow], classes: ClassSet, title: str, *, far_m: float = FAR_M) -> bytes:
    """A sheet of frames, which all have maps of the same names, with a legend below. far_m: the depth that is blue."""
    columns = 2 + len(rows[0].maps)
    in_view = classes_in_view(rows)
    width_in = columns * (CELL_IN + GAP_IN) + GAP_IN
    legend_columns = int(width_in / LEGEND_COLUMN_IN)
    legend_in = LEGEND_LINE_IN * (1 + -(-len(in_view) // legend_columns))
    heights_in = [CELL_IN * row.color.shape[0] / row.color.shape[1] for row in rows]
    height_in = TITLE_IN + sum(heights_in) + CAPTION_IN * len(rows) + legend_in
    figure = new_figure(width_in, height_in)
    figure.set_layout_engine("none")
    figure.text(GAP_IN / width_in, 1 - 0.2 / height_in, title, fontsize=11, va="center")
    top_in = height_in - TITLE_IN
    for number, (row, cell_in) in enumerate(zip(rows, heights_in, strict=True)):
        figure.text(GAP_IN / width_in, (top_in - CAPTION_IN / 2) / height_in, row.caption, fontsize=7, va="center")
        top_in -= CAPTION_IN + cell_in
        for column, (name, axes) in enumerate(_cells(figure, row, top_in, cell_in, far_m)):
            if not number:
                axes.set_title(name, fontsize=9, pad=CAPTION_IN * 72 + 1)
            _fill(axes, row, column, name, classes, far_m)
    _draw_legend(figure, classes, in_view, legend_columns)
    return png(figure)


def classes_in_view(rows: Sequence[SheetRow]) -> list[int]:
    """The labels that take a visible share of any map, in order."""
    seen: set[int] = set()
    for row in rows:
        for labels in row.maps.values():
            shares = np.bincount(labels.ravel(), minlength=256) / labels.size
            seen.update(np.flatnonzero(shares >= LEAST_IN_LEGEND).tolist())
    return sorted(seen)


def _cells(figure: Figure, row: SheetRow, bottom_in: float, cell_in: float, far_m: float) -> Iterator[tuple[str, Axes]]:
    width_in, height_in = figure.get_size_inches()
    for column, name in enumerate(("colour", f"depth: red near, blue {far_m:g} m", *row.maps)):
        left_in = GAP_IN + column * (CELL_IN + GAP_IN)
        place = (left_in / width_in, bottom_in / height_in, CELL_IN / width_in, cell_in / height_in)
        axes = figure.add_axes(place)
        axes.set_axis_off()
        yield name, axes


def _fill(axes: Axes, row: SheetRow, column: int, name: str, classes: ClassSet, far_m: float) -> None:
    if column < 2:
        axes.imshow(paint_depth(row.depth_m, far_m) if column else row.color)
        return
    labels = row.maps[name]
    axes.imshow(paint_labels(labels, classes), interpolation="nearest")
    for region in region_names(labels, classes):
        _write_name(axes, region.name, region.x, region.y, labels.shape[1])


def _write_name(axes: Axes, name: str, x: float, y: float, width: int) -> None:
    """Around (x, y), moved as far as it must to stay inside an image of this width."""
    from matplotlib.patheffects import withStroke

    outline = [withStroke(linewidth=1.6, foreground="black")]
    room = CHARACTER_IN / CELL_IN * len(name) / 2 * width
    x = min(max(x, room), width - room)
    axes.text(x, y, name, fontsize=6.5, color="white", ha="center", va="center", path_effects=outline, clip_on=True)


def _draw_legend(figure: Figure, classes: ClassSet, labels: Sequence[int], columns: int) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(facecolor=classes.colors[label] / 255, label=classes.names[label]) for label in labels]
    figure.legend(handles=patches, loc="lower left", ncols=columns, fontsize=7.5, frameon=False, borderaxespad=0.2)

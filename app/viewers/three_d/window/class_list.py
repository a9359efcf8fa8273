"""The list of classes: a box to hide each, and a button to see it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import open3d as o3d
from numpy.typing import NDArray
from open3d.visualization import gui

from app.legend import LEAST_SHARE
from app.viewers.shared.classes_seen import LegendRow
from app.viewers.three_d.messages import Chosen

GREY, WHITE = gui.Color(0.59, 0.61, 0.66), gui.Color(0.93, 0.93, 0.95)
OFF_SWATCH = (70, 74, 84)


class ClassList:
    """A row for every class that was in view."""

    def __init__(self, em: int, chosen: Callable[[Chosen], None]) -> None:
        self._em, self._chosen = em, chosen
        self.widget = gui.ScrollableVert(round(0.12 * em), gui.Margins(round(0.7 * em), round(0.3 * em), em, em))
        self._rows: dict[int, _Row] = {}

    def show(self, rows: Sequence[LegendRow]) -> bool:
        """Show these; whether the window must be laid out again, since there are new ones or longer words."""
        new = [row for row in rows if row.label not in self._rows]
        for row in new:
            self._rows[row.label] = _Row(row, self._em, self._chosen)
            self.widget.add_child(self._rows[row.label].widget)
        grew = [self._rows[row.label].show(row) for row in rows]
        return bool(new) or any(grew)


class _Row:
    def __init__(self, row: LegendRow, em: int, chosen: Callable[[Chosen], None]) -> None:
        self._side = round(0.85 * em)
        self._swatch = gui.ImageWidget(_swatch(row.color, self._side))
        self._color = row.color
        self._box = gui.Checkbox(row.name)
        self._box.set_on_checked(lambda _: chosen(Chosen("toggle", row.label)))
        self._share = gui.Label("100%")
        self._only = gui.Button("only")
        self._only.toggleable = True
        self._only.horizontal_padding_em, self._only.vertical_padding_em = 0.35, -0.05
        self._only.set_on_clicked(lambda: chosen(Chosen("solo", row.label)))
        self.widget = gui.Horiz(round(0.35 * em))
        for child in (lowered(self._swatch, em), self._box):
            self.widget.add_child(child)
        self.widget.add_stretch()
        for child in (lowered(self._share, em), self._only):
            self.widget.add_child(child)

    def show(self, row: LegendRow) -> bool:
        """Whether its words are longer now than there was room for."""
        color = row.color if row.is_shown else OFF_SWATCH
        if color != self._color:
            self._color = color
            self._swatch.update_image(_swatch(color, self._side))
        self._box.checked, self._only.is_on = row.is_shown, row.is_solo
        before, is_seen = len(self._share.text), row.share >= LEAST_SHARE
        self._share.text = f"{row.share:.0%}" if is_seen else "-"
        self._share.text_color = WHITE if is_seen else GREY
        return len(self._share.text) != before


def _swatch(color: tuple[int, ...], side_px: int) -> o3d.geometry.Image:
    return as_image(np.full((side_px, side_px, 3), color, np.uint8))


def lowered(widget: gui.Widget, em: int) -> gui.Widget:
    """The widget moved down to where the text of a box or a button beside it is."""
    holder = gui.Vert(0, gui.Margins(0, round(0.2 * em), 0, 0))
    holder.add_child(widget)
    return holder


def as_image(image: NDArray[np.uint8]) -> o3d.geometry.Image:
    """(h, w, 3) uint8 RGB as Open3D has it."""
    return o3d.geometry.Image(np.ascontiguousarray(image))  # pyright: ignore - its stub knows no arrays

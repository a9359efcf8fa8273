"""The keys, in place of the cloud."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.picture import PANEL_BACK
from app.text import AMBER, GREY, WHITE, draw_text, fitted, text_width
from app.viewers.shared.keys import LOOKING, PLAYING, POINTING, Key
from app.viewers.three_d.messages import Size

POINTS = (
    Key("p", "p", "points", "points by colour, class, depth, confidence"),
    Key("f", "f", "front", "the cloud as the camera sees it"),
    Key("g", "g", "map", "the map in place of the frame's points"),
)
PARTS = (("playing", PLAYING), ("the mouse", POINTING), ("looking", LOOKING), ("the cloud", POINTS))
SIZES, PADDING = (14, 13, 12, 11, 10), 16


def help_panel(size: Size, *, has_map: bool) -> NDArray[np.uint8]:
    """All keys of the window, in letters as large as there is room for, (h, w, 3) uint8 RGB. size: width and height."""
    canvas = np.full((size[1], size[0], 3), PANEL_BACK, np.uint8)
    keys_count = sum(len(keys) + 1.4 for _, keys in PARTS)
    letters = next((letters for letters in SIZES if keys_count * _row(letters) < size[1] - 2 * PADDING), SIZES[-1])
    names = max(text_width(key.name, letters) for _, keys in PARTS for key in keys) + PADDING
    top = PADDING
    for title, keys in PARTS:
        draw_text(canvas, title, (PADDING, top), size=letters, color=GREY)
        for key in keys if has_map else [key for key in keys if key.does != "map"]:
            top += _row(letters)
            draw_text(canvas, key.name, (PADDING, top), size=letters, color=AMBER)
            meaning = fitted(key.meaning, letters, size[0] - names - 2 * PADDING)
            draw_text(canvas, meaning, (PADDING + names, top), size=letters, color=WHITE)
        top += round(1.4 * _row(letters))
    return canvas


def _row(letters: int) -> int:
    return round(letters * 1.5)

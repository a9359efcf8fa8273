"""The keys, in place of the numbers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.picture import BACKGROUND
from app.text import AMBER, WHITE, draw_text, fitted, text_width
from app.viewers.three_d.messages import Size
from app.viewers.window.keys import LOOKING, PLAYING, POINTING, Key

POINTS = (
    Key("p", "p", "points", "points by colour, class, depth, confidence"),
    Key("f", "f", "front", "the cloud as the camera sees it"),
    Key("g", "g", "map", "the map in place of the frame's points"),
)
SIZE, ROW, GAP = 11, 15, 10


def help_panel(size: Size, *, has_map: bool) -> NDArray[np.uint8]:
    """All keys of the window in two columns, (h, w, 3) uint8 RGB."""
    canvas = np.full((size[1], size[0], 3), BACKGROUND, np.uint8)
    own = POINTS if has_map else POINTS[:-1]
    for column, keys in enumerate(((*PLAYING, *POINTING), (*LOOKING, *own))):
        left = column * (size[0] // 2)
        names = max(text_width(key.name, SIZE) for key in keys) + GAP
        for row, key in enumerate(keys):
            draw_text(canvas, key.name, (left, row * ROW), size=SIZE, color=AMBER)
            meaning = fitted(key.meaning, SIZE, size[0] // 2 - names - GAP)
            draw_text(canvas, meaning, (left + names, row * ROW), size=SIZE, color=WHITE)
    return canvas

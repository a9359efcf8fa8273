"""The box that names the keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.text import AMBER, draw_box, draw_text, fitted, text_width
from app.viewers.shared.keys import LOOKING, PLAYING, POINTING, Key

PADDING = 18
SIZES = (14, 13, 12, 11, 10)
Column = tuple[tuple[str, tuple[Key, ...]], ...]  # headings with their keys
COLUMNS: tuple[Column, ...] = (
    (("playing", PLAYING),),
    (("looking", LOOKING), ("the mouse", POINTING)),
)


def draw_help(picture: NDArray[np.uint8]) -> None:
    """The keys, in a box in the middle, in the largest letters for which there is room."""
    height, width = picture.shape[:2]
    size = next((size for size in SIZES if _fits(size, width, height)), SIZES[-1])
    box_width, box_height = min(_width(size), width), min(_height(size), height)
    left, top = (width - box_width) // 2, (height - box_height) // 2
    draw_box(picture, left, top, left + box_width, top + box_height, shade=0.1)
    x = left + PADDING
    for column in COLUMNS:
        y = top + PADDING
        for title, keys in column:
            y = _draw_part(picture, title, keys, (x, y), size, _names_width(column, size))
        x += _column_width(column, size) + PADDING


def _draw_part(
    picture: NDArray[np.uint8], title: str, keys: tuple[Key, ...], at: tuple[int, int], size: int, names: int
) -> int:
    """One heading with its keys; names: the width of their column. Returns where the next may begin."""
    x, y = at
    draw_text(picture, title, (x, y), size=size + 2, color=AMBER)
    for key in keys:
        y += _row(size)
        draw_text(picture, key.name, (x, y + 3), size=size, color=AMBER)
        meaning = fitted(key.meaning, size, picture.shape[1] - PADDING - x - names)
        draw_text(picture, meaning, (x + names, y + 3), size=size)
    return y + round(1.5 * _row(size))


def _row(size: int) -> int:
    return round(size * 1.65)


def _names_width(column: Column, size: int) -> int:
    return max(text_width(key.name, size) for _, keys in column for key in keys) + 12


def _column_width(column: Column, size: int) -> int:
    return _names_width(column, size) + max(text_width(key.meaning, size) for _, keys in column for key in keys)


def _width(size: int) -> int:
    return sum(_column_width(column, size) for column in COLUMNS) + PADDING * (len(COLUMNS) + 1)


def _height(size: int) -> int:
    rows = max(sum(len(keys) + 1.5 for _, keys in column) for column in COLUMNS)
    return round(rows * _row(size)) + 2 * PADDING


def _fits(size: int, width: int, height: int) -> bool:
    return _width(size) <= width and _height(size) <= height

"""What a panel's colours mean, beside its name."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.depth_view import FAR_M, depth_table
from app.layout import HEADER
from app.look import MISSING, ImageKind, color_share
from app.text import GREY, draw_text, text_width

SIZE = 13
BAR_HEIGHT = 9


def draw_scale(canvas: NDArray[np.uint8], kind: ImageKind, left: int, right: int, *, missing_share: float) -> None:
    """Right-aligned over the panel between left and right; missing_share: of the frame's pixels without depth, 0..1."""
    left += text_width(kind, SIZE) + 10
    if kind == "depth":
        _draw_bar(canvas, depth_table()[1::2, 0], ("0", f"{FAR_M:g} m"), left, right)
    elif kind in ("confidence", "entropy"):
        ends = ("0", "100%") if kind == "confidence" else ("sure", "unsure")
        _draw_bar(canvas, color_share(np.linspace(0, 1, 96, dtype=np.float32)[None])[0], ends, left, right)
    elif kind == "no depth":
        text = f"{missing_share:.0%} of the pixels"
        draw_text(canvas, text, (right, HEADER + 1), size=SIZE, color=GREY, align="right")
        swatch = right - text_width(text, SIZE) - 20
        canvas[HEADER + 4 : HEADER + 17, max(left, swatch) : max(left, swatch) + 13] = MISSING


def _draw_bar(
    canvas: NDArray[np.uint8], colors: NDArray[np.uint8], ends: tuple[str, str], left: int, right: int
) -> None:
    bar_right = right - text_width(ends[1], SIZE) - 6
    stride = -(-len(colors) // max(1, bar_right - left - text_width(ends[0], SIZE) - 6))  # shorter where it is narrow
    colors = colors[::stride]
    bar_left = bar_right - len(colors)
    canvas[HEADER + 6 : HEADER + 6 + BAR_HEIGHT, bar_left:bar_right] = colors
    draw_text(canvas, ends[1], (right, HEADER + 1), size=SIZE, color=GREY, align="right")
    draw_text(canvas, ends[0], (bar_left - 6, HEADER + 1), size=SIZE, color=GREY, align="right")

"""The whole picture: panels side by side, with a legend and the numbers; RGB throughout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.depth_view import has_depth
from app.layout import HEADER, LEGEND_ROW, LEGEND_ROWS, MARGIN, STATUS, Layout, layout_for
from app.legend import LegendEntry, legend
from app.look import ImageKind, Look, Painter
from app.names import draw_names, find_names
from app.overlay import Overlay
from app.result import Result
from app.scales import draw_scale
from app.text import AMBER, GREY, RED, WHITE, draw_banner, draw_text, fitted, text_width
from segmentation.result import Segmentation
from sensors.frames import Frame

UNTRAINED = "UNTRAINED model: the labels mean nothing yet"
NO_DEPTH = "no depth: the camera measured none in this frame"
BACKGROUND = (24, 26, 31)
PANEL_BACK = (36, 39, 46)
HIDDEN_SWATCH = (70, 74, 84)
WAITING_SIZE = (682, 396)  # width and height
TITLE_LEAST = 160  # pixels that the numbers leave to the title
NAMED: tuple[ImageKind, ...] = ("classes", "confidence", "entropy")

Paint = Callable[[ImageKind, Result], NDArray[np.uint8]]


@dataclass(frozen=True, slots=True)
class Captions:
    """The words around the panels."""

    title: str = ""
    numbers: str = ""
    status: str = ""
    alert: bool = False


def overlay_picture(overlay: Overlay, frame: Frame, segmentation: Segmentation) -> NDArray[np.uint8]:
    """The overlay at the frame's own size, (H, W, 3) RGB, with the banners that it must carry."""
    image = overlay(frame.color, segmentation)
    draw_warnings(image, frame, segmentation)
    return image


def draw_warnings(image: NDArray[np.uint8], frame: Frame, segmentation: Segmentation) -> None:
    """The banners that a picture of these labels must carry: untrained, no depth."""
    line = 0
    if not segmentation.trained:
        draw_banner(image, UNTRAINED)
        line = 1
    if not has_depth(frame.depth_m):
        draw_banner(image, NO_DEPTH, color=RED, line=line)


def panels_of(look: Look, *, with_model: bool) -> tuple[ImageKind, ...]:
    """What is side by side: the camera's picture, what the model or the doubt says of it, and the depth."""
    if with_model:
        return ("colour", look.image if look.image not in ("colour", "depth") else "classes", "depth")
    return ("colour", "no depth" if look.image == "no depth" else "depth")


def compose(
    result: Result,
    painter: Painter,
    captions: Captions,
    *,
    room: tuple[int, int] | None = None,
    paint: Paint | None = None,
) -> tuple[NDArray[np.uint8], Layout]:
    """The canvas, (h, w, 3) uint8 RGB, and where things are on it.

    room: as in layout_for. paint: what draws a panel at the frame's size, the painter by default.
    """
    frame, segmentation, look = result.frame, result.segmentation, painter.look
    height, width = frame.depth_m.shape
    layout = layout_for((width, height), panels_of(look, with_model=len(segmentation.classes) > 0), room)
    canvas = _background(*layout.canvas_size).copy()
    for kind, left in zip(layout.panels, layout.lefts, strict=True):
        _place(canvas, layout, left, (paint or painter.image)(kind, result))
        draw_names_on(canvas, layout, kind, left, result, look)
    _draw_around(canvas, layout, captions, frame)
    draw_warnings(_panel(canvas, layout, layout.lefts[layout.asked]), frame, segmentation)
    if len(segmentation.classes):
        painted = replace(segmentation, classes=painter.classes(segmentation.classes))
        _draw_legend(canvas, layout, legend(painted), look)
    return canvas, layout


def draw_names_on(
    canvas: NDArray[np.uint8], layout: Layout, kind: ImageKind, left: int, result: Result, look: Look
) -> None:
    """The classes' names on a panel that shows classes, where they are wanted."""
    if look.names and kind in NAMED and len(result.segmentation.classes):
        scale = layout.size[0] / layout.frame_size[0], layout.size[1] / layout.frame_size[1]
        draw_names(_panel(canvas, layout, left), find_names(result.segmentation, look.shows), scale)


def waiting_picture(title: str, message: str) -> NDArray[np.uint8]:
    """What the window shows before the first frame, (h, w, 3) uint8 RGB."""
    canvas = _background(*WAITING_SIZE).copy()
    draw_text(canvas, title, (MARGIN, 10), size=17)
    width, height = WAITING_SIZE
    draw_text(canvas, "waiting for the first frame", (width // 2, height // 2 - 24), size=17, align="middle")
    draw_text(canvas, message, (width // 2, height // 2 + 6), size=13, color=AMBER, align="middle")
    draw_text(canvas, "q quit", (MARGIN, height - STATUS + 6), size=13, color=GREY)
    return canvas


def _panel(canvas: NDArray[np.uint8], layout: Layout, left: int) -> NDArray[np.uint8]:
    return canvas[layout.top : layout.top + layout.size[1], left : left + layout.size[0]]


def _place(canvas: NDArray[np.uint8], layout: Layout, left: int, image: NDArray[np.uint8]) -> None:
    import cv2

    # Enlarged, colours must not blend into colours that mean something else; shrunk, a little blending looks better.
    shrinks = image.shape[1] > layout.size[0]
    method = cv2.INTER_LINEAR if shrinks else cv2.INTER_NEAREST
    _panel(canvas, layout, left)[:] = cv2.resize(image, layout.size, interpolation=method)


@lru_cache(maxsize=4)
def _background(width: int, height: int) -> NDArray[np.uint8]:
    """The empty canvas; made once, because filling with a colour takes longer than copying."""
    canvas = np.full((height, width, 3), BACKGROUND, np.uint8)
    canvas[height - STATUS :] = PANEL_BACK
    canvas.flags.writeable = False
    return canvas


def _draw_around(canvas: NDArray[np.uint8], layout: Layout, captions: Captions, frame: Frame) -> None:
    height, width = canvas.shape[:2]
    numbers = fitted(captions.numbers, 15, width - 3 * MARGIN - TITLE_LEAST)
    draw_text(canvas, numbers, (width - MARGIN, 12), size=15, color=GREY, align="right")
    title = fitted(captions.title, 17, width - 3 * MARGIN - text_width(numbers, 15))
    draw_text(canvas, title, (MARGIN, 10), size=17)
    for name, left in zip(layout.panels, layout.lefts, strict=True):
        draw_text(canvas, name, (left, HEADER + 1), size=13, color=GREY)
        draw_scale(canvas, name, left, left + layout.size[0], missing_share=_missing_share(name, frame))
    status = fitted(captions.status, 13, width - 2 * MARGIN)
    draw_text(canvas, status, (MARGIN, height - STATUS + 6), size=13, color=AMBER if captions.alert else GREY)


def _missing_share(kind: ImageKind, frame: Frame) -> float:
    """Of the pixels without depth, where that is asked for; counting takes time."""
    return 1 - np.count_nonzero(frame.depth_m) / frame.depth_m.size if kind == "no depth" else 0.0


def _draw_legend(canvas: NDArray[np.uint8], layout: Layout, entries: Sequence[LegendEntry], look: Look) -> None:
    """Rows of swatches with names and shares; what does not fit is left out, and what is hidden is grey."""
    start = layout.lefts[0]
    x, row = start, 0
    top = layout.top + layout.size[1] + MARGIN - 2
    for entry in entries:
        label, share = entry.name, f"{100 * entry.share:.0f}%"
        needed = 20 + text_width(label, 13) + 5 + text_width(share, 13) + 18
        if x + needed > canvas.shape[1] - MARGIN + 18:
            x, row = start, row + 1
            if row == LEGEND_ROWS:
                return
        y, shown = top + row * LEGEND_ROW, look.shows(entry.label)
        canvas[y + 3 : y + 16, x : x + 13] = entry.color if shown else HIDDEN_SWATCH
        draw_text(canvas, label, (x + 20, y), size=13, color=WHITE if shown else GREY)
        draw_text(canvas, share, (x + 25 + text_width(label, 13), y), size=13, color=GREY)
        x += needed

"""The whole picture: colour, overlay and depth side by side, with a legend and the numbers; RGB throughout."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from app.depth_view import FAR_M, color_depth, depth_table, has_depth
from app.legend import LegendEntry, legend
from app.overlay import Overlay
from app.text import AMBER, GREY, RED, WHITE, draw_banner, draw_text, text_width
from segmentation.result import Segmentation
from sensors.frames import Frame

UNTRAINED = "UNTRAINED model: the labels mean nothing yet"
NO_DEPTH = "no depth: the camera measured none in this frame"
BACKGROUND = (24, 26, 31)
PANEL_BACK = (36, 39, 46)
WIDEST_PANEL, TALLEST_PANEL, NARROWEST_PANEL = 480, 640, 200  # with all around them they fit a 1536x864 screen
WAITING_SIZE = (682, 396)  # width and height
MARGIN = 14
HEADER = 40
CAPTION = 24
LEGEND_ROW = 24
STATUS = 30


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
    _draw_warnings(image, frame, segmentation)
    return image


def _draw_warnings(image: NDArray[np.uint8], frame: Frame, segmentation: Segmentation) -> None:
    line = 0
    if not segmentation.trained:
        draw_banner(image, UNTRAINED)
        line = 1
    if not has_depth(frame.depth_m):
        draw_banner(image, NO_DEPTH, color=RED, line=line)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the panels are on the canvas: their names, left edges, top edge and size, in pixels."""

    panels: tuple[str, ...]
    lefts: tuple[int, ...]
    top: int
    size: tuple[int, int]
    frame_size: tuple[int, int]

    @property
    def canvas_size(self) -> tuple[int, int]:
        """Width and height."""
        width = self.lefts[-1] + self.size[0] + MARGIN
        return width, self.top + self.size[1] + MARGIN + 2 * LEGEND_ROW + STATUS

    def pixel_at(self, x: int, y: int) -> tuple[int, int] | None:
        """The frame's pixel under canvas point (x, y); None beside the panels."""
        for left in self.lefts:
            if left <= x < left + self.size[0] and self.top <= y < self.top + self.size[1]:
                scale_x, scale_y = (frame / panel for frame, panel in zip(self.frame_size, self.size, strict=True))
                return int((x - left + 0.5) * scale_x), int((y - self.top + 0.5) * scale_y)
        return None

    def canvas_points(self, pixel: tuple[int, int]) -> list[tuple[int, int]]:
        """Where the frame's pixel is on each panel."""
        x = int((pixel[0] + 0.5) * self.size[0] / self.frame_size[0])
        y = int((pixel[1] + 0.5) * self.size[1] / self.frame_size[1])
        return [(left + x, self.top + y) for left in self.lefts]


def layout_for(frame_size: tuple[int, int], *, with_model: bool) -> Layout:
    """Colour | overlay | depth, or colour | depth without a model, no larger than a screen has room for.

    frame_size: width and height.
    """
    width, height = frame_size
    panels = ("colour", "overlay", "depth") if with_model else ("colour", "depth")
    panel_width = min(WIDEST_PANEL, max(width, 320), max(NARROWEST_PANEL, TALLEST_PANEL * width // height))
    size = (panel_width, max(1, round(height * panel_width / width)))
    lefts = tuple(MARGIN + index * (panel_width + MARGIN) for index in range(len(panels)))
    return Layout(panels, lefts, HEADER + CAPTION, size, (width, height))


def compose(
    frame: Frame, segmentation: Segmentation, overlay: Overlay, captions: Captions
) -> tuple[NDArray[np.uint8], Layout]:
    """The canvas, (h, w, 3) uint8 RGB, and where things are on it."""
    height, width = frame.depth_m.shape
    layout = layout_for((width, height), with_model=len(segmentation.classes) > 0)
    canvas = _background(*layout.canvas_size).copy()
    images = {
        "colour": lambda: frame.color,
        "overlay": lambda: overlay(frame.color, segmentation),
        "depth": lambda: color_depth(frame.depth_m),
    }
    for name, left in zip(layout.panels, layout.lefts, strict=True):
        _place(canvas, layout, left, images[name]())
    _draw_around(canvas, layout, captions)
    shown = canvas[layout.top : layout.top + layout.size[1], layout.lefts[-2] : layout.lefts[-2] + layout.size[0]]
    _draw_warnings(shown, frame, segmentation)
    if len(segmentation.classes):
        _draw_legend(canvas, layout, legend(segmentation))
    return canvas, layout


def waiting_picture(title: str, message: str) -> NDArray[np.uint8]:
    """What the window shows before the first frame, (h, w, 3) uint8 RGB."""
    canvas = _background(*WAITING_SIZE).copy()
    draw_text(canvas, title, (MARGIN, 10), size=17)
    width, height = WAITING_SIZE
    draw_text(canvas, "waiting for the first frame", (width // 2, height // 2 - 24), size=17, align="middle")
    draw_text(canvas, message, (width // 2, height // 2 + 6), size=13, color=AMBER, align="middle")
    draw_text(canvas, "q quit", (MARGIN, height - STATUS + 6), size=13, color=GREY)
    return canvas


def _place(canvas: NDArray[np.uint8], layout: Layout, left: int, image: NDArray[np.uint8]) -> None:
    import cv2

    # Enlarged, colours must not blend into colours that mean something else; shrunk, a little blending looks better.
    shrinks = image.shape[1] > layout.size[0]
    scaled = cv2.resize(image, layout.size, interpolation=cv2.INTER_LINEAR if shrinks else cv2.INTER_NEAREST)
    canvas[layout.top : layout.top + layout.size[1], left : left + layout.size[0]] = scaled


@lru_cache(maxsize=4)
def _background(width: int, height: int) -> NDArray[np.uint8]:
    """The empty canvas; made once, because filling with a colour takes longer than copying."""
    canvas = np.full((height, width, 3), BACKGROUND, np.uint8)
    canvas[height - STATUS :] = PANEL_BACK
    canvas.flags.writeable = False
    return canvas


def _draw_around(canvas: NDArray[np.uint8], layout: Layout, captions: Captions) -> None:
    height, width = canvas.shape[:2]
    draw_text(canvas, captions.title, (MARGIN, 10), size=17)
    draw_text(canvas, captions.numbers, (width - MARGIN, 12), size=15, color=GREY, align="right")
    for name, left in zip(layout.panels, layout.lefts, strict=True):
        draw_text(canvas, name, (left, HEADER + 1), size=13, color=GREY)
    _draw_depth_scale(canvas, layout)
    draw_text(canvas, captions.status, (MARGIN, height - STATUS + 6), size=13, color=AMBER if captions.alert else GREY)


def _draw_depth_scale(canvas: NDArray[np.uint8], layout: Layout) -> None:
    """A bar of the depth colours over the depth panel, with its ends in metres."""
    bar = depth_table()[1::2, 0]
    far = f"{FAR_M:g} m"
    right = layout.lefts[-1] + layout.size[0] - text_width(far, 13) - 6
    top = HEADER + 6
    canvas[top : top + 9, right - len(bar) : right] = bar
    draw_text(canvas, far, (layout.lefts[-1] + layout.size[0], HEADER + 1), size=13, color=GREY, align="right")
    draw_text(canvas, "0", (right - len(bar) - 6, HEADER + 1), size=13, color=GREY, align="right")


def _draw_legend(canvas: NDArray[np.uint8], layout: Layout, entries: Sequence[LegendEntry]) -> None:
    """Two rows of swatches with names and shares; what does not fit is left out."""
    x, row = MARGIN, 0
    top = layout.top + layout.size[1] + MARGIN - 2
    for entry in entries:
        label, share = entry.name, f"{100 * entry.share:.0f}%"
        needed = 20 + text_width(label, 13) + 5 + text_width(share, 13) + 18
        if x + needed > canvas.shape[1] - MARGIN + 18:
            x, row = MARGIN, row + 1
            if row == 2:
                return
        y = top + row * LEGEND_ROW
        canvas[y + 3 : y + 16, x : x + 13] = entry.color
        draw_text(canvas, label, (x + 20, y), size=13, color=WHITE)
        draw_text(canvas, share, (x + 25 + text_width(label, 13), y), size=13, color=GREY)
        x += needed

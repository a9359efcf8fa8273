"""The panels of the 3D window that are pictures: the line above, the image with its marks, and the numbers below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.layout import CAPTION as LINE
from app.layout import HEADER, Layout
from app.look import ImageKind, Look
from app.names import draw_names, find_names
from app.picture import BACKGROUND, NAMED, PANEL_BACK, draw_warnings
from app.result import Pulse, Result
from app.scales import draw_scale
from app.text import AMBER, GREY, RED, WHITE, draw_banner, draw_text, fitted, text_width
from app.viewers.shared.marks import draw_picked, greyed
from app.viewers.shared.picks import Picks
from app.viewers.three_d.messages import Size
from app.viewers.three_d.window.places import CAPTION
from sensors.source import SourceStatus

MARGIN = 8
ROW = 23
BAR_COLOR, BAR_BACK = (92, 150, 214), (52, 56, 66)
NAME_WIDTH, MS_WIDTH = 100, 74


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """What is told below the image. redraws_hz, points: of the window. stride: every so many pixels a point."""

    pulse: Pulse
    redraws_hz: float
    points: int
    stride: int
    renderer: str
    states: Sequence[str]
    hint: str


def header(size: Size, title: str, numbers: str) -> NDArray[np.uint8]:
    """The line above, (h, w, 3) uint8 RGB; size: width and height."""
    canvas = _canvas(size)
    numbers = fitted(numbers, 15, size[0] // 2)
    draw_text(canvas, numbers, (size[0] - MARGIN, 8), size=15, color=GREY, align="right")
    draw_text(canvas, fitted(title, 17, size[0] - 3 * MARGIN - text_width(numbers, 15)), (MARGIN, 6), size=17)
    return canvas


def image_layout(size: Size, frame_size: Size, kind: ImageKind) -> Layout:
    """One panel below its caption, as large as there is room for."""
    room = max(1, size[0] - 2 * MARGIN), max(1, size[1] - CAPTION - MARGIN)
    scale = min(room[0] / frame_size[0], room[1] / frame_size[1])
    width, height = (max(1, round(side * scale)) for side in frame_size)
    return Layout((kind,), (MARGIN,), CAPTION, (width, height), frame_size, size)


def image_panel(size: Size, image: NDArray[np.uint8], result: Result, look: Look, picks: Picks) -> NDArray[np.uint8]:
    """The frame's image (H, W, 3) enlarged to the panel, with caption, names, banners and the answers to clicks."""
    height, width = result.frame.depth_m.shape
    layout = image_layout(size, (width, height), look.image)
    canvas = _canvas(size)
    missing_share = 1 - cv2.countNonZero(result.frame.depth_m) / result.frame.depth_m.size
    words = caption(layout.size[0] + 2 * MARGIN, look.image, look.image, missing_share)
    canvas[:CAPTION, : words.shape[1]] = words[:, : size[0]]
    view = canvas[CAPTION : CAPTION + layout.size[1], MARGIN : MARGIN + layout.size[0]]
    shrinks = width > layout.size[0]
    view[:] = cv2.resize(image, layout.size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_NEAREST)
    if look.names and look.image in NAMED and len(result.segmentation.classes):
        scale = layout.size[0] / width, layout.size[1] / height
        draw_names(view, find_names(result.segmentation, look.shows), scale)
    draw_warnings(view, result.frame, result.segmentation)
    draw_picked(canvas, layout, result, picks)
    return canvas


def caption(width: int, text: str, kind: ImageKind, missing_share: float = 0.0) -> NDArray[np.uint8]:
    """A line over a panel: what it shows, and what its colours mean. (CAPTION, width, 3) uint8 RGB."""
    # The scale is drawn as in the 2D window, whose captions lie below a header.
    strip = _canvas((width, HEADER + LINE))
    draw_text(strip, text, (MARGIN + 1, HEADER + 1), size=13, color=GREY)
    draw_scale(strip, kind, MARGIN, width - MARGIN, missing_share=missing_share)
    return np.concatenate([_canvas((width, CAPTION - LINE)), strip[HEADER:]])


def lost(panel: NDArray[np.uint8], status: SourceStatus, age_s: float) -> NDArray[np.uint8]:
    """An image panel greyed, with what is lost and how old the picture is."""
    picture = greyed(panel)
    draw_banner(picture[CAPTION:], status.message or "camera lost")
    draw_banner(picture[CAPTION:], f"this picture is {age_s:.0f} s old", line=1)
    return picture


def waiting_panel(size: Size, message: str) -> NDArray[np.uint8]:
    """The image panel before the first frame."""
    canvas = _canvas(size)
    canvas[CAPTION:] = PANEL_BACK
    middle = size[1] // 2
    draw_text(canvas, "waiting for the first frame", (size[0] // 2, middle - 20), size=17, align="middle")
    draw_text(canvas, message, (size[0] // 2, middle + 10), size=13, color=AMBER, align="middle")
    return canvas


def empty_panel(size: Size, text: str) -> NDArray[np.uint8]:
    """A panel that cannot be drawn."""
    canvas = np.full((size[1], size[0], 3), PANEL_BACK, np.uint8)
    draw_banner(canvas, text, color=RED)
    return canvas


def status_panel(size: Size, numbers: Numbers) -> NDArray[np.uint8]:
    """Stage latencies as bars, rates, drops by cause, and all that is not as usual."""
    whole = _canvas(size)
    canvas = whole[:, MARGIN : max(MARGIN + 1, size[0] - MARGIN)]
    height, width = canvas.shape[:2]
    bars_width = min(320, width * 6 // 10)
    _draw_stages(canvas, numbers.pulse, bars_width, height - 2 * ROW)
    for row, (text, color) in enumerate(_facts(numbers)):
        if (row + 1) * ROW > height - 2 * ROW:
            break
        left = bars_width + 3 * MARGIN
        draw_text(canvas, fitted(text, 14, width - left), (left, 4 + row * ROW), size=14, color=color)
    told = "   ·   ".join(numbers.states)
    draw_text(canvas, fitted(told, 14, width), (1, height - 2 * ROW - 4), size=14, color=AMBER)
    draw_text(canvas, fitted(numbers.hint, 13, width), (1, height - ROW - 3), size=13, color=GREY)
    return whole


def _draw_stages(canvas: NDArray[np.uint8], pulse: Pulse, width: int, height: int) -> None:
    stages = {name: ms for name, ms in pulse.stages_ms.items() if name != "total"}
    if "total" in pulse.stages_ms:
        stages["total"] = pulse.stages_ms["total"]  # last, and the measure of the others' bars
    longest_ms = max(stages.values(), default=0) or 1
    room = width - NAME_WIDTH - MS_WIDTH
    for row, (name, ms) in enumerate(stages.items()):
        top = 4 + row * ROW
        if top + ROW > height:
            return
        color = WHITE if name == "total" else GREY
        draw_text(canvas, name, (1, top), size=14, color=color)
        canvas[top + 5 : top + 15, NAME_WIDTH : NAME_WIDTH + room] = BAR_BACK
        canvas[top + 5 : top + 15, NAME_WIDTH : NAME_WIDTH + round(room * ms / longest_ms)] = BAR_COLOR
        draw_text(canvas, f"{ms:.1f} ms", (width, top), size=14, color=color, align="right")


def _facts(numbers: Numbers) -> list[tuple[str, tuple[int, int, int]]]:
    pulse = numbers.pulse
    drops = [(f"{count} {cause}", AMBER) for cause, count in pulse.losses.items()]
    thinned = f", 1 pixel in {numbers.stride**2}" if numbers.stride > 1 else ""
    return [
        (f"{pulse.fps:.1f} frames/s", WHITE),
        (f"latency {pulse.latency_ms:.0f} ms", WHITE),
        *(drops or [("no frame lost", GREY)]),
        (f"redrawn {numbers.redraws_hz:.1f} times/s", GREY),
        (f"{numbers.points:,} points{thinned}", GREY),
        (numbers.renderer, GREY),
    ]


def _canvas(size: Size) -> NDArray[np.uint8]:
    return np.full((max(1, size[1]), max(1, size[0]), 3), BACKGROUND, np.uint8)

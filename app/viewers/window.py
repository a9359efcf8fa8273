"""`--view 2d`: an OpenCV window with colour, overlay and depth; keys and clicks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.overlay import Overlay
from app.picture import AMBER, Captions, Layout, compose, waiting_picture
from app.pipeline import Pulse
from app.query import PixelAnswer, query_pixel
from app.text import draw_banner, draw_box, draw_text, text_width
from app.viewers.probe import QUIET_QT
from app.viewers.save import save_moment
from console.errors import OutputError
from segmentation.result import Segmentation
from sensors.frames import Frame
from sensors.source import SourceStatus

NAME = "rgbd-live"
KEYS = (
    ("space", "pause and go on"),
    ("n or right arrow", "one frame further"),
    ("+ and -, or ] and [", "stronger or weaker overlay"),
    ("s", "save picture, mask and cloud"),
    ("click", "class, confidence and place of a pixel"),
    ("right click", "forget the pixel"),
    ("h", "this help"),
    ("q or Esc", "quit"),
)
GAP = "   ·   "
HINT = GAP.join(("space pause", "n step", "+ - overlay", "s save", "click a pixel", "h help", "q quit"))
RIGHT_ARROWS = (65363, 16777236, 2555904, 63235)  # X11, Qt, Windows, macOS
ESCAPE = 27
OPACITY_STEP = 0.1
PAUSED_MS = 30
LOST_REDRAW_S = 0.2
WAIT_S = 1.0  # after so long without a first frame the window says that it waits
MESSAGE_S = 4.0


class WindowViewer:
    """Shows the composed picture and answers keys and clicks. For the main thread only.

    stop: asked while paused whether the program is to end.
    """

    name = "2d"

    def __init__(
        self, *, title: str, model: str, stop: Callable[[], bool], saves: Path = Path("rgbd-live-saves")
    ) -> None:
        for name, value in QUIET_QT.items():
            os.environ.setdefault(name, value)
        self._title, self._model, self._stop, self._saves = title, model, stop, saves
        self._overlay = Overlay()
        self._current: tuple[Frame, Segmentation, Pulse] | None = None
        self._layout: Layout | None = None  # of the picture that is shown; None before the first
        self._is_open = False
        self._waiting_since_s = time.monotonic()
        self._canvas: NDArray[np.uint8] | None = None
        self._picture: NDArray[np.uint8] | None = None  # the canvas with what was clicked and the help
        self._pixel: tuple[int, int] | None = None
        self._message, self._message_until_s = "", 0.0
        self._paused = self._stepping = self._helping = self._quit = False
        self._next_lost_s = 0.0

    def show(self, frame: Frame, segmentation: Segmentation, pulse: Pulse) -> None:
        """Draw one result."""
        self._current = (frame, segmentation, pulse)
        self._stepping = False  # a step lasts until its frame is here, however long the camera takes
        self._redraw()

    def attend(self, status: SourceStatus) -> bool:
        """Answer keys and clicks; stays here while paused. False when the user quits."""
        import cv2

        if self._layout is None and time.monotonic() > self._waiting_since_s + WAIT_S:
            self._show_waiting(status)
        if not self._is_open:
            return True
        if status.state == "lost":
            self._show_lost(status)
        self._key(cv2.waitKeyEx(1))
        while self._paused and not self._stepping and not self._quit and not self._stop():
            self._stepping = self._key(cv2.waitKeyEx(PAUSED_MS)) == "step"
        return not self._quit

    def close(self) -> None:
        """Close the window."""
        import cv2

        if self._is_open:
            cv2.destroyAllWindows()
            self._is_open = False

    def hold(self) -> None:
        """After the last frame: keep the window until the user quits."""
        import cv2

        if self._layout is None or self._quit:
            return
        self._paused = False
        self._say(f"the end{GAP}q quits", seconds=float("inf"))
        while not self._quit and not self._stop():
            self._key(cv2.waitKeyEx(PAUSED_MS))

    def _key(self, code: int) -> str:
        """Do what a key asks for; returns what that was."""
        import cv2

        action = action_of(code)
        if action == "quit" or cv2.getWindowProperty(NAME, cv2.WND_PROP_VISIBLE) < 1:
            self._quit = True
        elif action == "pause":
            self._paused = not self._paused
        elif action == "step":
            self._paused = True
        elif action in ("stronger", "weaker"):
            step = OPACITY_STEP if action == "stronger" else -OPACITY_STEP
            self._overlay.opacity = float(np.clip(self._overlay.opacity + step, 0, 1))
            self._say(f"overlay {self._overlay.opacity:.0%}")
        elif action == "help":
            self._helping = not self._helping
        elif action == "save":
            self._save()
        if action:
            self._redraw()
        return action

    def _save(self) -> None:
        if self._current is None or self._canvas is None:
            return
        frame, segmentation, _ = self._current
        try:
            stem = save_moment(self._saves, frame, segmentation, self._canvas, model=self._model)
        except OutputError as error:
            self._say(str(error))
        else:
            self._say(f"saved {stem}.png, -mask.png and .ply")

    def _say(self, text: str, seconds: float = MESSAGE_S) -> None:
        self._message, self._message_until_s = text, time.monotonic() + seconds
        self._redraw()

    def _redraw(self) -> None:
        if self._current is None:
            return
        frame, segmentation, pulse = self._current
        picture, layout = compose(frame, segmentation, self._overlay, self._captions(frame, pulse))
        if self._pixel is not None:
            draw_answer(picture, layout, query_pixel(frame, segmentation, *self._pixel))
        self._canvas = picture  # what the save key keeps: with the answer to a click, without the help
        if self._helping:
            picture = picture.copy()
            draw_help(picture)
        self._picture = picture
        self._put(picture, layout)

    def _captions(self, frame: Frame, pulse: Pulse) -> Captions:
        numbers = [f"frame {frame.index}", f"{pulse.fps:.1f} frames/s", f"latency {pulse.latency_ms:.0f} ms"]
        if pulse.overwritten:
            numbers.append(f"{pulse.overwritten} skipped")
        message = self._message if time.monotonic() < self._message_until_s else ""
        told = [*(["paused"] if self._paused else []), *([message] if message else [])]
        return Captions(f"{self._title}{GAP}{self._model}", GAP.join(numbers), GAP.join(told) or HINT, alert=bool(told))

    def _show_lost(self, status: SourceStatus) -> None:
        """The last picture greyed, with its age."""
        import cv2

        now_s = time.monotonic()
        if self._picture is None or self._layout is None or now_s < self._next_lost_s:
            return
        self._next_lost_s = now_s + LOST_REDRAW_S
        grey = cv2.cvtColor(cv2.cvtColor(self._picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        picture = (grey * 0.55).astype(np.uint8)
        draw_banner(picture, status.message or "camera lost")
        draw_banner(picture, f"this picture is {now_s - status.since_s:.0f} s old", line=1)
        self._put(picture, self._layout)

    def _show_waiting(self, status: SourceStatus) -> None:
        """That no frame has come yet, and for how long."""
        waited_s = int(time.monotonic() - self._waiting_since_s)
        message = status.message if status.state == "lost" else f"{waited_s} s"
        self._draw(waiting_picture(self._title, message), resizes=not self._is_open)

    def _put(self, picture: NDArray[np.uint8], layout: Layout) -> None:
        is_first, self._layout = self._layout is None, layout
        self._draw(picture, resizes=is_first)

    def _draw(self, picture: NDArray[np.uint8], *, resizes: bool) -> None:
        import cv2

        if not self._is_open:
            cv2.namedWindow(NAME, cv2.WINDOW_NORMAL | cv2.WINDOW_KEEPRATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.setMouseCallback(NAME, self._mouse)
            self._is_open = True
        if resizes:
            cv2.resizeWindow(NAME, picture.shape[1], picture.shape[0])
        cv2.imshow(NAME, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    def _mouse(self, event: int, x: int, y: int, _flags: int, _extra: object) -> None:
        import cv2

        if event == cv2.EVENT_LBUTTONDOWN and self._layout is not None:
            self._pixel = self._layout.pixel_at(x, y)
        elif event == cv2.EVENT_RBUTTONDOWN:
            self._pixel = None
        else:
            return
        self._redraw()


def action_of(code: int) -> str:
    """What a key code of cv2.waitKeyEx asks for; "" for nothing."""
    if code in RIGHT_ARROWS:
        return "step"
    if code < 0 or code > 255:
        return ""
    if code == ESCAPE:
        return "quit"
    actions = {
        " ": "pause", "n": "step", "+": "stronger", "=": "stronger", "]": "stronger",
        "-": "weaker", "[": "weaker", "s": "save", "q": "quit", "h": "help",
    }  # fmt: skip
    return actions.get(chr(code).lower(), "")


def answer_text(answer: PixelAnswer) -> str:
    """A pixel's answer in one line."""
    text = f"{answer.class_name}   {answer.confidence:.0%}" if answer.class_name != "void" else "no class"
    if answer.xyz_m is None:
        return f"{text}   no depth here"
    x, y, z = answer.xyz_m
    return f"{text}   {answer.depth_m:.2f} m   x {x:+.2f}  y {y:+.2f}  z {z:.2f} m"


def draw_answer(picture: NDArray[np.uint8], layout: Layout, answer: PixelAnswer) -> None:
    """A cross at the pixel on every panel, and the answer beside it on the middle one."""
    import cv2

    points = layout.canvas_points(answer.at)
    for point in points:
        for color, thickness in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.drawMarker(picture, point, color, cv2.MARKER_CROSS, 17, thickness, cv2.LINE_AA)
    text = answer_text(answer)
    width = text_width(text, 14) + 16
    x, y = points[-2]
    left = int(np.clip(x + 14, 4, picture.shape[1] - width - 4))
    top = y - 34 if y - 34 > layout.top else y + 12
    draw_box(picture, left, top, left + width, top + 24, shade=0.2)
    draw_text(picture, text, (left + 8, top + 3), size=14)


def draw_help(picture: NDArray[np.uint8]) -> None:
    """The keys, in a box in the middle."""
    height, width = picture.shape[:2]
    box_width, box_height = 460, 26 * len(KEYS) + 56
    left, top = max(0, (width - box_width) // 2), max(0, (height - box_height) // 2)
    draw_box(picture, left, top, left + box_width, top + box_height, shade=0.12)
    draw_text(picture, "keys", (left + 20, top + 14), size=17, color=AMBER)
    for row, (key, meaning) in enumerate(KEYS):
        y = top + 46 + 26 * row
        draw_text(picture, key, (left + 20, y), size=14, color=AMBER)
        draw_text(picture, meaning, (left + 190, y), size=14)

"""`--view 2d`: an OpenCV window with colour, overlay and depth; keys and clicks."""

from __future__ import annotations

import os
import time

import numpy as np
from numpy.typing import NDArray

from app.overlay import Overlay
from app.picture import AMBER, Captions, Layout, compose, waiting_picture
from app.query import PixelAnswer, query_pixel
from app.result import Pulse, Result
from app.text import draw_banner, draw_box, draw_text, text_width
from app.viewers.context import ViewContext
from app.viewers.probe import QUIET_QT
from app.viewers.save import save_moment
from console.errors import OutputError
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
LOST_REDRAW_S = 0.2
WAIT_S = 1.0  # after so long without a first frame the window says that it waits
MESSAGE_S = 4.0


class WindowViewer:
    """Shows the composed picture and answers keys and clicks. For the main thread only."""

    name = "2d"
    wait_s = 0.02

    def __init__(self, context: ViewContext) -> None:
        for name, value in QUIET_QT.items():
            os.environ.setdefault(name, value)
        self._title, self._model, self._saves = context.title, context.model, context.saves
        self._controls = context.controls
        self._overlay = Overlay()
        self._current: Result | None = None
        self._layout: Layout | None = None  # of the picture that is shown; None before the first
        self._is_open = False
        self._waiting_since_s = time.monotonic()
        self._canvas: NDArray[np.uint8] | None = None
        self._picture: NDArray[np.uint8] | None = None  # the canvas with what was clicked and the help
        self._pixel: tuple[int, int] | None = None
        self._message, self._message_until_s = "", 0.0
        self._helping = self._quit = self._knows_end = False
        self._next_lost_s = 0.0

    def show(self, result: Result) -> None:
        """Draw one result."""
        self._current = result
        self._redraw()

    def attend(self, status: SourceStatus) -> bool:
        """Answer keys and clicks. False when the user quits."""
        import cv2

        if self._layout is None and time.monotonic() > self._waiting_since_s + WAIT_S:
            self._show_waiting(status)
        if not self._is_open:
            return True
        if status.state == "lost":
            self._show_lost(status)
        self._key(cv2.waitKeyEx(1))
        if self._controls.ended != self._knows_end:
            self._knows_end = self._controls.ended
            self._redraw()
        return not self._quit

    def picture(self) -> None:
        """None: the window shows the usual picture."""

    def close(self) -> None:
        """Close the window."""
        import cv2

        if self._is_open:
            cv2.destroyAllWindows()
            self._is_open = False

    def _key(self, code: int) -> str:
        """Do what a key asks for; returns what that was."""
        import cv2

        action = action_of(code)
        if action == "quit" or cv2.getWindowProperty(NAME, cv2.WND_PROP_VISIBLE) < 1:
            self._quit = True
        elif action == "pause":
            self._controls.paused = not self._controls.paused
        elif action == "step":
            self._controls.step()
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
        frame, segmentation = self._current.frame, self._current.segmentation
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
        frame, segmentation, pulse = self._current.frame, self._current.segmentation, self._current.pulse
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
        numbers += [f"{count} {cause}" for cause, count in pulse.losses.items()]
        message = self._message if time.monotonic() < self._message_until_s else ""
        states = {f"the end{GAP}q quits": self._controls.ended, "paused": self._controls.paused, message: bool(message)}
        told = [state for state, is_on in states.items() if is_on]
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

"""The 2D viewer: draws results as often as the drawing budget allows, and answers keys and clicks."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from app.layout import Layout
from app.look import Look, Painter
from app.picture import Captions, compose, waiting_picture
from app.result import Result
from app.text import draw_banner
from app.viewers.context import ViewContext
from app.viewers.draw_budget import DrawBudget
from app.viewers.guarded_panels import GuardedPanels
from app.viewers.save import save_moment
from app.viewers.shared.keys import action_of
from app.viewers.shared.marks import draw_picked, greyed
from app.viewers.shared.picks import Picks
from app.viewers.shared.steering import Steering, states
from app.viewers.window.help import draw_help
from app.viewers.window.screen import Screen
from console.errors import OutputError
from console.say import say
from sensors.source import SourceStatus

GAP = "   ·   "
HINT = GAP.join(("h all keys", "space pause", "n step", "v view", "s save", "click, drag or double click", "q quit"))
LOST_REDRAW_S = 0.2
WAIT_S = 1.0  # after so long without a first frame the window says that it waits
MESSAGE_S = 4.0


class WindowViewer:
    """Shows the composed picture and answers keys and clicks. For the main thread only."""

    name = "2d"
    wait_s = 0.02

    def __init__(self, context: ViewContext, budget: DrawBudget | None = None) -> None:
        self._title, self._model, self._saves = context.title, context.model, context.saves
        self._controls = context.controls
        self._look = Look(palette=context.palette, names=context.palette == "colour-blind")
        self._painter = Painter(self._look)
        self._panels = GuardedPanels(self._painter)
        self._steering = Steering(self._controls, self._look)
        self._picks, self._screen = Picks(), Screen(self._mouse)
        self._budget = budget or DrawBudget()
        self._current: Result | None = None
        self._layout: Layout | None = None  # of the picture that is shown; None before the first
        self._room: tuple[int, int] | None = None  # that the picture was made for
        self._stale = self._by_hand = False  # whether to draw, and whether someone waits to see what they did
        self._helping = self._quit = self._knows_end = False
        self._message, self._message_until_s = "", 0.0
        self._waiting_since_s = time.monotonic()
        self._next_lost_s = 0.0

    def show(self, result: Result) -> None:
        """Draw one result, now or when the next drawing is due."""
        self._current, self._stale = result, True
        self._steering.arrived()
        self._picks.keep_within(result.frame.intrinsics.width, result.frame.intrinsics.height)
        self._draw_if_due()

    def attend(self, status: SourceStatus) -> bool:
        """Answer keys and clicks. False when the user quits."""
        if self._layout is None and time.monotonic() > self._waiting_since_s + WAIT_S:
            self._show_waiting(status)
        if not self._screen.is_open:
            return True
        self._key(self._screen.key())
        self._quit |= self._screen.is_closed_by_user
        self._notice_changes()
        if status.state == "lost":
            self._show_lost(status)
        elif not self._quit:
            self._draw_if_due()
        return not self._quit

    def picture(self) -> NDArray[np.uint8] | None:
        """The newest result as the window shows it, without the help; None before the first."""
        return None if self._current is None else self._composed(self._current)[0]

    def close(self) -> None:
        """Close the window."""
        self._screen.close()

    def _notice_changes(self) -> None:
        """What changes without a result or a key: the end, the window's size, messages that have stood long enough."""
        if self._screen.room() != self._room:
            self._redraw_soon()
        if self._controls.ended != self._knows_end:
            self._knows_end = self._controls.ended
            self._redraw_soon()
        if self._message and time.monotonic() > self._message_until_s:
            self._message, self._stale = "", True

    def _key(self, code: int) -> None:
        action = action_of(code)
        if not action:
            return
        if action == "quit":
            self._quit = True
        elif action == "help":
            self._helping = not self._helping
        elif action == "save":
            self._save()
        else:
            self._say(self._steering.do(action, self._current, self._picks.pointer or self._picks.point))
        self._redraw_soon()

    def _save(self) -> None:
        picture = self.picture()
        if self._current is None or picture is None:
            return
        frame, segmentation = self._current.frame, self._current.segmentation
        try:
            stem = save_moment(self._saves, frame, segmentation, picture, model=self._model)
        except OutputError as error:
            self._say(str(error))
        else:
            self._say(f"saved {stem}.png, -mask.png and .ply")

    def _say(self, text: str) -> None:
        self._message, self._message_until_s = text, time.monotonic() + MESSAGE_S

    def _redraw_soon(self) -> None:
        self._stale = self._by_hand = True

    def _draw_if_due(self) -> None:
        if self._current is None or not self._stale or not self._budget.is_due(by_hand=self._by_hand):
            return
        self._stale = self._by_hand = False
        with self._budget.drawing():
            self._draw(self._current)
            code = self._screen.key()  # it paints itself in here
        self._key(code)

    def _draw(self, result: Result) -> None:
        self._room = self._screen.room()
        picture, self._layout = self._composed(result, self._room)
        if self._helping:
            draw_help(picture)
        self._screen.show(picture, sizes=self._room is None)

    def _composed(self, result: Result, room: tuple[int, int] | None = None) -> tuple[NDArray[np.uint8], Layout]:
        """The picture with what was clicked."""
        canvas, layout = compose(result, self._painter, self._captions(result), room=room, paint=self._panels)
        try:
            draw_picked(canvas, layout, result, self._picks)
        except Exception as error:
            self._picks.forget()
            say(f"what was clicked cannot be answered; everything else goes on ({type(error).__name__}: {error})")
        return canvas, layout

    def _captions(self, result: Result) -> Captions:
        pulse = result.pulse
        numbers = [f"frame {result.frame.index}", f"{pulse.fps:.1f} frames/s", f"drawn {self._budget.rate_hz:.1f}/s"]
        numbers += [f"latency {pulse.latency_ms:.0f} ms"]
        numbers += [f"{count} {cause}" for cause, count in pulse.losses.items()]
        at_end = "home plays again, q quits" if self._controls.seekable else "q quits"
        told = [self._message] if self._message else []
        told += [state for state in states(self._controls, self._look, result, at_end=at_end) if state not in told]
        status = GAP.join([*told, "h all keys"]) if told else HINT
        return Captions(f"{self._title}{GAP}{self._model}", GAP.join(numbers), status, alert=bool(told))

    def _show_lost(self, status: SourceStatus) -> None:
        """The last picture greyed, with its age."""
        now_s = time.monotonic()
        if self._current is None or now_s < self._next_lost_s:
            return
        self._next_lost_s = now_s + LOST_REDRAW_S
        picture, self._layout = self._composed(self._current, self._screen.room())
        picture = greyed(picture)
        draw_banner(picture, status.message or "camera lost")
        draw_banner(picture, f"this picture is {now_s - status.since_s:.0f} s old", line=1)
        if self._helping:
            draw_help(picture)
        self._screen.show(picture, sizes=False)

    def _show_waiting(self, status: SourceStatus) -> None:
        """That no frame has come yet, and for how long."""
        waited_s = int(time.monotonic() - self._waiting_since_s)
        message = status.message if status.state == "lost" else f"{waited_s} s"
        self._screen.show(waiting_picture(self._title, message), sizes=True)

    def _mouse(self, event: int, x: int, y: int, flags: int, _extra: object) -> None:
        import cv2

        if self._layout is None:
            return
        pixel, picks = self._layout.pixel_at(x, y), self._picks
        if event == cv2.EVENT_MOUSEMOVE:
            if picks.move(pixel, (x, y)):
                self._redraw_soon()
            return
        if event == cv2.EVENT_LBUTTONDOWN:
            picks.press(pixel, (x, y), whole=bool(flags & (cv2.EVENT_FLAG_SHIFTKEY | cv2.EVENT_FLAG_CTRLKEY)))
        elif event == cv2.EVENT_LBUTTONDBLCLK:
            picks.double(pixel)
        elif event == cv2.EVENT_LBUTTONUP:
            picks.release(pixel, (x, y))
        elif event == cv2.EVENT_RBUTTONDOWN:
            picks.forget()
        else:
            return
        self._redraw_soon()

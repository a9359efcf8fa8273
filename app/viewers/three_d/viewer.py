"""`--view 3d` as the pipeline sees it: paints what the window's process shows, and does what is asked for there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.look import Look
from app.result import Result
from app.viewers.context import ViewContext
from app.viewers.draw_budget import DrawBudget
from app.viewers.save import save_moment
from app.viewers.shared.keys import action_of
from app.viewers.shared.picking import pick_pixel
from app.viewers.shared.picks import Picks
from app.viewers.shared.steering import Steering
from app.viewers.three_d.choices import Choices
from app.viewers.three_d.link import Link
from app.viewers.three_d.messages import (
    Chosen,
    Closed,
    Drawn,
    Failed,
    FromWindow,
    Laid,
    Pointed,
    PointedInSpace,
    Pressed,
    Ready,
    ResetView,
    Setup,
)
from app.viewers.three_d.painting import Painting
from console.errors import OutputError
from console.say import say
from sensors.source import SourceStatus

MESSAGE_S = 4.0
STALE_S = 0.5  # how old what is told of a lost or awaited camera may get
PICTURE_S = 40.0
# Mesa 22's software Vulkan never gives back 5 MB of every drawing; at this a new window takes the old one's place.
MOST_GROWTH_MIB = 1500.0
ARROWS = {"right": "step", "left": "back", "home": "first", "end": "last", "page up": "far_back", "page down": "far_on"}
OWN_KEYS = {"p": "points", "f": "front", "g": "map"}


class ThreeDViewer:
    """Sends the newest result whenever the drawing budget allows and the window has drawn the one before it.

    link: of a window that is open, as `ready` says.
    """

    name = "3d"
    wait_s = 0.02

    def __init__(
        self,
        context: ViewContext,
        link: Link,
        ready: Ready,
        budget: DrawBudget | None = None,
        open_another: Callable[[], Link] = Link,
    ) -> None:
        self._context, self._link, self._open_another = context, link, open_another
        self._next: Link | None = None
        self._least_mib = float("inf")
        self._look = _look(context)
        self._picks = Picks()
        self._steering = Steering(context.controls, self._look)
        self._choices = Choices(context, self._look)
        self._budget = budget or DrawBudget()
        self._painting = Painting(context, self._look, self._picks, self._choices, ready)
        self._current: Result | None = None
        self._status = SourceStatus("streaming", "", time.monotonic())
        self._is_stale, self._by_hand, self._is_drawing, self._quit = True, False, False, False
        self._spent_s, self._drawn_s = ready.spent_s, 0.0
        self._message, self._message_until_s = "", 0.0
        self._state: tuple[object, ...] = ()

    def show(self, result: Result) -> None:
        """Take a result, to be drawn when its time comes."""
        self._current, self._is_stale = result, True
        self._steering.arrived()
        self._picks.keep_within(result.frame.depth_m.shape[1], result.frame.depth_m.shape[0])

    def attend(self, status: SourceStatus) -> bool:
        """Do what was asked for in the window, and draw if it is time. False when the user quits."""
        self._status = status
        for event in self._link.events():
            self._take(event)
        self._change_over()
        controls, now_s = self._context.controls, time.monotonic()
        state = (controls.ended, controls.paused, status.state, now_s < self._message_until_s)
        waits = self._current is None or status.state == "lost"
        if state != self._state or (waits and now_s > self._drawn_s + STALE_S):
            self._state, self._is_stale = state, True
        if self._is_stale and not self._is_drawing and self._budget.is_due(by_hand=self._by_hand):
            self._draw()
        return not self._quit

    def picture(self) -> NDArray[np.uint8] | None:
        """The whole window with the last result in it; None where it cannot be had."""
        if self._current is None or self._quit:
            return None
        deadline_s = time.monotonic() + PICTURE_S
        self._is_stale = True
        while (self._is_stale or self._is_drawing) and time.monotonic() < deadline_s:
            if not self._is_drawing:
                self._draw()
            for event in self._link.events(0.1):
                self._take(event)
        taken = self._link.picture(deadline_s - time.monotonic())
        return taken.image if taken.image is not None else self._painting.composed(taken.cloud)

    def close(self) -> None:
        """Close the window."""
        for link in (self._link, self._next):
            if link is not None:
                link.close()

    def _follow(self, drawn: Drawn) -> None:
        """Prepare another window where this one has grown too large."""
        self._least_mib = min(self._least_mib, drawn.memory_mib)
        if self._next is None and drawn.memory_mib > self._least_mib + MOST_GROWTH_MIB:
            self._next = self._open_another()
            self._next.send(replace(self._choices.setup(), pose=drawn.pose))

    def _change_over(self) -> None:
        """To the other window, once it is open."""
        if self._next is None:
            return
        ready = next((event for event in self._next.events() if isinstance(event, Ready)), None)
        if ready is None:
            return
        self._link.close()
        self._link, self._next = self._next, None
        self._spent_s, self._least_mib = ready.spent_s, float("inf")
        self._is_drawing, self._is_stale = False, True
        self._painting.sizes = {}

    def _draw(self) -> None:
        began_s = time.thread_time()
        update = self._painting.update(self._current, self._status, self._told(), self._budget.rate_hz)
        self._link.send(update)
        self._spent_s -= time.thread_time() - began_s  # to be counted with what the window takes for it
        self._is_drawing, self._is_stale, self._by_hand = True, False, False
        self._drawn_s = time.monotonic()

    def _told(self) -> str:
        return self._message if time.monotonic() < self._message_until_s else ""

    def _take(self, event: FromWindow) -> None:
        if isinstance(event, Drawn):
            self._budget.count(event.spent_s - self._spent_s)
            self._is_drawing, self._spent_s = False, event.spent_s
            self._follow(event)
            return
        if isinstance(event, Closed):
            self._quit = True
        elif isinstance(event, Failed):
            say(f"the 3d window's {event.part} cannot be drawn; the rest goes on ({event.error})")
        elif isinstance(event, Laid):
            self._painting.sizes, self._painting.scale = event.sizes, event.scale
        elif isinstance(event, Pressed):
            self._press(event.key)
        elif isinstance(event, Chosen):
            self._choose(event.name, event.value)
        elif isinstance(event, Pointed | PointedInSpace) and not self._point(event):
            return
        self._is_stale = self._by_hand = True

    def _press(self, key: str) -> None:
        own = OWN_KEYS.get(key.lower(), "")
        if own == "front":
            self._link.send(ResetView())
        elif own:
            self._choices.press(own)
        else:
            self._act(ARROWS.get(key) or (action_of(ord(key)) if len(key) == 1 else ""))

    def _act(self, action: str) -> None:
        if action == "quit":
            self._quit = True
        elif action == "help":
            self._painting.helps = not self._painting.helps
        elif action == "save":
            self._save()
        elif action:
            self._say(self._steering.do(action, self._current, self._picks.pointer))

    def _choose(self, name: str, value: Any) -> None:
        if name == "reset_view":
            self._link.send(ResetView())
        elif name in ("save", "step"):
            self._act(name)
        elif name == "all":
            self._act("reset")
        else:
            self._choices.set(name, value)

    def _point(self, event: Pointed | PointedInSpace) -> bool:
        """What the mouse points at; whether that changes the picture."""
        if self._current is None:
            return False
        if isinstance(event, PointedInSpace):
            return self._point_in_space(event)
        pixel = self._painting.pixel_at(event.at, self._current)
        if event.kind == "move":
            return self._picks.move(pixel, event.at)
        if event.kind == "down":
            self._picks.press(pixel, event.at, whole=event.whole)
        elif event.kind == "up":
            self._picks.release(pixel, event.at)
        else:
            self._picks.forget()
        return True

    def _point_in_space(self, event: PointedInSpace) -> bool:
        if self._current is None or self._choices.shows_map:
            return False
        shown = self._painting.in_cloud(self._current)
        pixel = pick_pixel(self._current.frame, event.origin_m, event.direction, shown)
        self._picks.press(pixel, (0, 0))
        self._picks.release(pixel, (0, 0))
        return True

    def _save(self) -> None:
        result, picture = self._painting.painted, self._painting.image
        if result is None or picture is None:
            return
        try:
            stem = save_moment(
                self._context.saves, result.frame, result.segmentation, picture, model=self._context.model
            )
        except OutputError as error:
            self._say(str(error))
        else:
            self._say(f"saved {stem}.png, -mask.png and .ply")

    def _say(self, text: str) -> None:
        if text:
            self._message, self._message_until_s = text, time.monotonic() + MESSAGE_S


def setup_for(context: ViewContext) -> Setup:
    """What the window's controls begin with."""
    return Choices(context, _look(context)).setup()


def _look(context: ViewContext) -> Look:
    return Look(palette=context.palette, names=context.palette == "colour-blind")

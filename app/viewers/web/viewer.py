"""`--view web`: the view in a browser, painted on a thread of its own while anybody looks."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from app.look import Look
from app.result import Result
from app.viewers.context import ViewContext
from app.viewers.draw_budget import DrawBudget
from app.viewers.save import save_moment
from app.viewers.shared.picking import pick_pixel
from app.viewers.web.address import Address
from app.viewers.web.asking import share_of
from app.viewers.web.commands import Commands
from app.viewers.web.desk import Chosen, Desk
from app.viewers.web.door import Door
from app.viewers.web.server import WebServer
from app.viewers.web.spending import Spending
from console.errors import OutputError
from sensors.source import SourceStatus

IDLE_S, POLL_S = 0.25, 0.02
MESSAGE_S = 6.0
JOIN_S = 5.0


class WebViewer:
    """Takes results without delay; paints the newest as often as its share of the processor allows.

    Everybody who looks sees the same and steers the same, as if before one screen.
    """

    name = "web"
    wait_s = 0.05

    def __init__(self, context: ViewContext, address: Address, door: Door) -> None:
        self._context = context
        self._chosen = Chosen(look=Look(palette=context.palette, names=context.palette == "colour-blind"))
        self._newest: Result | None = None
        self._painted: Result | None = None
        self._status = SourceStatus("streaming", "", time.monotonic())
        self._wake, self._touched, self._stopping = threading.Event(), threading.Event(), threading.Event()
        self._saves = False
        self._message, self._message_until_s = "", 0.0
        self._error: Exception | None = None
        self._commands: Commands | None = None
        self._server = WebServer(address, door, f"rgbd-live · {context.title}", self._command)
        try:
            self._desk = Desk(self._server.viser, context, self._chosen, self._touch, self._want_save)
        except BaseException:
            self._server.close()
            raise
        self._commands = self._desk.commands
        self._server.viser.on_client_connect(lambda _: self._touch())
        self._server.viser.scene.on_click()(self._pick)
        self._spending = Spending(DrawBudget(), self._server.spent_s)
        self._thread = threading.Thread(target=self._run, name="web view", daemon=True)
        self._thread.start()

    def show(self, result: Result) -> None:
        """Leave a result to be painted."""
        self._newest = result
        self._wake.set()

    def attend(self, status: SourceStatus) -> bool:
        """Pass on how the source is; raises what painting has raised. True: nobody ends the program from the page."""
        has_changed, self._status = status.state != self._status.state, status
        if has_changed:
            self._touch()
        if self._error is not None:
            raise self._error
        return True

    def picture(self) -> None:
        """None: the usual picture stands for the page."""

    def close(self) -> None:
        """Send everyone away."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(JOIN_S)
        self._server.close()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                is_done = self._look_after()
                self._wake.wait(IDLE_S if is_done else POLL_S)
        except Exception as error:  # a fault in painting, told by attend()
            self._error = error

    def _look_after(self) -> bool:
        """Paint and tell what is due; False where something is left to paint, but too soon."""
        if self._saves:
            self._save()
        self._wake.clear()
        result, by_hand = self._newest, self._touched.is_set()
        if not self._server.viser.get_clients():
            self._painted = None  # whoever comes next gets the newest at once
            return True
        is_wanted = result is not None and (by_hand or result is not self._painted)
        is_due = self._spending.budget.is_due(by_hand=by_hand)
        if is_due or not is_wanted:
            self._touched.clear()
        if is_due and is_wanted and result is not None:
            self._paint(result)
        self._desk.tell(result, self._states(), self._spending.effort(), now=by_hand and is_due)
        return is_due or not is_wanted

    def _paint(self, result: Result) -> None:
        with self._spending.painting():
            self._desk.paint(result, is_lost=self._status.state == "lost")
        self._painted = result

    def _states(self) -> list[str]:
        """What is the matter, in words."""
        controls, status = self._context.controls, self._status
        states = [self._message] if time.monotonic() < self._message_until_s else []
        if status.state == "lost":
            age_s = time.monotonic() - status.since_s
            states.append(f"{status.message or 'camera lost'}: the picture is {age_s:.0f} s old")
        if self._newest is None:
            states.append("waiting for the first frame")
        elif not self._newest.frame.depth_m.any():
            states.append("no depth")
        if controls.ended:
            states.append("the end")
        elif controls.paused:
            states.append("paused")
        return states + ([] if controls.uses_depth else ["labels without depth"])

    def _touch(self) -> None:
        self._touched.set()
        self._wake.set()

    def _command(self, name: str, arguments: Mapping[str, str]) -> bool:
        if self._commands is None:  # asked for before the page was built
            return False
        self._commands.do(name, arguments)
        self._touch()
        return True

    def _pick(self, event: Any) -> None:
        """A click on the cloud."""
        result = self._newest
        if result is None or self._chosen.wishes.shows_map:
            return
        pixel = pick_pixel(
            result.frame, np.array(event.ray_origin), np.array(event.ray_direction), self._desk.in_cloud(result)
        )
        if pixel is None:
            self._chosen.asking.forget()
        else:
            self._chosen.asking.click(share_of(pixel, result))
        self._touch()

    def _want_save(self) -> None:
        self._saves = True
        self._wake.set()

    def _save(self) -> None:
        self._saves = False
        if self._painted is None and self._newest is not None:
            self._paint(self._newest)
        result = self._painted  # of which the picture is; newer ones may have come
        if result is None:
            return
        try:
            stem = save_moment(
                self._context.saves, result.frame, result.segmentation, self._desk.picture, model=self._context.model
            )
            self._message = f"saved {stem.name} (.png, -mask.png, .ply) in {stem.parent} where the program runs"
        except OutputError as error:
            self._message = str(error)
        self._message_until_s = time.monotonic() + MESSAGE_S
        self._touch()

"""The mouse over the picture and over the cloud."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from open3d.visualization import gui

from app.viewers.three_d.messages import FromWindow, Pointed, PointedInSpace
from app.viewers.three_d.window.cloud_view import CloudView

DOUBLE_S, STILL_PX = 0.4, 5
IGNORED, CONSUMED = gui.Widget.EventCallbackResult.IGNORED, gui.Widget.EventCallbackResult.CONSUMED


class PictureMouse:
    """Press, move and release on the picture's panel, in its pixels; a double or shift click means the whole thing."""

    def __init__(self, panel: gui.ImageWidget, send: Callable[[FromWindow], None]) -> None:
        self._panel, self._send = panel, send
        self._last_at, self._last_s = (0, 0), -DOUBLE_S

    def __call__(self, event: Any) -> Any:
        """Tell what the mouse does."""
        at = (event.x - self._panel.frame.x, event.y - self._panel.frame.y)
        if event.type == gui.MouseEvent.Type.BUTTON_DOWN:
            self._down(event, at)
        elif event.type in (gui.MouseEvent.Type.MOVE, gui.MouseEvent.Type.DRAG):
            self._send(Pointed("move", at))
        elif event.type == gui.MouseEvent.Type.BUTTON_UP and event.is_button_down(gui.MouseButton.LEFT):
            self._send(Pointed("up", at))
        return CONSUMED

    def _down(self, event: Any, at: tuple[int, int]) -> None:
        if event.is_button_down(gui.MouseButton.RIGHT):
            self._send(Pointed("forget", at))
            return
        now_s = time.monotonic()
        is_double = now_s < self._last_s + DOUBLE_S and math.dist(at, self._last_at) < STILL_PX
        self._last_at, self._last_s = at, now_s
        self._send(Pointed("down", at, whole=is_double or event.is_modifier_down(gui.KeyModifier.SHIFT)))


class CloudMouse:
    """A click on the cloud, as a ray; dragging turns it, which is Open3D's."""

    def __init__(self, cloud: CloudView, send: Callable[[FromWindow], None]) -> None:
        self._cloud, self._send = cloud, send
        self._pressed_at: tuple[int, int] | None = None

    def __call__(self, event: Any) -> Any:
        """Tell a click; whatever it is, Open3D gets it too."""
        frame = self._cloud.widget.frame
        at = (event.x - frame.x, event.y - frame.y)
        if event.type == gui.MouseEvent.Type.BUTTON_DOWN:
            self._pressed_at = at if event.is_button_down(gui.MouseButton.LEFT) else None
        elif event.type == gui.MouseEvent.Type.BUTTON_UP and self._pressed_at is not None:
            if math.dist(at, self._pressed_at) < STILL_PX:
                self._send(PointedInSpace(*self._cloud.ray(*at)))
            self._pressed_at = None
        return IGNORED

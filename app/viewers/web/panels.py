"""The page's controls: built once, shared by everybody who looks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, cast

from app.controls import FASTEST, Controls
from app.look import CLOUD_KINDS, IMAGE_KINDS, Look
from app.viewers.context import MapToggle
from app.viewers.web.asking import ASKS, Asking
from app.viewers.web.wishes import DENSITIES, Wishes

FARTHEST_M = 10.0
NO_IMAGE = "none"
WITHOUT_DEPTH = "Off: what the labels would be if the network saw the colours alone (key l)"
SPEEDS = {f"{factor:g}x": factor for factor in (0.25, 0.5, 1.0, 2.0, 4.0, FASTEST)}
PAUSE, PLAY, STEP = "pause", "play", "step"
_HAND_S = 1.0  # so long after a person moved the position, playing does not move it


class PlayingPanel:
    """Pause, step, and for a recording the position, the speed and whether it begins again."""

    def __init__(self, gui: Any, controls: Controls, changed: Callable[[], None]) -> None:
        self._controls, self._changed = controls, changed
        self._moved_s = 0.0
        self._pause = gui.add_button_group("Playing", (PAUSE, PLAY, STEP))
        self._pause.on_click(lambda _: self._press(self._pause.value))
        self._position = self._loop = None
        if controls.seekable and (controls.frame_count or 0) > 1:
            self._position = gui.add_slider("Frame", 0, cast(int, controls.frame_count) - 1, 1, 0)
            self._position.on_update(self._seek)
        if controls.frame_count is not None:
            speed = gui.add_dropdown("Speed", tuple(SPEEDS), initial_value="1x")
            speed.on_update(lambda _: self._set("speed", SPEEDS.get(speed.value, 1.0)))
            self._loop = gui.add_checkbox("Begin again at the end", controls.loops)
            self._loop.on_update(lambda event: self._set("loops", event.target.value))

    def follow(self, position: int) -> None:
        """Show where the recording is."""
        if self._position is not None and time.monotonic() > self._moved_s + _HAND_S:
            self._position.value = min(max(position, 0), self._position.max)

    def _press(self, name: str) -> None:
        if name == STEP:
            self._controls.step()
        else:
            self._controls.paused = name == PAUSE
        self._changed()

    def _seek(self, event: Any) -> None:
        if event.client_id is not None:  # else it was us who moved it
            self._moved_s = time.monotonic()
            self._controls.seek(int(event.target.value))

    def _set(self, name: str, value: Any) -> None:
        setattr(self._controls, name, value)
        self._changed()


class LookPanel:
    """What is painted, and how. What a browser sends is held to what was offered."""

    def __init__(self, gui: Any, look: Look, wishes: Wishes, changed: Callable[[], None]) -> None:
        self._gui, self._look, self._wishes, self._changed = gui, look, wishes, changed

    def add_pictures(self) -> None:
        """What the two pictures show."""
        self._choice("Picture", IMAGE_KINDS, self._look, "image")
        self._choice("Below it", (NO_IMAGE, *IMAGE_KINDS), self._wishes, "second")
        self._slider("Opacity", 0.0, 1.0, 0.05, self._look, "opacity")

    def add_cloud(self, map_toggle: MapToggle | None) -> None:
        """How the cloud is coloured, how much of it there is, and the map in its place."""
        self._choice("Coloured by", CLOUD_KINDS, self._look, "cloud")
        self._slider("Point size", 0.25, 4.0, 0.05, self._wishes, "point_size")
        reach = self._gui.add_multi_slider("Range (m)", 0.0, FARTHEST_M, 0.1, (0.0, FARTHEST_M), min_range=0.1)
        reach.on_update(lambda _: self._set_range(*reach.value))
        self._choice("Points sent", tuple(DENSITIES), self._wishes, "density", hint="Fewer for a slow link")
        if map_toggle is not None:
            self._switch("Build a map while the camera moves", map_toggle, "is_on")
            self._switch("Show the map in place of the frame", self._wishes, "shows_map")

    def add_labels(self, controls: Controls, palettes: tuple[str, ...]) -> None:
        """What the labels are made from, and their colours."""
        if len(palettes) > 1:
            self._choice("Colours", palettes, self._look, "palette")
        fixed = "Labels are being written to files, so they stay as they were begun" if controls.fixed_labels else None
        self._switch("Steady over time", controls, "smooth", disabled=controls.fixed_labels, hint=fixed)
        with_depth = self._switch(
            "Labels see the depth", controls, "uses_depth", disabled=controls.fixed_labels, hint=fixed or WITHOUT_DEPTH
        )
        self._with_depth, self._controls = with_depth, controls

    def follow(self) -> None:
        """Show what a key has switched."""
        self._with_depth.value = self._controls.uses_depth

    def _choice(self, label: str, choices: tuple[str, ...], of: object, name: str, hint: str | None = None) -> None:
        choice = self._gui.add_dropdown(label, choices, initial_value=getattr(of, name), hint=hint)
        choice.on_update(lambda _: self._set(of, name, choice.value, is_good=choice.value in choices))

    def _slider(self, label: str, least: float, most: float, step: float, of: object, name: str) -> None:
        slider = self._gui.add_slider(label, least, most, step, getattr(of, name))
        slider.on_update(lambda _: self._set(of, name, slider.value, is_good=least <= slider.value <= most))

    def _switch(self, label: str, of: object, name: str, **more: Any) -> Any:
        box = self._gui.add_checkbox(label, getattr(of, name), **more)
        box.on_update(lambda _: self._set(of, name, box.value))
        return box

    def _set_range(self, near_m: float, far_m: float) -> None:
        self._look.near_m, self._look.far_m = near_m, far_m if far_m < FARTHEST_M else math.inf
        self._changed()

    def _set(self, of: object, name: str, value: Any, *, is_good: bool = True) -> None:
        if is_good:
            setattr(of, name, value)
            self._changed()


def add_asking(gui: Any, asking: Asking, changed: Callable[[], None]) -> None:
    """What a click asks for."""
    kind = gui.add_dropdown("A click asks for", ASKS, initial_value=asking.asks)

    def choose(_: Any) -> None:
        if kind.value in ASKS:
            asking.asks = kind.value
            changed()

    kind.on_update(choose)

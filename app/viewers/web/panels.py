"""The page's controls: built once, shared by everybody who looks. What browsers send is held to what was offered."""

from __future__ import annotations

import math
import time
from typing import Any

from app.controls import FASTEST, Controls
from app.look import CLOUD_KINDS, IMAGE_KINDS, Look
from app.palette import PALETTES
from app.viewers.context import MapToggle
from app.viewers.web.asking import ASKS, Asking
from app.viewers.web.bindings import Bindings
from app.viewers.web.wishes import DENSITIES, Wishes

FARTHEST_M = 10.0
NO_IMAGE = "none"
WITHOUT_DEPTH = "Off: what the labels would be if the network saw the colours alone (key d)"
FIXED = "Labels are being written to files, so they stay as they were begun"
SPEEDS = {f"{factor:g}x": factor for factor in (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, FASTEST)}
PAUSE, PLAY, STEP = "pause", "play", "step"
_HAND_S = 1.0  # so long after a person moved the position, playing does not move it


class PlayingPanel:
    """Pause, step, and for a recording the position, the speed and whether it begins again."""

    def __init__(self, gui: Any, controls: Controls, bindings: Bindings) -> None:
        self._controls = controls
        self._moved_s = 0.0
        self._position: Any = None
        pressed = gui.add_button_group("Playing", (PAUSE, PLAY, STEP))
        bindings.on_hand(pressed, self._press)
        if controls.seekable and controls.frame_count is not None and controls.frame_count > 1:
            self._position = gui.add_slider("Frame", 0, controls.frame_count - 1, 1, 0)
            bindings.on_hand(self._position, self._seek)
        if controls.frame_count is not None:
            speed = gui.add_dropdown("Speed", tuple(SPEEDS), initial_value="1x")
            bindings.on_hand(speed, lambda name: setattr(controls, "speed", SPEEDS.get(name, controls.speed)))
            bindings.bind(gui.add_checkbox("Begin again at the end", controls.loops), controls, "loops")

    def follow(self, position: int) -> None:
        """Show where the recording is."""
        if self._position is not None and time.monotonic() > self._moved_s + _HAND_S:
            self._position.value = min(max(position, 0), self._position.max)

    def _press(self, name: str) -> None:
        if name == STEP:
            self._controls.step()
        else:
            self._controls.paused = name == PAUSE

    def _seek(self, position: float) -> None:
        self._moved_s = time.monotonic()
        self._controls.seek(int(position))


class LookPanel:
    """What is painted, and how."""

    def __init__(self, gui: Any, look: Look, wishes: Wishes, bindings: Bindings) -> None:
        self._gui, self._look, self._wishes, self._bindings = gui, look, wishes, bindings

    def add_asking(self, asking: Asking) -> None:
        """What a click asks for."""
        self._choice("A click asks for", ASKS, asking, "asks")

    def add_pictures(self) -> None:
        """What the two pictures show."""
        self._choice("Picture", IMAGE_KINDS, self._look, "image")
        self._choice("Below it", (NO_IMAGE, *IMAGE_KINDS), self._wishes, "second")
        self._slider("Opacity", 0.0, 1.0, 0.05, self._look, "opacity")
        self._switch("Names in the picture", self._look, "names")
        self._choice("Colours", PALETTES, self._look, "palette")

    def add_cloud(self, map_toggle: MapToggle | None) -> None:
        """How the cloud is coloured, how much of it there is, and the map in its place."""
        self._choice("Coloured by", CLOUD_KINDS, self._look, "cloud")
        self._slider("Point size", 0.25, 4.0, 0.05, self._wishes, "point_size")
        reach = self._gui.add_multi_slider("Range (m)", 0.0, FARTHEST_M, 0.1, (0.0, FARTHEST_M), min_range=0.1)
        self._bindings.on_hand(reach, self._set_range)
        self._choice("Points sent", tuple(DENSITIES), self._wishes, "density", hint="Fewer for a slow link")
        if map_toggle is not None:
            self._switch("Build a map while the camera moves", map_toggle, "is_on")
            shows = self._switch("Show the map in place of the frame", self._wishes, "shows_map")
            # Who wants to see a map wants it made.
            self._bindings.on_hand(shows, lambda on: setattr(map_toggle, "is_on", on or map_toggle.is_on))

    def add_labels(self, controls: Controls) -> None:
        """What the labels are made from."""
        hint = FIXED if controls.fixed_labels else None
        self._switch("Steady over time", controls, "smooth", disabled=controls.fixed_labels, hint=hint)
        hint = hint or WITHOUT_DEPTH
        self._switch("Labels see the depth", controls, "uses_depth", disabled=controls.fixed_labels, hint=hint)

    def _choice(self, label: str, choices: tuple[str, ...], of: object, name: str, hint: str | None = None) -> None:
        choice = self._gui.add_dropdown(label, choices, initial_value=getattr(of, name), hint=hint)
        self._bindings.bind(choice, of, name, lambda value: value in choices)

    def _slider(self, label: str, least: float, most: float, step: float, of: object, name: str) -> None:
        slider = self._gui.add_slider(label, least, most, step, getattr(of, name))
        self._bindings.bind(slider, of, name, lambda value: least <= value <= most)

    def _switch(self, label: str, of: object, name: str, **more: Any) -> Any:
        switch = self._gui.add_checkbox(label, getattr(of, name), **more)
        self._bindings.bind(switch, of, name)
        return switch

    def _set_range(self, reach_m: tuple[float, ...]) -> None:
        if len(reach_m) != 2 or not 0 <= reach_m[0] <= reach_m[1] <= FARTHEST_M:
            return
        self._look.near_m, far_m = reach_m
        self._look.far_m = far_m if far_m < FARTHEST_M else math.inf

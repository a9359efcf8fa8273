"""The column of controls: what is shown, how, and how it plays."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from open3d.visualization import gui

from app.viewers.three_d.messages import Chosen, Setup

HAND_S = 1.0  # so long after a hand moved a control, the program does not move it
SLIDERS = {
    "opacity": ("opacity", 0.0, 1.0),
    "point_size_px": ("point size", 1.0, 10.0),
    "near_m": ("near (m)", 0.0, 10.0),
    "far_m": ("far (m)", 0.5, 10.0),
}
LABELS = {"image": "picture", "cloud": "points", "palette": "colours", "speed": "speed"}


class ControlsPanel:
    """Tells what is chosen by name and value; set() shows what the program says."""

    def __init__(self, setup: Setup, em: int, chosen: Callable[[Chosen], None]) -> None:
        self._chosen, self._em = chosen, em
        self._set: dict[str, Callable[[Any], None]] = {}
        self._moved_s: dict[str, float] = {}
        self._shown: dict[str, Any] = {}
        self.widget = gui.Vert(round(0.35 * em), gui.Margins(round(0.7 * em), round(0.6 * em), round(0.7 * em), 0))
        self._add_playing(setup)
        self._add_looking(setup)
        self._add_buttons()
        self.set(setup.settings)

    def set(self, settings: dict[str, Any]) -> None:
        """Show these values, but for what a hand is moving."""
        now_s = time.monotonic()
        for name, value in settings.items():
            held = now_s < self._moved_s.get(name, -HAND_S) + HAND_S
            if name in self._set and not held and self._shown.get(name) != value:
                self._set[name](value)
                self._shown[name] = value

    def _tell(self, name: str, value: Any) -> None:
        self._moved_s[name] = time.monotonic()
        self._shown.pop(name, None)  # whatever the program makes of it, show that
        self._chosen(Chosen(name, value))

    def _add_playing(self, setup: Setup) -> None:
        row = gui.Horiz(round(0.35 * self._em))
        pause, step = gui.Button("pause"), gui.Button("step")
        pause.toggleable = True
        for button in (pause, step):
            button.vertical_padding_em = 0.1
            row.add_child(button)
        pause.set_on_clicked(lambda: self._tell("paused", pause.is_on))
        step.set_on_clicked(lambda: self._tell("step", True))
        self._set["paused"] = lambda on: setattr(pause, "is_on", on)
        self.widget.add_child(row)
        if not setup.seekable:
            return
        row.add_child(self._box("loops", "loop"))
        if setup.frame_count is not None and setup.frame_count > 1:
            self._add_position(setup.frame_count)
        grid = self._grid()
        self._add_choice(grid, "speed", setup.choices["speed"])
        self.widget.add_child(grid)

    def _add_position(self, frame_count: int) -> None:
        slider = gui.Slider(gui.Slider.INT)
        slider.set_limits(0, frame_count - 1)
        slider.set_on_value_changed(lambda value: self._tell("position", round(float(value))))
        self._set["position"] = lambda value: setattr(slider, "int_value", value)
        self.widget.add_child(slider)

    def _add_looking(self, setup: Setup) -> None:
        grid = self._grid()
        for name in ("image", "cloud", "palette"):
            self._add_choice(grid, name, setup.choices[name])
        for name, (label, least, most) in SLIDERS.items():
            if name in setup.settings:
                self._add_slider(grid, name, label, least, most)
        self.widget.add_child(grid)
        switches = self._grid()
        for name, label in setup.switches.items():
            switches.add_child(self._box(name, label))
        self.widget.add_child(switches)

    def _add_buttons(self) -> None:
        row = gui.Horiz(round(0.35 * self._em))
        for name, label in (("save", "save"), ("reset_view", "front view"), ("all", "all classes")):
            button = gui.Button(label)
            button.vertical_padding_em, button.horizontal_padding_em = 0.1, 0.4
            button.set_on_clicked(lambda name=name: self._tell(name, True))
            row.add_child(button)
        self.widget.add_child(row)

    def _grid(self) -> gui.VGrid:
        return gui.VGrid(2, round(0.3 * self._em))

    def _add_choice(self, grid: gui.VGrid, name: str, choices: tuple[str, ...]) -> None:
        box = gui.Combobox()
        for choice in choices:
            box.add_item(choice)
        box.set_on_selection_changed(lambda text, _index: self._tell(name, text))
        self._set[name] = lambda value: setattr(box, "selected_text", value)
        grid.add_child(gui.Label(LABELS[name]))
        grid.add_child(box)

    def _add_slider(self, grid: gui.VGrid, name: str, label: str, least: float, most: float) -> None:
        slider = gui.Slider(gui.Slider.DOUBLE)
        slider.set_limits(least, most)
        slider.set_on_value_changed(lambda value: self._tell(name, float(value)))
        self._set[name] = lambda value: setattr(slider, "double_value", min(max(value, least), most))
        grid.add_child(gui.Label(label))
        grid.add_child(slider)

    def _box(self, name: str, label: str) -> gui.Checkbox:
        box = gui.Checkbox(label)
        box.set_on_checked(lambda on: self._tell(name, on))
        self._set[name] = lambda on: setattr(box, "checked", on)
        return box

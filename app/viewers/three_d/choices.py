"""What a user of the 3D window may choose, by name."""

from __future__ import annotations

import math
from typing import Any

from app.look import CLOUD_KINDS, IMAGE_KINDS, Look
from app.palette import PALETTES
from app.viewers.context import ViewContext
from app.viewers.three_d.messages import Setup

SPEEDS = {"1/4": 0.25, "1/2": 0.5, "1": 1.0, "2": 2.0, "4": 4.0, "8": 8.0}
FARTHEST_M = 10.0  # the range slider's end, which means without end
LOOKS = ("image", "cloud", "palette", "opacity", "point_size_px", "near_m", "names")


class Choices:
    """Sets and gives values: those of the look, of the playing, and whether the map is built and shown."""

    def __init__(self, context: ViewContext, look: Look) -> None:
        self._controls, self._map, self._look = context.controls, context.map, look
        self._title = context.title
        self.shows_map = False

    def setup(self) -> Setup:
        """For the window's controls."""
        controls = self._controls
        switches = {"names": "names"}
        if not controls.fixed_labels:
            switches |= {"smooth": "steady", "uses_depth": "use depth"}
        if self._map is not None:
            switches |= {"builds_map": "build map", "shows_map": "show map"}
        return Setup(
            title=f"rgbd-live · {self._title}",
            choices={"image": IMAGE_KINDS, "cloud": CLOUD_KINDS, "palette": PALETTES, "speed": tuple(SPEEDS)},
            settings=self.settings(None),
            switches=switches,
            frame_count=controls.frame_count,
            seekable=controls.seekable,
        )

    def settings(self, position: int | None) -> dict[str, Any]:
        """All values by name; position: of the frame that is shown."""
        controls = self._controls
        values: dict[str, Any] = {name: getattr(self._look, name) for name in LOOKS}
        values |= {
            "far_m": min(self._look.far_m, FARTHEST_M),
            "paused": controls.paused,
            "loops": controls.loops,
            "speed": next((name for name, factor in SPEEDS.items() if factor >= controls.speed), "8"),
            "smooth": controls.smooth,
            "uses_depth": controls.uses_depth,
            "shows_map": self.shows_map,
            "builds_map": self._map is not None and self._map.is_on,
        }
        return values if position is None else {**values, "position": position}

    def set(self, name: str, value: Any) -> None:
        """Choose a value, as the window's controls give it."""
        look, controls = self._look, self._controls
        if name in LOOKS:
            setattr(look, name, value)
        elif name == "far_m":
            look.far_m = value if value < FARTHEST_M else math.inf
        elif name == "speed":
            controls.speed = SPEEDS[value]
        elif name == "position":
            controls.seek(value)
        elif name in ("paused", "loops", "smooth", "uses_depth"):
            setattr(controls, name, value)
        elif name in ("builds_map", "shows_map"):
            self._choose_map(name, on=value)
        elif name == "toggle":
            look.toggle(value)
        elif name == "solo":
            look.toggle_solo(value)

    def press(self, action: str) -> None:
        """Do what a key of this window alone asks for."""
        if action == "points":
            kinds = CLOUD_KINDS
            self._look.cloud = kinds[(kinds.index(self._look.cloud) + 1) % len(kinds)]
        elif action == "map" and self._map is not None:
            self._choose_map("shows_map", on=not self.shows_map)

    def _choose_map(self, name: str, *, on: bool) -> None:
        if self._map is None:
            return
        if name == "shows_map":
            self.shows_map = on
            self._map.is_on = self._map.is_on or on
        else:
            self._map.is_on = on

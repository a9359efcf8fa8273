"""What a furnished room is, before anyone looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sensors.rooms.materials import RGB
from sensors.rooms.primitives import Lamp, Point, Primitive

Footprint = tuple[float, float, float, float]  # x0, y0, x1, y1 in metres, sides along the walls


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """A furnished room.

    kind: such as "bedroom". size_m: inner width (x), depth (y) and height (z); its middle is at x = y = 0.
    primitives: floor, walls and ceiling included. lamps: the strongest first.
    ambient: light from everywhere, relative to lamps. sky: light that comes in through windows, 0 at night.
    footprints: what stands on the floor and is taller than 0.3 m, where no camera can be.
    sights: points worth looking at, each with a weight: the middle of furniture, of wall hangings, of what lies about.
    """

    kind: str
    size_m: Point
    primitives: Sequence[Primitive]
    lamps: Sequence[Lamp]
    ambient: RGB
    sky: RGB
    footprints: Sequence[Footprint]
    sights: Sequence[tuple[Point, float]]

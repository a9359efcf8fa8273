"""A wall's own coordinates: u along it (to the right, seen from inside), v out of it into the room."""

from __future__ import annotations

import math
from dataclasses import dataclass

from sensors.rooms.furniture.piece import Bounds

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Wall:
    """One of a room's four walls. yaw_rad turns a piece's back to it; half_m: how far it is from the middle."""

    yaw_rad: float
    length_m: float
    half_m: float

    def at(self, u_m: float, v_m: float) -> tuple[float, float]:
        """World x, y."""
        c, s = round(math.cos(self.yaw_rad)), round(math.sin(self.yaw_rad))
        y = self.half_m - v_m
        return c * u_m - s * y, s * u_m + c * y

    def span(self, block: Bounds) -> tuple[float, float, float, float]:
        """u0, u1, v0, v1 of a block in the world."""
        c, s = round(math.cos(self.yaw_rad)), round(math.sin(self.yaw_rad))
        x0, y0, _, x1, y1, _ = block
        us = (c * x0 + s * y0, c * x1 + s * y1)
        ys = (-s * x0 + c * y0, -s * x1 + c * y1)
        return min(us), max(us), self.half_m - max(ys), self.half_m - min(ys)


def four_walls(width_m: float, depth_m: float) -> tuple[Wall, Wall, Wall, Wall]:
    """North (+y), west (-x), south (-y), east (+x)."""
    half_x, half_y = width_m / 2, depth_m / 2
    return (
        Wall(0.0, width_m, half_y),
        Wall(math.pi / 2, depth_m, half_x),
        Wall(math.pi, width_m, half_y),
        Wall(-math.pi / 2, depth_m, half_x),
    )


def free_intervals(length_m: float, taken: list[Interval]) -> list[Interval]:
    """What is left of a wall between -length/2 and length/2."""
    free: list[Interval] = []
    left = -length_m / 2
    for start, end in sorted(taken):
        if start > left:
            free.append((left, min(start, length_m / 2)))
        left = max(left, end)
    if left < length_m / 2:
        free.append((left, length_m / 2))
    return free

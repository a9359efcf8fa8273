"""A room while it is being furnished."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensors.rooms.draw import between, chance, shuffled
from sensors.rooms.furniture.lamps import Light
from sensors.rooms.furniture.piece import Bounds, Piece, Support
from sensors.rooms.palettes.style import Style
from sensors.rooms.placement.walls import Interval, Wall, four_walls, free_intervals
from sensors.rooms.primitives import Lamp, Point, Primitive, moved
from sensors.rooms.scene import Footprint

LOW_M = 0.3  # what is lower than this does not stop a camera
STANDS_M = 0.2  # what begins below this stands on the floor
TOUCH_M = 0.007  # how far what hangs on a wall may reach into it
GAP_M = 0.02  # between neighbours


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A piece where it stands.

    tucked: it may reach into another, as a chair under a table or a curtain before a window.
    """

    piece: Piece
    x: float
    y: float
    z: float
    yaw_rad: float
    bounds: Bounds
    tucked: bool = False

    def world(self, x: float, y: float, z: float = 0.0) -> Point:
        """A point of the piece's own space in the room's."""
        c, s = math.cos(self.yaw_rad), math.sin(self.yaw_rad)
        return self.x + c * x - s * y, self.y + s * x + c * y, self.z + z


class Plan:
    """What a room holds so far, and the ways to add to it; every add_... answers None where there is no space."""

    def __init__(self, rng: np.random.Generator, kind: str, size_m: Point) -> None:
        self.rng, self.kind, self.size_m = rng, kind, size_m
        self.style = Style(rng)
        self.untidy = between(rng, 0.35, 1.25)
        self.walls = four_walls(size_m[0], size_m[1])
        self.primitives: list[Primitive] = []
        self.lamps: list[Lamp] = []
        self.sights: list[tuple[Point, float]] = []
        self.placed: list[Placed] = []
        self.surfaces: list[tuple[Placed, Support]] = []
        self.doorways: list[Bounds] = []
        self._aisles: list[Bounds] = []
        self._blocks: list[Bounds] = []

    @property
    def footprints(self) -> list[Footprint]:
        """What stands on the floor and is taller than LOW_M, or hangs low and sticks out; cut off at the walls."""
        half_x, half_y = self.size_m[0] / 2, self.size_m[1] / 2
        outlines: list[Footprint] = []
        for x0, y0, z0, x1, y1, z1 in (p.bounds for p in self.placed):
            left, right, front, back = max(x0, -half_x), min(x1, half_x), max(y0, -half_y), min(y1, half_y)
            stands = z0 < STANDS_M and z1 > LOW_M
            if stands or (z0 < 1.0 and min(right - left, back - front) > 0.2):
                outlines.append((left, front, right, back))
        return outlines

    @property
    def filled(self) -> float:
        """The share of the floor that furniture stands on."""
        return sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in self.footprints) / (self.size_m[0] * self.size_m[1])

    def put(
        self, piece: Piece, x: float, y: float, z: float = 0.0, yaw_rad: float = 0.0, *, tucked: bool = False
    ) -> Placed:
        """Add a piece there without asking whether it fits."""
        bounds = _turned(piece.bounds, x, y, z, yaw_rad)
        placed = Placed(piece, x, y, z, yaw_rad, bounds, tucked)
        self.lay(piece, x, y, z, yaw_rad)
        self.placed.append(placed)
        self._blocks.append(bounds)
        self.surfaces += [(placed, support) for support in piece.supports]
        return placed

    def lay(self, piece: Piece, x: float, y: float, z: float, yaw_rad: float, *, sight: float = 1.0) -> None:
        """Add a piece's solids and its sight only: small things on others, and what is flat.

        sight: a factor on how much it is worth looking at.
        """
        self.primitives += moved(piece.primitives, x, y, z, yaw_rad)
        c, s = math.cos(yaw_rad), math.sin(yaw_rad)
        u, v, w = piece.sight_m
        self.sights.append(((x + c * u - s * v, y + s * u + c * v, z + w), piece.weight * sight))

    def light(self, light: Light, x: float, y: float, z: float, yaw_rad: float = 0.0) -> None:
        """Add what a lamp lights, where its body has been added."""
        if light.power > 0:
            c, s = math.cos(yaw_rad), math.sin(yaw_rad)
            u, v, w = light.position_m
            self.lamps.append(Lamp((x + c * u - s * v, y + s * u + c * v, z + w), light.color, light.power))

    def reserve(self, block: Bounds, *, doorway: bool = False) -> None:
        """Keep a part of the room free; doorways also from small things."""
        (self.doorways if doorway else self._blocks).append(block)

    def against_wall(
        self,
        piece: Piece,
        *,
        z: float = 0.0,
        walls: Sequence[Wall] | None = None,
        corner: float = 0.35,
        gap_m: float | None = None,
        side_m: float = 0.0,
    ) -> Placed | None:
        """Put a piece with its back to a wall that has room for it, with side_m free at both its sides.

        corner: how often it goes to the end of the free part, into a corner or next to another piece.
        """
        gap = (between(self.rng, 0.005, 0.05) if z == 0 else 0.0) if gap_m is None else gap_m
        for wall in shuffled(self.rng, self.walls if walls is None else walls):
            spots = [
                s for s in self.wall_gaps(wall, piece, z, gap) if s[1] - s[0] > piece.width_m + 2 * (GAP_M + side_m)
            ]
            if not spots:
                continue
            low, high = spots[int(self.rng.random() * len(spots))]
            left, right = low - piece.bounds[0] + GAP_M + side_m, high - piece.bounds[3] - GAP_M - side_m
            ends = chance(self.rng, corner)
            u = (left if chance(self.rng, 0.5) else right) if ends else between(self.rng, left, right)
            return self._put_at(wall, piece, u, z, gap)
        return None

    def at_wall(self, piece: Piece, wall: Wall, u: float, *, z: float = 0.0, gap_m: float = 0.01) -> Placed | None:
        """Put a piece with its back to this wall at u, where that is free."""
        x, y = wall.at(u, gap_m + piece.bounds[4])
        if not self.fits(_turned(piece.bounds, x, y, z, wall.yaw_rad)):
            return None
        return self._put_at(wall, piece, u, z, gap_m)

    def wall_gaps(self, wall: Wall, piece: Piece, z: float = 0.0, gap: float = 0.0) -> list[Interval]:
        """The free parts of a wall that are long enough for this piece."""
        z0, z1, deep = z + piece.bounds[2], z + piece.bounds[5], piece.depth_m + gap
        taken: list[Interval] = []
        # A depth of clearance is for people: only what stands on the floor needs it, and only such things spoil it.
        clear = deep + (piece.front_m if z0 < 0.3 else 0.0)
        for block in self._blocks:
            if block[2] < z1 and block[5] > z0:
                u0, u1, v0, _ = wall.span(block)
                if v0 < (clear if block[2] < 0.6 else deep):
                    taken.append((u0, u1))
        for block in [*self.doorways, *(self._aisles if z0 < 0.3 else ())]:
            if block[2] < z1:
                u0, u1, v0, _ = wall.span(block)
                if v0 < deep:
                    taken.append((u0, u1))
        return [s for s in free_intervals(wall.length_m, taken) if s[1] - s[0] > piece.width_m + 2 * GAP_M]

    def beside(self, other: Placed, piece: Piece, side: int, gap_m: float = 0.03) -> Placed | None:
        """Put a piece to the left (-1) or right (1) of another, their backs in line."""
        x = (
            other.piece.bounds[3] + gap_m - piece.bounds[0]
            if side > 0
            else other.piece.bounds[0] - gap_m - piece.bounds[3]
        )
        return self.near(other, piece, x, other.piece.bounds[4] - piece.bounds[4], 0.0)

    def near(
        self, other: Placed, piece: Piece, x: float, y: float, yaw_rad: float, *, tucked: bool = False
    ) -> Placed | None:
        """Put a piece at a place in another's own space, where that is free."""
        wx, wy, _ = other.world(x, y)
        bounds = _turned(piece.bounds, wx, wy, 0.0, other.yaw_rad + yaw_rad)
        if not self.fits(bounds, but=other.bounds if tucked else None, aisles=not tucked):
            return None
        return self.put(piece, wx, wy, 0.0, other.yaw_rad + yaw_rad, tucked=tucked)

    def place(
        self, piece: Piece, x: float, y: float, yaw_rad: float, *, z: float = 0.0, but: Placed | None = None
    ) -> Placed | None:
        """Put a piece just there, where nothing else is, except (but) one that it belongs to."""
        bounds = _turned(piece.bounds, x, y, z, yaw_rad)
        if not self.fits(bounds, but=but.bounds if but else None):
            return None
        return self.put(piece, x, y, z, yaw_rad, tucked=but is not None)

    def anywhere(self, piece: Piece, *, turned: bool = True, tries: int = 14, middle: float = 1.0) -> Placed | None:
        """Put a piece on free floor; middle below 1 keeps it away from walls."""
        half_x, half_y = self.size_m[0] / 2 * middle, self.size_m[1] / 2 * middle
        for _ in range(tries):
            x, y = between(self.rng, -half_x, half_x), between(self.rng, -half_y, half_y)
            yaw = between(self.rng, -math.pi, math.pi) if turned else (math.pi / 2 if chance(self.rng, 0.5) else 0.0)
            if self.fits(_turned(piece.bounds, x, y, 0.0, yaw)):
                return self.put(piece, x, y, 0.0, yaw)
        return None

    def fits(self, bounds: Bounds, *, but: Bounds | None = None, aisles: bool = True) -> bool:
        """Whether these bounds lie inside the room and touch nothing (except but) and no way that must stay free."""
        x0, y0, z0, x1, y1, z1 = bounds
        half_x, half_y = self.size_m[0] / 2 + TOUCH_M, self.size_m[1] / 2 + TOUCH_M
        if x0 < -half_x or x1 > half_x or y0 < -half_y or y1 > half_y or z1 > self.size_m[2] - 0.01:
            return False
        for block in (*self._blocks, *self.doorways, *(self._aisles if aisles and z0 < 0.3 else ())):
            if (
                block[0] < x1
                and block[3] > x0
                and block[1] < y1
                and block[4] > y0
                and block[2] < z1
                and block[5] > z0
                and block is not but
            ):
                return False
        return True

    def has_room_on(self, owner: Placed, piece: Piece, x: float, y: float, z: float, yaw_rad: float) -> bool:
        """Whether a small piece at a place in its owner's space touches nothing else."""
        wx, wy, wz = owner.world(x, y, z + 0.002)
        return self.fits(_turned(piece.bounds, wx, wy, wz, owner.yaw_rad + yaw_rad), but=owner.bounds, aisles=False)

    def _put_at(self, wall: Wall, piece: Piece, u: float, z: float, gap: float) -> Placed:
        x, y = wall.at(u, gap + piece.bounds[4])
        placed = self.put(piece, x, y, z, wall.yaw_rad)
        if piece.front_m > 0:
            x0, y0, _, x1, _, _ = piece.bounds
            front = _turned((x0 + 0.05, y0 - piece.front_m, 0.0, x1 - 0.05, y0, 1.2), x, y, 0.0, wall.yaw_rad)
            self._aisles.append(front)
        return placed


def _turned(bounds: Bounds, x: float, y: float, z: float, yaw_rad: float) -> Bounds:
    """The bounds in the room of a piece put there."""
    c, s = math.cos(yaw_rad), math.sin(yaw_rad)
    x0, y0, z0, x1, y1, z1 = bounds
    mx, my, hx, hy = (x0 + x1) / 2, (y0 + y1) / 2, (x1 - x0) / 2, (y1 - y0) / 2
    wx, wy = x + c * mx - s * my, y + s * mx + c * my
    rx, ry = abs(c) * hx + abs(s) * hy, abs(s) * hx + abs(c) * hy
    return wx - rx, wy - ry, z + z0, wx + rx, wy + ry, z + z1

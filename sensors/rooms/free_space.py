"""Where in a room a camera can be, and how to get from one place to another."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from sensors.rooms.primitives import Primitive
from sensors.rooms.scene import Footprint, Scene

CELL_M = 0.05
BODY_M = (0.3, 1.9)  # heights between which a camera, or who carries it, would bump into things
MARGINS_M = (0.35, 0.25, 0.15, 0.08, 0.02)  # distance to keep from things, less where a room is crowded
ROOMY_M2 = 0.8
STANDING_M = 0.12
Cell = tuple[int, int]  # row (y), column (x)


@dataclass(frozen=True, slots=True, eq=False)
class FreeSpace:
    """The floor as a grid of cells.

    clearance_m: (rows, columns) float32, metres to the nearest wall or thing; 0 in one. allowed: (rows, columns) bool,
    cells in which a camera can walk about; they hang together. corner_m: x and y of the grid's corner.
    """

    clearance_m: NDArray[np.float32]
    allowed: NDArray[np.bool_]
    corner_m: tuple[float, float]

    @classmethod
    def of(cls, scene: Scene) -> Self:
        """The free space of a room: what is neither in a footprint nor in a solid at a camera's height."""
        width_m, depth_m, _ = scene.size_m
        shape = (max(int(depth_m / CELL_M), 1), max(int(width_m / CELL_M), 1))
        corner_m = (-shape[1] * CELL_M / 2, -shape[0] * CELL_M / 2)
        free = np.zeros((shape[0] + 2, shape[1] + 2), np.uint8)  # the frame around it is the walls
        free[1:-1, 1:-1] = 1
        for x0, y0, x1, y1 in (*scene.footprints, *_outlines(scene)):
            columns = (math.floor((x0 - corner_m[0]) / CELL_M) + 1, math.ceil((x1 - corner_m[0]) / CELL_M) + 1)
            rows = (math.floor((y0 - corner_m[1]) / CELL_M) + 1, math.ceil((y1 - corner_m[1]) / CELL_M) + 1)
            free[max(rows[0], 0) : max(rows[1], 0), max(columns[0], 0) : max(columns[1], 0)] = 0
        distance_px = cv2.distanceTransform(free, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
        clearance_m = np.maximum(distance_px - 0.5, 0).astype(np.float32) * np.float32(CELL_M)
        return cls(clearance_m, _allowed(clearance_m), corner_m)

    @property
    def standing(self) -> NDArray[np.bool_]:
        """Cells where a camera can be held still, such as in a corner: more than those to walk about in."""
        return self.allowed | (self.clearance_m >= STANDING_M)

    def place_of(self, cells: NDArray[np.integer]) -> NDArray[np.float64]:
        """Cells (..., 2) of row and column as their middles' x and y in metres (..., 2)."""
        return np.add((np.asarray(cells)[..., ::-1] + 0.5) * CELL_M, self.corner_m, dtype=np.float64)

    def cell_of(self, place_m: NDArray[np.floating]) -> Cell:
        """The cell with this x and y; the nearest one where that lies outside."""
        column, row = np.floor((place_m[:2] - self.corner_m) / CELL_M).astype(int)
        rows, columns = self.allowed.shape
        return min(max(int(row), 0), rows - 1), min(max(int(column), 0), columns - 1)

    def clearance_at(self, places_m: NDArray[np.floating]) -> NDArray[np.float32]:
        """Metres (N,) from places (N, 2) to the nearest wall or thing, by their cells."""
        rows, columns = np.array([self.cell_of(place) for place in places_m]).reshape(-1, 2).T
        return self.clearance_m[rows, columns]

    def path(self, start: Cell, end: Cell) -> NDArray[np.intp]:
        """Cells (N, 2) from start to end through allowed cells, short but not close to things.

        The A* search of Hart, Nilsson & Raphael, 1968. Raises ValueError where there is no way.
        """
        came_from: dict[Cell, Cell] = {}
        cost = {start: 0.0}
        queue = [(0.0, start)]
        done: set[Cell] = set()
        while queue:
            _, cell = heapq.heappop(queue)
            if cell == end:
                return _followed(came_from, end)
            if cell in done:
                continue
            done.add(cell)
            for step in self._steps(cell):
                there = (cell[0] + step[0], cell[1] + step[1])
                through = cost[cell] + math.hypot(*step) * (1 + 0.15 / (0.1 + float(self.clearance_m[there])))
                if through < cost.get(there, math.inf):
                    cost[there], came_from[there] = through, cell
                    heapq.heappush(queue, (through + math.hypot(there[0] - end[0], there[1] - end[1]), there))
        raise ValueError(f"no way from cell {start} to {end}")

    def _steps(self, cell: Cell) -> list[Cell]:
        rows, columns = self.allowed.shape
        return [
            (down, right)
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if (down or right)
            and 0 <= cell[0] + down < rows
            and 0 <= cell[1] + right < columns
            and self.allowed[cell[0] + down, cell[1] + right]
        ]


def _followed(came_from: dict[Cell, Cell], end: Cell) -> NDArray[np.intp]:
    cells = [end]
    while cells[-1] in came_from:
        cells.append(came_from[cells[-1]])
    return np.array(cells[::-1], np.intp)


def _outlines(scene: Scene) -> list[Footprint]:
    """Of every solid that reaches between BODY_M's heights, its outline on the floor."""
    outlines = []
    for solid in scene.primitives:
        half = np.abs(solid.rotation) @ _widest(solid)
        if solid.centre_m[2] + half[2] > BODY_M[0] and solid.centre_m[2] - half[2] < BODY_M[1]:
            low, high = solid.centre_m[:2] - half[:2], solid.centre_m[:2] + half[:2]
            outlines.append((float(low[0]), float(low[1]), float(high[0]), float(high[1])))
    return outlines


def _widest(solid: Primitive) -> NDArray[np.float64]:
    return solid.half_m * np.array([max(solid.taper, 1.0), max(solid.taper, 1.0), 1.0])


def _allowed(clearance_m: NDArray[np.float32]) -> NDArray[np.bool_]:
    """The largest connected part with the widest margin that leaves room enough to walk about."""
    largest = clearance_m == clearance_m.max()
    for margin_m in MARGINS_M:
        free = clearance_m >= margin_m
        if not free.any():
            continue
        largest = _largest_part(free)
        if largest.sum() * CELL_M**2 >= ROOMY_M2:
            break
    return largest


def _largest_part(free: NDArray[np.bool_]) -> NDArray[np.bool_]:
    _, parts, stats, _ = cv2.connectedComponentsWithStats(free.astype(np.uint8), connectivity=4)
    return np.asarray(parts == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()))

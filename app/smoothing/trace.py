"""Where the cells of the network's grid were in the frame before, and which of them can be trusted to be the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.cloud import ray_at
from sensors.distortion import distort
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics, RigidTransform

# Depth that was predicted and depth that was read may differ by this much: two readings of a stereo camera whose noise
# is 3.5 mm at 1 m and grows with the square of the distance lie within three sigma of each other. The constant part is
# for what the nearest pixel costs on slanted surfaces.
DEPTH_M, DEPTH_PER_M = 0.02, 0.015
LARGEST_CHANGE = 30  # of 255, in any of red, green and blue: what slides over a surface is told by its colour alone
EDGE_M, EDGE_SHARE = 0.06, 0.10  # a larger step between neighbouring cells is an edge and not a slope
LEAST_WEIGHT = 0.2  # of the four cells around a place that must lie on its surface
LEAST_AGREEMENT = 0.5  # of the cells; with less the motion is wrong
STEEPEST = 10.0  # sideways per forward, 84 degrees: no lens shows more, and the formulas of distortion overflow there

Plane = NDArray[np.floating]  # (h, w) float32 in fact, which the type checker loses in arithmetic


@dataclass(frozen=True, slots=True, eq=False)
class GridView:
    """A frame as the grid sees it.

    depth_m: (H, W) float32 of the frame. cell_depth_m: (h, w) float32, the reading in each cell's middle, 0 = none.
    at_edge: (h, w) bool, cells beside another surface or a hole. color: (h, w, 3) uint8, each cell's mean.
    """

    depth_m: NDArray[np.float32]
    cell_depth_m: NDArray[np.float32]
    at_edge: NDArray[np.bool_]
    color: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """cells: (h * w, 4) int32, those before around where each cell was. weights: (h * w, 4) float32, theirs.

    trusted: (h, w) bool; the weights of a cell that is add up to 1, those of one that is not mean nothing.
    """

    cells: NDArray[np.int32]
    weights: NDArray[np.float32]
    trusted: NDArray[np.bool_]


class Grid:
    """The grid (h, w) that a network lays over the frames of one camera.

    Raises ValueError for a lens model that is not known.
    """

    def __init__(self, camera: CameraIntrinsics, shape: tuple[int, int]) -> None:
        self.camera, self.shape = camera, shape
        (height, width), self._step = shape, (camera.width / shape[1], camera.height / shape[0])
        middle_x = (np.arange(width) + 0.5) * self._step[0] - 0.5
        middle_y = (np.arange(height) + 0.5) * self._step[1] - 0.5
        self._columns, self._rows = np.floor(middle_x + 0.5).astype(int), np.floor(middle_y + 0.5).astype(int)
        self._columns, self._rows = self._columns.clip(0, camera.width - 1), self._rows.clip(0, camera.height - 1)
        x, y = np.meshgrid(self._columns, self._rows)
        self._ray_x, self._ray_y = ray_at(camera, x, y)
        # From the pixel whose depth is taken to the cell's middle.
        self._right = (middle_x - self._columns).astype(np.float32)
        self._down = (middle_y - self._rows).astype(np.float32)[:, None]

    def view(self, frame: Frame) -> GridView:
        """What is to be kept of a frame."""
        import cv2

        color = cv2.resize(frame.color, self.shape[::-1], interpolation=cv2.INTER_AREA)
        cell_depth_m = frame.depth_m[self._rows[:, None], self._columns]
        return GridView(frame.depth_m, cell_depth_m, _at_edge(cell_depth_m), np.asarray(color, np.uint8))

    def trace(self, now: GridView, before: GridView, before_from_now: RigidTransform) -> Trace | None:
        """Where each cell was; None where so little agrees that the motion must be wrong.

        A cell is trusted if its depth was read there before, in the same colour, and neither time at an edge: the
        network's labels spill over edges, and those that move would be dragged along.
        """
        import cv2

        x, y, z_m = self._moved(now.cell_depth_m, before_from_now)
        read_m = cv2.remap(before.depth_m, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
        known = (z_m > 0) & (x > -0.5) & (x < self.camera.width - 0.5) & (y > -0.5) & (y < self.camera.height - 0.5)
        agrees = known & (np.abs(read_m - z_m) <= DEPTH_M + DEPTH_PER_M * z_m * z_m)
        if np.count_nonzero(agrees) < LEAST_AGREEMENT * np.count_nonzero(known):
            return None
        across = (x + self._right + np.float32(0.5)) / np.float32(self._step[0]) - np.float32(0.5)
        down = (y + self._down + np.float32(0.5)) / np.float32(self._step[1]) - np.float32(0.5)
        trusted = agrees & ~now.at_edge
        trusted &= _same_color(now.color, before.color, across, down)
        cells, weights = _corners(across, down)
        weights *= (~before.at_edge).ravel()[cells]
        total = weights.sum(axis=1)
        trusted &= total.reshape(self.shape) > LEAST_WEIGHT
        weights /= np.maximum(total, np.float32(LEAST_WEIGHT))[:, None]
        return Trace(cells, weights, trusted)

    def _moved(self, depth_m: NDArray[np.float32], motion: RigidTransform) -> tuple[Plane, Plane, Plane]:
        """The pixel (x, y) before, and the depth there, of each cell; depth 0 where there is none."""
        turn, shift = motion.rotation.astype(np.float32), motion.translation_m.astype(np.float32)
        x, y, z = (
            (row[0] * self._ray_x + row[1] * self._ray_y + row[2]) * depth_m + along
            for row, along in zip(turn, shift, strict=True)
        )
        z = np.where((depth_m > 0) & (np.maximum(np.abs(x), np.abs(y)) < STEEPEST * z), z, np.float32(0))
        per_z = 1 / np.where(z > 0, z, np.float32(1))
        bent_x, bent_y = distort(x * per_z, y * per_z, self.camera)
        camera = self.camera
        return (
            (bent_x * camera.fx + camera.cx).astype(np.float32, copy=False),
            (bent_y * camera.fy + camera.cy).astype(np.float32, copy=False),
            z,
        )


def _at_edge(depth_m: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where depth (h, w) jumps between a cell and one beside it, or one of them has none."""
    import cv2

    neighbours = np.ones((3, 3), np.uint8)
    nearest_m, farthest_m = cv2.erode(depth_m, neighbours), cv2.dilate(depth_m, neighbours)
    return farthest_m - nearest_m > EDGE_M + EDGE_SHARE * nearest_m


def _same_color(now: NDArray[np.uint8], before: NDArray[np.uint8], across: Plane, down: Plane) -> NDArray[np.bool_]:
    import cv2

    carried = cv2.remap(before, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    red, green, blue = cv2.split(cv2.absdiff(now, carried))
    return cv2.max(cv2.max(red, green), blue) <= LARGEST_CHANGE


def _corners(across: Plane, down: Plane) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The four cells around each place (h, w), and what they weigh: (h * w, 4) each."""
    height, width = across.shape
    across, down = across.ravel().clip(0, width - 1), down.ravel().clip(0, height - 1)
    left, top = across.astype(np.int32), down.astype(np.int32)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    x, y = across - left, down - top
    cells, weights = np.empty((left.size, 4), np.int32), np.empty((left.size, 4), np.float32)
    for corner, (row, column, weight) in enumerate(
        ((top, left, (1 - y) * (1 - x)), (top, right, (1 - y) * x), (bottom, left, y * (1 - x)), (bottom, right, y * x))
    ):
        cells[:, corner], weights[:, corner] = row * width + column, weight
    return cells, weights

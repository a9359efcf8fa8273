"""Depth aligned to colour: every depth pixel is drawn into the colour image, at its own depth; the nearest wins.

The result is that of librealsense's rs.align(stream.color): a depth pixel covers the rectangle between the projections
of its two corners (-0.5 and +0.5), which keeps a denser colour image free of cracks. Where the depth image is at least
as dense as the colour image, only the upper left corner is drawn. Readings are moved, never mixed.
Unlike rs.align, which knows only the colour lens model "modified_brown_conrady" and the depth lens model
"inverse_brown_conrady" (by another formula than its own rs2_deproject_pixel_to_point), all lens distortion of
sensors.distortion is honoured; and 65535 is no reading.

How it is fast: each depth pixel is written once, at the upper left of its rectangle, into one canvas for each size of
rectangle; then erosion (a running minimum) grows each canvas' pixels to their size, and the canvases are merged.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sensors.distortion import distort, undistort
from sensors.geometry import CameraIntrinsics, RigidTransform

SATURATED = 65535  # how several cameras and data sets mark depth that is missing or too far
EMPTY = 65535  # in a canvas, which holds depth - 1, so that the smallest wins and adding 1 turns EMPTY into 0
# What lies behind the colour camera, or nearer to its plane than this part of its distance from the depth camera, is
# not seen.
NEAREST = np.float32(1e-3)
BAND_ROWS = 120  # depth rows worked on at a time: small enough for the processor's cache
MAX_SIZES = 4  # of rectangles per axis that get a canvas; the others are drawn one by one

Image = NDArray[np.float32]
Depth = NDArray[np.uint16]


class Corner(NamedTuple):
    """For one corner of every depth pixel: homogeneous colour coordinates per metre of depth, each (h, w) float32."""

    x: Image
    y: Image
    w: Image


@dataclass(frozen=True, slots=True)
class Sizes:
    """The extra columns (or rows) of a rectangle beyond the first that have a canvas: first .. first + count - 1."""

    first: int = 0
    count: int = 1

    @property
    def last(self) -> int:
        """The largest."""
        return self.first + self.count - 1


class Rectangles(NamedTuple):
    """Where depth pixels land in the colour image, each (N,) int32: first column and row, last column and row."""

    left: NDArray[np.int32]
    top: NDArray[np.int32]
    right: NDArray[np.int32]
    bottom: NDArray[np.int32]


class DepthProjector:
    """Moves raw depth of one rig into its colour image."""

    def __init__(
        self, depth: CameraIntrinsics, color: CameraIntrinsics, color_from_depth: RigidTransform, *, depth_unit_m: float
    ) -> None:
        self._color = color
        self._one_over_unit = np.float32(1 / depth_unit_m)
        # rs.align adds half a pixel and cuts off the fraction. Without lens distortion that shift and the camera matrix
        # can go into the tables, which saves four passes over the image.
        shifted = np.array([[color.fx, 0, color.cx + 0.5], [0, color.fy, color.cy + 0.5], [0, 0, 1]])
        camera = np.eye(3) if color.has_distortion else shifted
        self._offset = (camera @ color_from_depth.translation_m).astype(np.float32)
        grid = _corner_rays(depth) @ (camera @ color_from_depth.rotation).T
        self._first, self._last = _planes(grid[:-1, :-1]), None
        self._columns = self._rows = Sizes()
        if _is_denser(color, depth):
            self._last = _planes(grid[1:, 1:])
            self._columns, self._rows = self._usual_sizes(grid)
        # Beyond the image: columns and rows that reach into it, and a last one for whatever falls outside.
        self._shape = (color.height + self._rows.last + 1, color.width + self._columns.last + 1)
        self._canvases = np.empty((self._rows.count + 1, self._columns.count + 1, *self._shape), np.uint16)
        self._index = np.empty((depth.height, depth.width), np.intp)
        self._value = np.empty((depth.height, depth.width), np.uint16)
        self._bands = [slice(top, top + BAND_ROWS) for top in range(0, depth.height, BAND_ROWS)]

    def _usual_sizes(self, grid: NDArray[np.float64]) -> tuple[Sizes, Sizes]:
        """The extra columns and rows of depth pixels that are not extremely near."""
        u, v = self._to_pixels(grid[..., 0] / grid[..., 2], grid[..., 1] / grid[..., 2])
        return _sizes(u[1:, 1:] - u[:-1, :-1]), _sizes(v[1:, 1:] - v[:-1, :-1])

    def _to_pixels(
        self, x: NDArray[np.floating], y: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        if not self._color.has_distortion:
            return x, y
        x, y = distort(x, y, self._color)
        return x * self._color.fx + (self._color.cx + 0.5), y * self._color.fy + (self._color.cy + 0.5)

    def project(self, depth_raw: Depth) -> Depth:
        """Raw depth (h, w) uint16 in the depth camera -> (H, W) uint16 in the colour camera, 0 = no reading."""
        unusual = [self._place(depth_raw[band], band) for band in self._bands]
        self._canvases[:-1, :-1] = EMPTY
        np.minimum.at(self._canvases.reshape(-1), self._index.ravel(), self._value.ravel())
        merged = self._grow_and_merge()
        for value, rectangles in unusual:
            _draw_one_by_one(merged, value, rectangles)
        return merged + np.uint16(1)

    # What is far outside the image overflows; as an integer it stays far outside.
    @np.errstate(invalid="ignore", over="ignore")
    def _place(self, depth_raw: Depth, band: slice) -> tuple[Depth, Rectangles]:
        """Find for some rows the canvas element of each pixel; returns the pixels whose size has no canvas."""
        value = self._value[band]
        np.subtract(depth_raw, np.uint16(1), out=value)  # 0 becomes EMPTY
        np.copyto(value, EMPTY, where=depth_raw == SATURATED)
        # With R the rotated ray of a corner, t the translation and z the depth: (R z + t) / z = R + t / z.
        inverse_depth = np.maximum(depth_raw, np.uint16(1)).astype(np.float32)
        np.divide(self._one_over_unit, inverse_depth, out=inverse_depth)
        shift = [inverse_depth * offset for offset in self._offset]
        left, top = self._project_corner(self._first, band, shift, value)
        right, bottom = self._project_corner(self._last, band, shift, value) if self._last else (left, top)
        # Shifted so that no visible index is negative, and no further pass is needed to tell the size from it.
        shifted_left, shifted_top = left + self._columns.last, top + self._rows.last
        columns = _within(shifted_left - right, self._columns.count)
        rows = _within(shifted_top - bottom, self._rows.count)
        unusual = (columns == self._columns.count) | (rows == self._rows.count)
        unusual &= value != EMPTY
        index = rows
        index *= np.uint32(self._columns.count + 1)
        index += columns
        index *= np.uint32(self._shape[0])
        index += _within(shifted_top, self._shape[0] - 1)
        index *= np.uint32(self._shape[1])
        index += _within(shifted_left, self._shape[1] - 1)
        self._index[band] = index
        chosen = np.flatnonzero(unusual)
        return value.take(chosen), Rectangles(*(edge.take(chosen) for edge in (left, top, right, bottom)))

    def _project_corner(
        self, corner: Corner, band: slice, shift: list[Image], value: Depth
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Column and row (h, w) of one corner; sets `value` to EMPTY for pixels behind the colour camera."""
        w = corner.w[band] + shift[2]
        if w.min() < NEAREST:
            np.copyto(value, EMPTY, where=w < NEAREST)
            np.maximum(w, NEAREST, out=w)  # keeps every number finite
        x = corner.x[band] + shift[0]
        x /= w
        y = corner.y[band] + shift[1]
        y /= w
        u, v = self._to_pixels(x, y)
        return u.astype(np.int32), v.astype(np.int32)

    def _grow_and_merge(self) -> Depth:
        """One (H, W) canvas from the canvases of all sizes, of which the last row and column holds the smallest."""
        merged = self._canvases[self._rows.count - 1, self._columns.count - 1]
        for row in range(self._rows.count):
            for column in range(self._columns.count):
                if row or column:
                    canvas = self._canvases[self._rows.count - 1 - row, self._columns.count - 1 - column]
                    np.minimum(merged, _grown(canvas, column, row), out=merged)
        # Every pixel is at least this big, so that this part of the growth is done once, on the merged canvas.
        merged = _grown(merged, self._columns.first, self._rows.first)
        height, width = self._color.height, self._color.width
        return merged[self._rows.last :, self._columns.last :][:height, :width]


def _draw_one_by_one(merged: Depth, value: Depth, rectangles: Rectangles) -> None:
    """Draw a flat list of rectangles of any size into (H, W): those at the image's border, or very near ones."""
    height, width = merged.shape
    left, top = np.maximum(rectangles.left, 0), np.maximum(rectangles.top, 0)
    columns = np.maximum(np.minimum(rectangles.right, width - 1) - left + 1, 0)
    rows = np.maximum(np.minimum(rectangles.bottom, height - 1) - top + 1, 0)
    area = columns * rows
    owner = np.repeat(np.arange(area.size), area)
    step = np.arange(owner.size) - np.repeat(np.cumsum(area) - area, area)
    row, column = top[owner] + step // columns[owner], left[owner] + step % columns[owner]
    np.minimum.at(merged, (row, column), value[owner])


def _grown(canvas: Depth, columns: int, rows: int) -> Depth:
    """Let every pixel cover that many more columns to its right and rows below; the smallest wins."""
    import cv2

    if not columns and not rows:
        return canvas
    kernel = np.ones((rows + 1, columns + 1), np.uint8)
    return cv2.erode(canvas, kernel, anchor=(columns, rows)).view(np.uint16)


def _within(values: NDArray[np.int32], limit: int) -> NDArray[np.uint32]:
    """Values below `limit` as they are, all others (a negative number is huge as an unsigned one) as `limit`."""
    return np.minimum(values.view(np.uint32), np.uint32(limit))


def _corner_rays(depth: CameraIntrinsics) -> NDArray[np.float64]:
    """Rays (x, y, 1) through the corners between pixels, (h + 1, w + 1, 3), in the depth camera."""
    x = (np.arange(depth.width + 1) - 0.5 - depth.cx) / depth.fx
    y = (np.arange(depth.height + 1) - 0.5 - depth.cy) / depth.fy
    grid_x, grid_y = np.meshgrid(x, y)
    ray_x, ray_y = undistort(grid_x, grid_y, depth)
    return np.stack([ray_x, ray_y, np.ones_like(ray_x)], axis=-1).astype(np.float64)


def _planes(rays: NDArray[np.float64]) -> Corner:
    x, y, w = (np.ascontiguousarray(rays[..., axis], dtype=np.float32) for axis in range(3))
    return Corner(x, y, w)


def _is_denser(color: CameraIntrinsics, depth: CameraIntrinsics) -> bool:
    """Whether colour has more pixels per degree than depth on either axis, by librealsense's measure."""
    horizontal = color.width / _angle(color.width, color.fx, color.cx) > depth.width / _angle(
        depth.width, depth.fx, depth.cx
    )
    vertical = color.height / _angle(color.height, color.fy, color.cy) > depth.height / _angle(
        depth.height, depth.fy, depth.cy
    )
    return horizontal or vertical


def _angle(length: int, focal: float, centre: float) -> float:
    """The field of view along one axis in radians, as librealsense's rs2_fov has it."""
    return math.atan2(centre + 0.5, focal) + math.atan2(length - (centre + 0.5), focal)


def _sizes(spans: NDArray[np.floating]) -> Sizes:
    """The extra pixels that most spans of the given real lengths cover, after both ends are rounded."""
    shortest, usual, longest = np.percentile(spans, [2, 50, 98])
    first, last = max(math.floor(0.99 * shortest), 0), max(math.ceil(1.01 * longest), 0)
    if last - first >= MAX_SIZES:
        first = max(math.floor(usual) - MAX_SIZES // 2 + 1, 0)
        last = first + MAX_SIZES - 1
    return Sizes(first, last - first + 1)

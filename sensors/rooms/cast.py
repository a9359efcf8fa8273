"""Rays against boxes, tapered elliptic cylinders and ellipsoids: exact depth, and which primitive each pixel shows.

A primitive is intersected only inside the rectangle that it covers on the screen, and a z-buffer keeps the nearest.
Directions have length 1 along the camera's z axis, so a ray's parameter is z-depth. Within a primitive's space they
are a sum of one term per column and one per row, which makes them cheap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.primitives import Shape
from sensors.rooms.solids import Solids
from sensors.rooms.vectors import dot

NEAREST_M = 0.005  # nothing nearer than this is seen
Plane = NDArray[np.floating]  # (h, w) float32
Planes = NDArray[np.floating]  # (3, h, w) float32
Mask = NDArray[np.bool_]  # (h, w)

_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float64)
_EDGES = np.array([(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1])


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """The nearest surface per pixel. depth_m: (h, w) float32, inf = none. primitive: (h, w) int32, -1 = none."""

    depth_m: NDArray[np.float32]
    primitive: NDArray[np.int32]


def cast(
    solids: Solids,
    intrinsics: CameraIntrinsics,
    world_from_camera: RigidTransform,
    only: NDArray[np.integer] | None = None,
    least_px: int = 1,
) -> Hits:
    """What a pinhole camera sees of the solids (or of some: their indices in `only`). Lens distortion is not cast.

    A camera inside a solid sees it from within. What is narrower than least_px is left out.
    """
    depth = np.full((intrinsics.height, intrinsics.width), np.inf, np.float32)
    primitive = np.full(depth.shape, -1, np.int32)
    windows, nearest_m = screen_windows(solids, intrinsics, world_from_camera)
    chosen = np.arange(len(solids)) if only is None else np.asarray(only)
    chosen = chosen[((windows[chosen, 2:] - windows[chosen, :2]) >= least_px).all(axis=1)]
    chosen = chosen[np.argsort(nearest_m[chosen], kind="stable")]
    rays = _Rays.of(solids, intrinsics, world_from_camera, chosen)
    shapes, tapers = solids.shape.tolist(), solids.taper.tolist()
    for row, (i, window) in enumerate(zip(chosen.tolist(), windows[chosen].tolist(), strict=True)):
        left, top, right, bottom = window
        seen = depth[top:bottom, left:right]
        if nearest_m[i] > NEAREST_M and seen.max() <= nearest_m[i]:
            continue
        if shapes[i] == Shape.BOX:
            hit, met = _box(rays.directions(row, window), rays.place[i])
        else:
            hit, met = _round(rays, row, i, window, shapes[i], tapers[i])
        met &= hit < seen
        np.copyto(seen, hit, where=met)
        np.copyto(primitive[top:bottom, left:right], i, where=met)
    return Hits(depth, primitive)


@dataclass(frozen=True, slots=True, eq=False)
class _Rays:
    """Every ray in the unit space of each chosen primitive: the sum of a part per column and a part per row.

    columns, rows: (C, 3, width) and (C, 3, height) float32, for directions. turn, place: (P, 3, 3) and (P, 3), all the
    primitives' unit_from_camera. x, y: direction per column and row, camera axes. middle_m: (P,) depth of the centres.
    """

    columns: NDArray[np.float32]
    rows: NDArray[np.float32]
    turn: NDArray[np.float64]
    place: NDArray[np.float64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    middle_m: NDArray[np.float64]

    @classmethod
    def of(
        cls, solids: Solids, k: CameraIntrinsics, world_from_camera: RigidTransform, chosen: NDArray[np.integer]
    ) -> _Rays:
        """The rays of a camera for the chosen primitives."""
        x = (np.arange(k.width, dtype=np.float64) - k.cx) / k.fx
        y = (np.arange(k.height, dtype=np.float64) - k.cy) / k.fy
        turn, place = solids.unit_from_camera(world_from_camera.rotation, world_from_camera.translation_m)
        columns = (turn[chosen, :, 0, None] * x + turn[chosen, :, 2, None]).astype(np.float32)
        rows = (turn[chosen, :, 1, None] * y).astype(np.float32)
        middle_m = (solids.centre_m - world_from_camera.translation_m) @ world_from_camera.rotation[:, 2]
        return cls(columns, rows, turn, place, x, y, middle_m)

    def directions(self, row: int, window: list[int]) -> Planes:
        """Directions (3, h, w) in the space of the row-th chosen primitive."""
        left, top, right, bottom = window
        return self.columns[row, :, None, left:right] + self.rows[row, :, top:bottom, None]

    def starts(self, index: int, window: list[int]) -> Planes:
        """Where rays are (3, h, w) at the depth of primitive `index`'s centre, in its space."""
        left, top, right, bottom = window
        turn, middle = self.turn[index] * self.middle_m[index], self.place[index]
        columns = turn[:, :1] * self.x[left:right] + (turn[:, 2:] + middle[:, None])
        rows = turn[:, 1:2] * self.y[top:bottom]
        return columns.astype(np.float32)[:, None] + rows.astype(np.float32)[:, :, None]


def screen_windows(
    solids: Solids, intrinsics: CameraIntrinsics, world_from_camera: RigidTransform
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """What each primitive can cover at most: (P, 4) left, top, right, bottom (ends excluded), and its least z-depth.

    The bounding box's edges are cut at the plane NEAREST_M before the camera, so that what lies partly behind the
    camera keeps its whole window. Empty where right <= left or bottom <= top.
    """
    widest = np.maximum(solids.taper, 1.0)
    half = solids.half_m * np.stack([widest, widest, np.ones_like(widest)], axis=1)
    camera_from_local = world_from_camera.rotation.T @ solids.rotation
    centre = (solids.centre_m - world_from_camera.translation_m) @ world_from_camera.rotation
    corners = np.einsum("pij,pcj->pci", camera_from_local, _CORNERS * half[:, None]) + centre[:, None]
    start, end = corners[:, _EDGES[:, 0]], corners[:, _EDGES[:, 1]]
    cut = (start[..., 2] < NEAREST_M) != (end[..., 2] < NEAREST_M)
    along = (NEAREST_M - start[..., 2]) / np.where(cut, end[..., 2] - start[..., 2], 1.0)
    crossings = start + along[..., None] * (end - start)
    points = np.concatenate([corners, crossings], axis=1)
    valid = np.concatenate([corners[..., 2] >= NEAREST_M, cut], axis=1)
    z = np.where(valid, points[..., 2], 1.0)
    u = points[..., 0] / z * intrinsics.fx + intrinsics.cx
    v = points[..., 1] / z * intrinsics.fy + intrinsics.cy
    low = [np.where(valid, a, np.inf).min(axis=1) for a in (u, v)]
    high = [np.where(valid, a, -np.inf).max(axis=1) for a in (u, v)]
    size = (intrinsics.width, intrinsics.height)
    firsts = [np.clip(np.ceil(np.nan_to_num(a - 1e-3, posinf=s)), 0, s) for a, s in zip(low, size, strict=True)]
    lasts = [np.clip(np.floor(np.nan_to_num(a + 1e-3, neginf=-1)) + 1, 0, s) for a, s in zip(high, size, strict=True)]
    return np.stack([*firsts, *lasts], axis=1).astype(np.int64), corners[..., 2].min(axis=1)


def _box(directions: Planes, place: NDArray[np.float64]) -> tuple[Plane, Mask]:
    """Depth where rays meet the unit cube, and whether they do."""
    enter: Plane | None = None
    leave: Plane | None = None
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.reciprocal(directions, out=directions)
        for along, at in zip(inverse, place.tolist(), strict=True):
            side = 1.0 if at > 0 else -1.0
            near, far = np.float32(side - at or 1e-12), np.float32(-side - at)  # never 0: 0 / 0 is no number
            if abs(at) > 1:  # outside this pair of faces: rays can enter through the nearer one only
                entered = along * near
                enter = entered if enter is None else np.maximum(enter, entered, out=enter)
                left = np.multiply(along, far, out=along)
            else:
                left = np.maximum(along * near, along * far)
            leave = left if leave is None else np.minimum(leave, left, out=leave)
    assert leave is not None
    if enter is None:
        return leave, leave > NEAREST_M
    met = enter <= leave
    met &= enter > NEAREST_M
    return enter, met


def _round(rays: _Rays, row: int, index: int, window: list[int], shape: int, taper: float) -> tuple[Plane, Mask]:
    """Depth where rays meet the unit sphere or the unit, tapered cylinder, and whether they do.

    Rays are followed from the depth of the primitive's centre: a thin rod seen from metres away would otherwise lose
    its shape in float32.
    """
    directions, starts = rays.directions(row, window), rays.starts(index, window)
    middle, place = np.float32(rays.middle_m[index]), rays.place[index]
    nearest = np.float32(NEAREST_M) - middle
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if shape == Shape.ELLIPSOID:
            hit = _sphere(directions, starts, nearest, place)
        else:
            hit = _cylinder(directions, starts, nearest, taper, place)
        hit += middle
        return hit, hit < np.inf  # false where it is no number


def _sphere(d: Planes, q: Planes, nearest: np.float32, place: NDArray[np.float64]) -> Plane:
    a, b, c = dot(d, d), dot(q, d), dot(q, q) - 1
    root = np.sqrt(b * b - a * c)  # no number where the ray misses
    hit = ((root if place @ place <= 1 else -root) - b) / a  # from within, the far side
    return np.where(hit > nearest, hit, np.float32(np.inf))


def _cylinder(d: Planes, q: Planes, nearest: np.float32, taper: float, place: NDArray[np.float64]) -> Plane:
    """The solid x^2 + y^2 <= (mean + slope z)^2, |z| <= 1."""
    mean, slope = np.float32((1 + taper) / 2), np.float32((taper - 1) / 2)
    radius = mean + slope * q[2] if slope else mean
    a = d[0] * d[0] + d[1] * d[1]
    b = q[0] * d[0] + q[1] * d[1]
    c = q[0] * q[0] + q[1] * q[1] - radius * radius
    if slope:
        a -= (slope * d[2]) ** 2
        b -= slope * d[2] * radius
    root = np.sqrt(b * b - a * c)
    within = abs(place[2]) <= 1
    outside = not within or np.hypot(place[0], place[1]) > mean + slope * place[2]
    nowhere = np.float32(np.inf)
    hit: Plane | None = None
    for sign in (-1,) if outside and not slope else (-1, 1):
        side = (sign * root - b) / a
        valid = np.abs(q[2] + side * d[2]) <= 1
        valid &= side > nearest
        reached = np.where(valid, side, nowhere)
        hit = reached if hit is None else np.minimum(hit, reached)
    assert hit is not None
    for end, end_radius in ((-1.0, 1.0), (1.0, taper)):
        if end * place[2] > 1 or (within and not outside):  # a cap seen from beyond it, or from within
            cap = (np.float32(end) - q[2]) / d[2]
            valid = (q[0] + cap * d[0]) ** 2 + (q[1] + cap * d[1]) ** 2 <= np.float32(end_radius * end_radius)
            valid &= cap > nearest
            hit = np.minimum(hit, np.where(valid, cap, nowhere))
    return hit

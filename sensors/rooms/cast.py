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

NEAREST_M = 0.005  # nothing nearer than this is seen
Plane = NDArray[np.float32]  # (h, w)

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
) -> Hits:
    """What a pinhole camera sees of the solids (or of some: their indices in `only`). Lens distortion is not cast.

    A camera inside a solid sees it from within.
    """
    height, width = intrinsics.height, intrinsics.width
    depth = np.full((height, width), np.inf, np.float32)
    primitive = np.full((height, width), -1, np.int32)
    x = (np.arange(width, dtype=np.float64) - intrinsics.cx) / intrinsics.fx
    y = (np.arange(height, dtype=np.float64) - intrinsics.cy) / intrinsics.fy
    turn, place = solids.unit_from_camera(world_from_camera.rotation, world_from_camera.translation_m)
    windows, nearest_m = screen_windows(solids, intrinsics, world_from_camera)
    middles_m = ((solids.centre_m - world_from_camera.translation_m) @ world_from_camera.rotation[:, 2]).tolist()
    chosen = np.arange(len(solids)) if only is None else np.asarray(only)
    chosen = chosen[(windows[chosen, 2] > windows[chosen, 0]) & (windows[chosen, 3] > windows[chosen, 1])]
    shapes, tapers, windows_list = solids.shape.tolist(), solids.taper.tolist(), windows.tolist()
    for i in chosen[np.argsort(nearest_m[chosen], kind="stable")].tolist():
        left, top, right, bottom = windows_list[i]
        seen = depth[top:bottom, left:right]
        if nearest_m[i] > NEAREST_M and seen.max() <= nearest_m[i]:
            continue
        columns, rows = x[left:right], y[top:bottom]
        directions = [_directions(turn[i, k], columns, rows) for k in range(3)]
        if shapes[i] == Shape.BOX:
            hit = _box(directions, place[i])
        else:
            hit = _round(directions, turn[i], place[i], columns, rows, middles_m[i], shapes[i], tapers[i])
        nearer = hit < seen
        np.copyto(seen, hit, where=nearer)
        np.copyto(primitive[top:bottom, left:right], i, where=nearer)
    return Hits(depth, primitive)


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


def _directions(row: NDArray[np.float64], columns: NDArray[np.float64], rows: NDArray[np.float64]) -> Plane:
    """One unit-space component of every ray's direction."""
    return np.add.outer((row[1] * rows).astype(np.float32), (row[0] * columns + row[2]).astype(np.float32))


def _box(directions: list[Plane], place: NDArray[np.float64]) -> Plane:
    """Depth where rays meet the unit cube, inf where they do not."""
    enter: Plane | None = None
    leave: Plane | None = None
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for direction, at in zip(directions, place.tolist(), strict=True):
            inverse = np.reciprocal(direction, out=direction)
            side = 1.0 if at > 0 else -1.0
            gap = side - at or 1e-12  # a camera exactly in a face's plane would give 0 / 0
            if abs(at) > 1:  # outside this pair of faces: rays can enter through the nearer one only
                entered = inverse * np.float32(gap)
                enter = entered if enter is None else np.maximum(enter, entered, out=enter)
                left = inverse * np.float32(-side - at)
            else:
                left = np.maximum(inverse * np.float32(gap), inverse * np.float32(-side - at))
            leave = left if leave is None else np.minimum(leave, left, out=leave)
        assert leave is not None
        if enter is None:
            return np.where(leave > NEAREST_M, leave, np.float32(np.inf))
        return np.where((enter <= leave) & (enter > NEAREST_M), enter, np.float32(np.inf))


def _round(
    directions: list[Plane],
    turn: NDArray[np.float64],
    place: NDArray[np.float64],
    columns: NDArray[np.float64],
    rows: NDArray[np.float64],
    middle_m: float,
    shape: int,
    taper: float,
) -> Plane:
    """Depth where rays meet the unit sphere or the unit, tapered cylinder, inf where they do not.

    Rays are followed from middle_m, the depth of the primitive's centre: a thin rod seen from metres away would
    otherwise lose its shape in float32.
    """
    starts = [
        _directions(np.array([middle_m * t[0], middle_m * t[1], middle_m * t[2] + p]), columns, rows)
        for t, p in zip(turn, place.tolist(), strict=True)
    ]
    nearest = np.float32(NEAREST_M - middle_m)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if shape == Shape.ELLIPSOID:
            hit = _sphere(directions, starts, nearest)
        else:
            hit = _cylinder(directions, starts, nearest, taper, place)
    return hit + np.float32(middle_m)


def _sphere(d: list[Plane], q: list[Plane], nearest: np.float32) -> Plane:
    a = d[0] * d[0] + d[1] * d[1] + d[2] * d[2]
    b = q[0] * d[0] + q[1] * d[1] + q[2] * d[2]
    c = q[0] * q[0] + q[1] * q[1] + q[2] * q[2] - 1
    root = np.sqrt(b * b - a * c)  # nan where the ray misses
    first = (-b - root) / a
    hit = np.where(first > nearest, first, (root - b) / a)
    return np.where(hit > nearest, hit, np.float32(np.inf))  # false for nan


def _cylinder(d: list[Plane], q: list[Plane], nearest: np.float32, taper: float, place: NDArray[np.float64]) -> Plane:
    """The solid x^2 + y^2 <= (mean + slope z)^2, |z| <= 1."""
    mean, slope = np.float32((1 + taper) / 2), np.float32((taper - 1) / 2)
    radius = mean + slope * q[2]
    a = d[0] * d[0] + d[1] * d[1]
    b = q[0] * d[0] + q[1] * d[1]
    c = q[0] * q[0] + q[1] * q[1] - radius * radius
    if slope:
        a -= (slope * d[2]) ** 2
        b -= slope * d[2] * radius
    root = np.sqrt(b * b - a * c)
    nowhere = np.float32(np.inf)
    hit = np.full(root.shape, nowhere, np.float32)
    for signed in (-root, root):
        side = (signed - b) / a
        valid = (np.abs(q[2] + side * d[2]) <= 1) & (side > nearest)
        hit = np.minimum(hit, np.where(valid, side, nowhere))
    for end, end_radius in ((-1.0, 1.0), (1.0, taper)):
        if end * place[2] > 1 or abs(place[2]) <= 1:  # a cap seen from beyond it, or perhaps from within
            cap = (np.float32(end) - q[2]) / d[2]
            valid = (q[0] + cap * d[0]) ** 2 + (q[1] + cap * d[1]) ** 2 <= np.float32(end_radius * end_radius)
            hit = np.minimum(hit, np.where(valid & (cap > nearest), cap, nowhere))
    return hit

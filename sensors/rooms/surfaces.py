"""Where on its primitive each pixel lies, and which way the surface faces there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.primitives import Shape
from sensors.rooms.solids import Solids
from sensors.rooms.vectors import dot, turned_each, unit


@dataclass(frozen=True, slots=True, eq=False)
class LocalHits:
    """Hit points and normals in the primitives' own axes, for N pixels.

    point_m, normal: (3, N) float32; the normal has length 1. face: (N,) int8: of a box the axis it faces along, of a
    cylinder 2 on a cap and 0 on the side, of an ellipsoid 0.
    """

    point_m: NDArray[np.float32]
    normal: NDArray[np.float32]
    face: NDArray[np.int8]


def local_hits(
    solids: Solids,
    primitive: NDArray[np.int32],
    depth_m: NDArray[np.float32],
    directions: NDArray[np.float32],
    rotation: NDArray[np.float64],
    origin_m: NDArray[np.float64],
) -> LocalHits:
    """Of N pixels: primitive, depth_m (N,), directions (3, N) in camera axes; rotation is world_from_camera's."""
    matrices, places = solids.unit_from_camera(rotation, origin_m)
    matrices, places = matrices * solids.half_m[:, :, None], places * solids.half_m
    table = np.concatenate([matrices.reshape(-1, 9), places], axis=1).astype(np.float32).T.copy()
    rows = table[:, primitive]  # (12, N)
    point = np.empty((3, len(primitive)), np.float32)
    for k in range(3):
        point[k] = dot(rows[3 * k : 3 * k + 3], directions) * depth_m + rows[9 + k]
    half = solids.half_m.astype(np.float32).T.copy()
    normal = np.zeros_like(point)
    face = np.zeros(len(primitive), np.int8)
    shape = solids.shape[primitive]
    for kind, of_kind in ((Shape.BOX, _box_normals), (Shape.CYLINDER, _cylinder_normals), (Shape.ELLIPSOID, _ball)):
        here = np.flatnonzero(shape == kind)
        if len(here):
            which = primitive[here]
            taper = solids.taper[which].astype(np.float32)
            normal[:, here], face[here] = of_kind(point[:, here], half[:, which], taper)
    return LocalHits(point, normal, face)


Normals = tuple[NDArray[np.float32], NDArray[np.int8]]


def _box_normals(point: NDArray[np.float32], half: NDArray[np.float32], _: NDArray[np.float32]) -> Normals:
    face = (np.abs(point) - half).argmax(axis=0).astype(np.int8)
    normal = np.zeros_like(point)
    for axis in range(3):
        on = face == axis
        normal[axis, on] = np.sign(point[axis, on])
    return normal, face


def _cylinder_normals(point: NDArray[np.float32], half: NDArray[np.float32], taper: NDArray[np.float32]) -> Normals:
    scaled = point / half
    slope = np.float32(0.5) * (taper - 1)
    radius = 1 + slope + slope * scaled[2]
    beyond_side = (np.hypot(scaled[0], scaled[1]) - radius) * np.minimum(half[0], half[1])
    cap = np.abs(point[2]) - half[2] > beyond_side
    normal = np.stack([scaled[0] / half[0], scaled[1] / half[1], -slope * radius / half[2]])
    normal[:2, cap] = 0
    normal[2, cap] = np.sign(point[2, cap])
    return unit(normal), np.where(cap, 2, 0).astype(np.int8)


def _ball(point: NDArray[np.float32], half: NDArray[np.float32], _: NDArray[np.float32]) -> Normals:
    return unit(point / (half * half)), np.zeros(point.shape[1], np.int8)


def world_normals(solids: Solids, primitive: NDArray[np.int32], normal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Normals (3, N) in a primitive's axes, turned into the world's."""
    return turned_each(rotation_table(solids, primitive), normal)


def rotation_table(solids: Solids, primitive: NDArray[np.int32]) -> NDArray[np.float32]:
    """world_from_local (9, N), row by row, of each pixel's primitive."""
    return solids.rotation.reshape(-1, 9).astype(np.float32).T.copy()[:, primitive]

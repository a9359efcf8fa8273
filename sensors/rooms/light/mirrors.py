"""Flat mirrors: the room is cast once more from behind the glass."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.cast import cast
from sensors.rooms.light.shade import radiance
from sensors.rooms.primitives import Shape
from sensors.rooms.scene import Scene
from sensors.rooms.solids import SURFACES
from sensors.rooms.view import Geometry

LEAST_PIXELS = 12
_TINT = np.array([0.86, 0.88, 0.87], np.float32)


def with_mirrors(scene: Scene, geometry: Geometry) -> NDArray[np.floating]:
    """Linear light (h, w, 3) of a view, with what its mirrors reflect."""
    image = radiance(scene, geometry)
    mirrors = np.unique(geometry.primitive[geometry.surface == SURFACES.index("mirror")])
    for index in mirrors.tolist():
        if geometry.solids.shape[index] != Shape.ELLIPSOID:
            _reflect(scene, geometry, index, image)
    return image


def _reflect(scene: Scene, geometry: Geometry, index: int, image: NDArray[np.floating]) -> None:
    """Fills in the pixels of one mirror, on the larger faces of a box or the caps of a cylinder."""
    normal, _ = _plane(geometry, index)
    shows = (geometry.primitive == index) & _faces(geometry, normal)
    if shows.sum() < LEAST_PIXELS:
        return
    rows, columns = np.flatnonzero(shows.any(axis=1)), np.flatnonzero(shows.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    seen = reflected(geometry, index, (int(left), int(top), int(right), int(bottom)))
    inside = shows[top:bottom, left:right]
    image[top:bottom, left:right][inside] = radiance(scene, seen)[:, ::-1][inside] * _TINT


def _plane(geometry: Geometry, index: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mirror's front: its normal towards the camera, and a point on it."""
    solids = geometry.solids
    axis = int(solids.half_m[index].argmin()) if solids.shape[index] == Shape.BOX else 2
    normal = solids.rotation[index][:, axis]
    if normal @ (geometry.world_from_camera.translation_m - solids.centre_m[index]) < 0:
        normal = -normal
    return normal, solids.centre_m[index] + normal * solids.half_m[index, axis]


def _faces(geometry: Geometry, normal: NDArray[np.float64]) -> NDArray[np.bool_]:
    facing = np.zeros(geometry.depth_m.size, np.bool_)
    facing[geometry.seen] = normal.astype(np.float32) @ geometry.world_normal > 0.99
    return facing.reshape(geometry.depth_m.shape)


def reflected(geometry: Geometry, index: int, window: tuple[int, int, int, int]) -> Geometry:
    """What mirror `index` reflects inside a window (left, top, right, bottom) of the view, its columns reversed.

    A camera mirrored in the plane would be left-handed, so its image's columns are reversed instead.
    """
    normal, place_m = _plane(geometry, index)
    pose, k = geometry.world_from_camera, geometry.intrinsics
    turn = (np.eye(3) - 2 * np.outer(normal, normal)) @ pose.rotation @ np.diag([-1.0, 1.0, 1.0])
    behind = pose.translation_m - 2 * normal * (normal @ (pose.translation_m - place_m))
    left, top, right, bottom = window
    width = right - left
    camera = CameraIntrinsics(width, bottom - top, k.fx, k.fy, width - 1 - (k.cx - left), k.cy - top)
    pose = RigidTransform(turn, behind)
    solids = geometry.solids
    span = (np.abs(np.einsum("i,pij->pj", normal, solids.rotation)) * solids.half_m).sum(axis=1)
    before = (solids.centre_m - place_m) @ normal + span > 0.01
    hits = cast(solids, camera, pose, np.flatnonzero(before & (np.arange(len(solids)) != index)))
    depth_m = np.where(hits.primitive < 0, np.float32(0), hits.depth_m)
    return Geometry(depth_m, hits.primitive, camera, pose, solids)

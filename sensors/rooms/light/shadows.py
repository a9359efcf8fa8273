"""Soft shadows: what each light sees is cast once per scene, then every point looks itself up there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.cast import cast
from sensors.rooms.light.lights import Light
from sensors.rooms.scene import Scene
from sensors.rooms.solids import Solids, solids_of
from sensors.rooms.vectors import dot, turned

Array = NDArray[np.floating]
_SEARCH, _TAPS = 6, 10
_GOLDEN = 2.399963


@dataclass(frozen=True, slots=True, eq=False)
class ShadowMap:
    """What a light sees in one direction. face_from_world: (3, 3). reach: tangent of half its angle of view.

    depth_m: (size, size) float32, inf where nothing blocks.
    """

    face_from_world: Array
    reach: float
    depth_m: Array


def _faces(light: Light, height_m: float) -> list[tuple[NDArray[np.float64], float, int]]:
    """Directions that a light must be cast in: forward, tangent of half the angle, size in pixels."""
    if light.pane is not None:
        middle = (light.pane.centre_m - light.position_m).astype(np.float64)
        distance = float(np.linalg.norm(middle))
        return [(middle / distance, 1.1 * float(np.hypot(*light.pane.half_m)) / distance, 224)]
    if light.facing is not None:
        return [(light.facing.astype(np.float64), 2.4, 160)]
    if light.position_m[2] > 0.6 * height_m:
        return [(np.array([0.0, 0.0, -1.0]), 3.0, 256)]
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    return [(axis, 1.0, 72) for axis in axes]


def _looking(forward: NDArray[np.float64]) -> NDArray[np.float64]:
    """A rotation (3, 3), world_from_camera, whose third column is forward."""
    side = np.cross(forward, (0.0, 1.0, 0.0) if abs(forward[2]) > 0.7 else (0.0, 0.0, 1.0))
    side /= np.linalg.norm(side)
    return np.stack([side, np.cross(forward, side), forward], axis=1).astype(np.float64)


def _blockers(solids: Solids, light: Light, scene: Scene) -> NDArray[np.intp]:
    """Primitives that can stand between the light and the room: not its walls, nor what the light hangs in."""
    span = np.abs(solids.rotation) @ solids.half_m[:, :, None]
    low, high = solids.centre_m - span[..., 0], solids.centre_m + span[..., 0]
    x, y, z = scene.size_m
    inner_low, inner_high = np.array([-x / 2, -y / 2, 0.0]) + 0.02, np.array([x / 2, y / 2, z]) - 0.02
    inside = (high > inner_low).all(axis=1) & (low < inner_high).all(axis=1)
    place = light.position_m.astype(np.float64)
    local = np.einsum("pji,pj->pi", solids.rotation, place - solids.centre_m)
    outside_by = np.maximum(np.abs(local) - solids.half_m, 0)
    near = np.linalg.norm(outside_by, axis=1) < min(light.radius_m, 0.15) + 0.05
    glass = np.array([p.material.pattern == "view" for p in solids.primitives])
    return np.flatnonzero(inside & ~near & ~glass & (solids.surface != 4))


@lru_cache(maxsize=16)
def shadow_maps(scene: Scene, light: Light) -> tuple[ShadowMap, ...]:
    """The light's view of the scene, kept for the next frame."""
    solids = solids_of(scene)
    only = _blockers(solids, light, scene)
    maps = []
    for forward, reach, size in _faces(light, scene.size_m[2]):
        pose = RigidTransform(_looking(forward), light.position_m.astype(np.float64))
        focal = size / 2 / reach
        camera = CameraIntrinsics(size, size, focal, focal, (size - 1) / 2, (size - 1) / 2)
        maps.append(
            ShadowMap(pose.rotation.T.astype(np.float32), reach, cast(solids, camera, pose, only, least_px=2).depth_m)
        )
    return tuple(maps)


def lit_share(scene: Scene, light: Light, point_m: Array, normal: Array, turn: Array) -> Array:
    """How much of the light each of N points sees, 0..1.

    point_m, normal: (3, N), world. turn: (N,) radians, by which each point's pattern of taps is turned.
    """
    share = np.ones(point_m.shape[1], np.float32)
    offset = point_m - light.position_m[:, None]
    facing = dot(offset, normal) < 0
    if light.facing is not None:
        facing &= dot(light.facing, offset) > 0
    candidates = np.flatnonzero(facing)
    for shadow in shadow_maps(scene, light):
        x, y, z = turned(shadow.face_from_world, offset[:, candidates])
        within = (z > 0.02) & (np.maximum(np.abs(x), np.abs(y)) < shadow.reach * z)
        here = candidates[within]
        if len(here):
            place = np.stack([x[within], y[within], z[within]])
            local_normal = turned(shadow.face_from_world, normal[:, here])
            share[here] = _soft_share(shadow, light.radius_m, place, local_normal, turn[here])
    return share


def _soft_share(shadow: ShadowMap, radius_m: float, place: Array, normal: Array, turn: Array) -> Array:
    """First how far away the blockers are, which gives the penumbra's width; then the share of taps that are lit."""
    z = place[2]
    x, y = place[0] / z, place[1] / z
    plane = dot(place, normal)
    cos, sin = np.cos(turn), np.sin(turn)

    def tap(number: int, of: int, reach: Array, which: NDArray[np.intp] | slice) -> tuple[Array, NDArray[np.bool_]]:
        angle, far = number * _GOLDEN, ((number + 0.5) / of) ** 0.5
        a, b = np.float32(far * np.cos(angle)), np.float32(far * np.sin(angle))
        tx = x[which] + reach * (a * cos[which] - b * sin[which])
        ty = y[which] + reach * (a * sin[which] + b * cos[which])
        return _compare(shadow, tx, ty, z[which], plane[which], normal[:, which])

    inverse, blocked = np.zeros_like(z), np.zeros_like(z)
    search = np.float32(1.5 * radius_m) / z
    for number in range(_SEARCH):
        depth, hidden = tap(number, _SEARCH, search, slice(None))
        inverse += np.where(hidden, 1 / depth, 0)
        blocked += hidden
    some = np.flatnonzero(blocked)
    share = np.ones_like(z)
    if not len(some):
        return share
    texel = np.float32(2 * shadow.reach / shadow.depth_m.shape[0])
    penumbra = np.maximum(radius_m * (inverse[some] / blocked[some] - 1 / z[some]), texel)
    lit = np.zeros(len(some), np.float32)
    for number in range(_TAPS):
        lit += ~tap(number, _TAPS, penumbra, some)[1]
    share[some] = lit / _TAPS
    return share


def _compare(
    shadow: ShadowMap, tx: Array, ty: Array, z: Array, plane: Array, normal: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """The map's depth at tangents tx, ty, and whether that hides the surface, taken as flat around the point."""
    size = shadow.depth_m.shape[0]
    scale = np.float32(size / 2 / shadow.reach)
    column = np.clip(tx * scale + size / 2, 0, size - 1).astype(np.int32)
    row = np.clip(ty * scale + size / 2, 0, size - 1).astype(np.int32)
    depth = shadow.depth_m.ravel()[row * size + column]
    middle_x = (column + np.float32(0.5 - size / 2)) / scale
    middle_y = (row + np.float32(0.5 - size / 2)) / scale
    along = normal[0] * middle_x + normal[1] * middle_y + normal[2]
    flat = plane / np.minimum(along, np.float32(-1e-3))
    surface = np.clip(flat, z * np.float32(0.6), z * np.float32(1.3))
    return depth, depth < surface * np.float32(0.99) - np.float32(0.012)

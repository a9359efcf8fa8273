"""Gives every pixel its material: albedo, gloss, own light, and a normal with bevels and bumps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.materials import PATTERNS
from sensors.rooms.primitives import Primitive, Shape
from sensors.rooms.solids import Solids
from sensors.rooms.surfaces import LocalHits, rotation_table
from sensors.rooms.textures import DRAW, Look, Patch
from sensors.rooms.textures.noise import hash01
from sensors.rooms.vectors import dot, turned_each, unit
from sensors.rooms.view import Geometry

Array = NDArray[np.floating]
OUTSIDE_GAIN = 4.5  # how bright the world outside is against the light it sends in
_WHOLE_FACE = ("picture", "poster", "screen_on", "screen_off", "paper", "books", "keys")  # laid out from the middle
_ACROSS = np.array([1, 0, 0])  # of a face along x, y, z: the axis that u runs along ...
_UP = np.array([2, 2, 1])  # ... and v


@dataclass(frozen=True, slots=True, eq=False)
class Paint:
    """What the N seen pixels are made of.

    albedo, emission: (3, N) linear light. normal: (3, N) in the world, length 1. gloss: (N,) 0..1.
    """

    albedo: Array
    emission: Array
    normal: Array
    gloss: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Materials:
    """Materials as arrays, one row per primitive."""

    pattern: NDArray[np.int64]
    color: Array
    accent: Array
    scale_m: Array
    strength: Array
    seed: NDArray[np.int64]
    gloss: Array
    bump: Array


@lru_cache(maxsize=8)
def _materials(primitives: tuple[Primitive, ...]) -> _Materials:
    all_of = [p.material for p in primitives]
    return _Materials(
        np.array([PATTERNS.index(m.pattern) for m in all_of]),
        np.array([m.color for m in all_of], np.float32).T.copy(),
        np.array([m.accent for m in all_of], np.float32).T.copy(),
        np.array([max(m.scale_m, 1e-3) for m in all_of], np.float32),
        np.array([m.strength for m in all_of], np.float32),
        np.array([m.seed for m in all_of], np.int64),
        np.array([m.gloss for m in all_of], np.float32),
        np.array([m.bump for m in all_of], np.float32),
    )


def painted(geometry: Geometry, sky: tuple[float, float, float]) -> Paint:
    """The material of every seen pixel; sky is how bright it is outside."""
    solids, primitive = geometry.solids, geometry.primitive.ravel()[geometry.seen]
    materials = _materials(solids.primitives)
    hits, place = geometry.hits, _Placement.of(geometry, primitive)
    color = np.empty((3, len(primitive)), np.float32)
    gloss = materials.gloss[primitive]
    normal = bevelled(solids, primitive, hits, place.footprint_m)
    pattern = materials.pattern[primitive]
    for code in np.flatnonzero(np.bincount(pattern, minlength=len(PATTERNS))).tolist():
        here = np.flatnonzero(pattern == code)
        look = DRAW[PATTERNS[code]](_patch(place, materials, primitive, here, PATTERNS[code], geometry))
        color[:, here] = look.color
        if look.gloss is not None:
            gloss[here] *= look.gloss
        if look.tilt is not None:
            _tilt(normal, here, place, look, materials.bump[primitive[here]], PATTERNS[code])
    albedo = np.clip(color, 0, 1) ** 2
    emission = _own_light(geometry, materials, primitive, albedo, sky)
    return Paint(albedo, emission, _turned(solids, primitive, normal, geometry), np.clip(gloss, 0, 1))


@dataclass(frozen=True, slots=True, eq=False)
class _Placement:
    """Where on its face each pixel lies: axes of u and v (N,), u, v, width_m, height_m, footprint_m (N,)."""

    across: NDArray[np.int64]
    up: NDArray[np.int64]
    u: Array
    v: Array
    width_m: Array
    height_m: Array
    footprint_m: Array
    face: NDArray[np.int64]

    @classmethod
    def of(cls, geometry: Geometry, primitive: NDArray[np.int32]) -> _Placement:
        """The placement of every seen pixel of a view."""
        solids, hits = geometry.solids, geometry.hits
        half = solids.half_m.astype(np.float32).T[:, primitive]
        shape = solids.shape[primitive]
        face = hits.face.astype(np.int64)
        round_one = np.flatnonzero(shape == Shape.ELLIPSOID)
        face[round_one] = np.abs(hits.normal[:, round_one]).argmax(axis=0)
        number = np.arange(len(primitive))
        across, up = _ACROSS[face], _UP[face]
        u, v = hits.point_m[across, number], hits.point_m[up, number]
        width, height = 2 * half[across, number], 2 * half[up, number]
        side = np.flatnonzero((shape == Shape.CYLINDER) & (face == 0))
        radius = (half[0, side] + half[1, side]) / 2
        u[side] = radius * np.arctan2(hits.point_m[1, side], hits.point_m[0, side])
        width[side] = radius * np.float32(2 * np.pi)
        depth = geometry.depth_m.ravel()[geometry.seen]
        slant = np.maximum(geometry.cosine.ravel()[geometry.seen], np.float32(0.12))
        footprint = depth / np.float32(geometry.intrinsics.fx) / np.sqrt(slant)
        return cls(across, up, u, v, width, height, footprint, face)


def _patch(
    place: _Placement,
    materials: _Materials,
    primitive: NDArray[np.int32],
    here: NDArray[np.intp],
    pattern: str,
    geometry: Geometry,
) -> Patch:
    which = primitive[here]
    u, v, seed = place.u[here], place.v[here], materials.seed[which]
    if pattern not in _WHOLE_FACE:
        key = seed * 7 + place.face[here]
        u = u + np.float32(9) * hash01(key)
        v = v + np.float32(9) * hash01(key, 1)
    return Patch(
        u=u,
        v=v,
        footprint_m=place.footprint_m[here],
        width_m=place.width_m[here],
        height_m=place.height_m[here],
        color=materials.color[:, which],
        accent=materials.accent[:, which],
        scale_m=materials.scale_m[which],
        strength=materials.strength[which],
        seed=seed,
        direction=geometry.world_direction[:, here],
    )


def bevelled(solids: Solids, primitive: NDArray[np.int32], hits: LocalHits, footprint_m: Array) -> Array:
    """Normals (3, N) in the primitives' axes, bent outwards near a box's edges, of length 1.

    A bevel finer than a pixel is drawn a pixel wide and the weaker, or edges would look dotted.
    """
    normal = hits.normal.copy()
    boxes = np.flatnonzero(solids.shape[primitive] == Shape.BOX)
    which = primitive[boxes]
    bevel = np.maximum(solids.bevel_m[which].astype(np.float32), np.float32(1e-6))
    wide = np.maximum(bevel, footprint_m[boxes])
    half = solids.half_m.astype(np.float32).T[:, which]
    point, face = hits.point_m[:, boxes], hits.face[boxes]
    for axis in range(3):
        reach = np.minimum(wide, half[axis])
        inward = (half[axis] - np.abs(point[axis])) / reach
        bend = np.clip(1 - inward, 0, 1) * np.minimum(bevel / reach, 1) * (face != axis)
        normal[axis, boxes] += np.sign(point[axis]) * bend
    return unit(normal)


def _tilt(normal: Array, here: NDArray[np.intp], place: _Placement, look: Look, bump: Array, pattern: str) -> None:
    assert look.tilt is not None
    amount = np.ones_like(bump) if pattern in ("folds", "slats") else bump
    normal[place.across[here], here] += look.tilt[0] * amount
    normal[place.up[here], here] += look.tilt[1] * amount


def _turned(solids: Solids, primitive: NDArray[np.int32], normal: Array, geometry: Geometry) -> Array:
    """Local normals into the world, turned towards the camera, of length 1."""
    world = unit(turned_each(rotation_table(solids, primitive), normal))
    flat = geometry.world_normal  # already towards the camera
    world[:, dot(world, flat) < 0] *= -1
    return world


def _own_light(
    geometry: Geometry,
    materials: _Materials,
    primitive: NDArray[np.int32],
    albedo: Array,
    sky: tuple[float, float, float],
) -> Array:
    """What glows: lit shades and tubes, screens that are on, and what a window shows."""
    glowing = geometry.solids.surface == 4
    screen = materials.pattern == PATTERNS.index("screen_on")
    window = materials.pattern == PATTERNS.index("view")
    light = np.asarray(sky, np.float32)[:, None]
    factor = np.where(screen, 0.9, np.where(glowing, 3.0, 0.0)).astype(np.float32)[None] * np.ones((3, 1), np.float32)
    factor[:, window] = OUTSIDE_GAIN * light + np.float32(0.02)
    lit = np.asarray(factor.max(axis=0) > 0)[primitive]
    emission = np.zeros_like(albedo)
    emission[:, lit] = albedo[:, lit] * factor[:, primitive[lit]]
    albedo[:, window[primitive]] *= 0.1
    return emission

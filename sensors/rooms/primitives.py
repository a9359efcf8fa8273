"""The three solids that rooms are made of, and the lamps that light them.

World space: metres, x and y along the floor, z up, the floor at z = 0. Furniture is built around its own origin (on the
floor, in the middle of its footprint, its front towards -y) and then moved into place.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.materials import RGB, Material

Point = tuple[float, float, float]
VOID = 0


class Shape(IntEnum):
    """What a primitive is."""

    BOX = 0
    CYLINDER = 1  # elliptic, along its own z; taper makes it a cone
    ELLIPSOID = 2


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """A solid.

    half_m: (3,) half extents along its own axes; of a cylinder the bottom's two radii and half the height.
    centre_m: (3,) metres. rotation: (3, 3), world_from_local. Both float64.
    label: 0 = void, 1..37 = SUN RGB-D's classes. taper: a cylinder's radius at the top over that at the bottom, > 0.
    bevel_m: how far from a box's edge its normals bend, for shading only.
    """

    shape: Shape
    half_m: NDArray[np.float64]
    centre_m: NDArray[np.float64]
    rotation: NDArray[np.float64]
    label: int
    material: Material
    taper: float = 1.0
    bevel_m: float = 0.004

    def __post_init__(self) -> None:
        if not (self.half_m > 0).all() or not self.taper > 0:
            raise ValueError(f"expected positive sizes, got half_m={self.half_m.tolist()}, taper={self.taper}")
        if not 0 <= self.label <= 37:
            raise ValueError(f"label: expected 0..37, got {self.label}")


@dataclass(frozen=True, slots=True)
class Lamp:
    """A light. position_m: metres. color: RGB of its light, power: relative; radius_m: softens its shadows."""

    position_m: Point
    color: RGB
    power: float
    radius_m: float = 0.15


def rotation(yaw_rad: float = 0.0, pitch_rad: float = 0.0, roll_rad: float = 0.0) -> NDArray[np.float64]:
    """world_from_local (3, 3): first roll about x, then pitch about y, then yaw about z."""
    (cz, sz), (cy, sy), (cx, sx) = ((math.cos(a), math.sin(a)) for a in (yaw_rad, pitch_rad, roll_rad))
    return np.array(
        [
            [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
            [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
            [-sy, cy * sx, cy * cx],
        ]
    )


def box(
    size_m: Point,
    centre_m: Point,
    label: int,
    material: Material,
    *,
    turn: NDArray[np.float64] | None = None,
    bevel_m: float = 0.004,
) -> Primitive:
    """A box of these full side lengths."""
    return _solid(Shape.BOX, size_m, centre_m, label, material, turn, bevel_m=bevel_m)


def cylinder(
    size_m: Point,
    centre_m: Point,
    label: int,
    material: Material,
    *,
    turn: NDArray[np.float64] | None = None,
    taper: float = 1.0,
) -> Primitive:
    """An elliptic cylinder along its own z: size_m are its two diameters at the bottom and its height."""
    return _solid(Shape.CYLINDER, size_m, centre_m, label, material, turn, taper=taper)


def ellipsoid(
    size_m: Point, centre_m: Point, label: int, material: Material, *, turn: NDArray[np.float64] | None = None
) -> Primitive:
    """An ellipsoid with these three diameters."""
    return _solid(Shape.ELLIPSOID, size_m, centre_m, label, material, turn)


def rod(start_m: Point, end_m: Point, diameter_m: float, label: int, material: Material) -> Primitive:
    """A round bar between two points."""
    start, end = np.asarray(start_m, np.float64), np.asarray(end_m, np.float64)
    along = end - start
    length = float(np.linalg.norm(along))
    along /= length
    side = np.cross(along, (1.0, 0.0, 0.0) if abs(along[0]) < 0.9 else (0.0, 1.0, 0.0))
    side /= np.linalg.norm(side)
    turn = np.stack([side, np.cross(along, side), along], axis=1)
    middle = (start + end) / 2
    return _solid(Shape.CYLINDER, (diameter_m, diameter_m, length), tuple(middle), label, material, turn)


def moved(
    primitives: Iterable[Primitive], x_m: float = 0.0, y_m: float = 0.0, z_m: float = 0.0, yaw_rad: float = 0.0
) -> list[Primitive]:
    """The same solids turned about the origin's vertical by yaw_rad, then shifted."""
    turn, shift = rotation(yaw_rad), np.array([x_m, y_m, z_m])
    return [replace(p, centre_m=turn @ p.centre_m + shift, rotation=turn @ p.rotation) for p in primitives]


def _solid(
    shape: Shape,
    size_m: Point,
    centre_m: Point,
    label: int,
    material: Material,
    turn: NDArray[np.float64] | None,
    *,
    taper: float = 1.0,
    bevel_m: float = 0.004,
) -> Primitive:
    half, centre = np.asarray(size_m, np.float64) / 2, np.asarray(centre_m, np.float64)
    return Primitive(shape, half, centre, np.eye(3) if turn is None else turn, label, material, taper, bevel_m)

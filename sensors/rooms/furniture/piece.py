"""A piece of furniture before it is put anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from sensors.rooms.primitives import Point, Primitive, Shape

# What things may stand or lie there.
Use = Literal["table", "desk", "counter", "shelf", "books", "top", "bed", "sofa", "seat", "basin", "stand", "sill"]
Bounds = tuple[float, float, float, float, float, float]  # x0, y0, z0, x1, y1, z1 in metres


@dataclass(frozen=True, slots=True)
class Support:
    """A level rectangle things can stand on: x0 to x1, y0 to y1 at height z, with headroom above; metres."""

    use: Use
    x0: float
    y0: float
    x1: float
    y1: float
    z: float
    headroom_m: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """Solids around an origin on the floor, the back towards +y, the front towards -y.

    bounds: of all the solids. supports: where things can stand. front_m: how much floor must stay free before it.
    weight: how much it is worth looking at. sight_m: the point to look at.
    """

    primitives: Sequence[Primitive]
    bounds: Bounds
    supports: Sequence[Support] = field(default=())
    front_m: float = 0.0
    weight: float = 1.0
    sight_m: Point = (0.0, 0.0, 0.0)

    @property
    def width_m(self) -> float:
        """Extent along x."""
        return self.bounds[3] - self.bounds[0]

    @property
    def depth_m(self) -> float:
        """Extent along y."""
        return self.bounds[4] - self.bounds[1]

    @property
    def height_m(self) -> float:
        """How high its top is above its origin."""
        return self.bounds[5]


def piece(
    primitives: Sequence[Primitive],
    supports: Sequence[Support] = (),
    *,
    front_m: float = 0.0,
    weight: float = 1.0,
    bounds: Bounds | None = None,
) -> Piece:
    """A piece of these solids; bounds are worked out where they are not known."""
    x0, y0, z0, x1, y1, z1 = box = bounds_of(primitives) if bounds is None else bounds
    return Piece(primitives, box, supports, front_m, weight, ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2))


def bounds_of(primitives: Sequence[Primitive]) -> Bounds:
    """The smallest box along the axes around these solids (a tilted cylinder counts as its bounding box)."""
    centres = np.array([p.centre_m for p in primitives])
    turns = np.array([p.rotation for p in primitives])
    halves = np.array([p.half_m for p in primitives])
    wider = np.array([max(p.taper, 1.0) for p in primitives])
    halves[:, :2] *= wider[:, None]
    round_ = np.array([p.shape is Shape.ELLIPSOID for p in primitives])[:, None]
    scaled = turns * halves[:, None, :]
    reach = np.where(round_, np.sqrt((scaled**2).sum(axis=2)), np.abs(scaled).sum(axis=2))
    x0, y0, z0 = (centres - reach).min(axis=0).tolist()
    x1, y1, z1 = (centres + reach).max(axis=0).tolist()
    return x0, y0, z0, x1, y1, z1

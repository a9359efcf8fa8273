"""A scene's primitives as arrays, one row each, which is what casting and shading work on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.primitives import Primitive, Shape
from sensors.rooms.scene import Scene

SURFACES = ("opaque", "mirror", "glass", "screen", "glow")  # their positions are the codes of Geometry.surface


@dataclass(frozen=True, slots=True, eq=False)
class Solids:
    """Primitives as arrays; "unit space" is a primitive's own space divided by its half extents.

    shape: (P,) int8. half_m, centre_m: (P, 3) float64. rotation: (P, 3, 3) float64, world_from_local.
    taper, bevel_m: (P,) float64. label, surface: (P,) uint8. infrared: (P,) float32.
    """

    shape: NDArray[np.int8]
    half_m: NDArray[np.float64]
    centre_m: NDArray[np.float64]
    rotation: NDArray[np.float64]
    taper: NDArray[np.float64]
    bevel_m: NDArray[np.float64]
    label: NDArray[np.uint8]
    surface: NDArray[np.uint8]
    infrared: NDArray[np.float32]
    primitives: tuple[Primitive, ...]

    @classmethod
    def of(cls, primitives: tuple[Primitive, ...]) -> Solids:
        """The arrays of these primitives, in their order."""
        return cls(
            shape=np.array([p.shape for p in primitives], np.int8),
            half_m=np.array([p.half_m for p in primitives], np.float64).reshape(-1, 3),
            centre_m=np.array([p.centre_m for p in primitives], np.float64).reshape(-1, 3),
            rotation=np.array([p.rotation for p in primitives], np.float64).reshape(-1, 3, 3),
            taper=np.array([p.taper if p.shape == Shape.CYLINDER else 1.0 for p in primitives]),
            bevel_m=np.array([p.bevel_m for p in primitives], np.float64),
            label=np.array([p.label for p in primitives], np.uint8),
            surface=np.array([SURFACES.index(p.material.surface) for p in primitives], np.uint8),
            infrared=np.array([p.material.infrared for p in primitives], np.float32),
            primitives=primitives,
        )

    def __len__(self) -> int:
        return len(self.primitives)

    def unit_from_camera(
        self, rotation: NDArray[np.float64], origin_m: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Matrices (P, 3, 3) that turn camera directions into unit space, and the camera's place (P, 3) there."""
        local_from_world = self.rotation.transpose(0, 2, 1) / self.half_m[:, :, None]
        return local_from_world @ rotation, np.einsum("pij,pj->pi", local_from_world, origin_m - self.centre_m)


@lru_cache(maxsize=4)
def solids_of(scene: Scene) -> Solids:
    """The scene's primitives as arrays, kept for the next frame of the same scene."""
    return Solids.of(tuple(scene.primitives))

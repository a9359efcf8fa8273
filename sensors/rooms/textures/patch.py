"""The pixels that show one pattern, and what a pattern says of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.textures.noise import Values

Colors = NDArray[np.floating]  # (3, N), 0..1, gamma encoded


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """N pixels with one pattern, perhaps of several primitives.

    u, v: metres on the surface, v upwards on upright faces. footprint_m: metres that a pixel covers.
    width_m, height_m: of the face. along_u: whether u runs along the face's longer side.
    color, accent: (3, N). scale_m, strength, seed: the material's. direction: (3, N) view ray in the world.
    """

    u: Values
    v: Values
    footprint_m: Values
    width_m: Values
    height_m: Values
    color: Colors
    accent: Colors
    scale_m: Values
    strength: Values
    seed: NDArray[np.int64]
    direction: NDArray[np.floating]

    @property
    def along_u(self) -> NDArray[np.bool_]:
        """Whether u runs along the longer side of the face."""
        return self.width_m >= self.height_m

    def grained(self) -> tuple[Values, Values]:
        """u and v, swapped where needed so that the first runs along the face's longer side."""
        return np.where(self.along_u, self.u, self.v), np.where(self.along_u, self.v, self.u)

    def mixed(self, share: Values) -> Colors:
        """From color (share 0) to accent (1)."""
        return self.color + (self.accent - self.color) * np.clip(share, 0, 1)

    def toned(self, change: Values) -> Colors:
        """color, lighter or darker by this share of itself."""
        return self.color * (1 + change)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What a pattern gives: color (3, N); tilt of the normals along u and v, (2, N); how glossy, a factor (N,)."""

    color: Colors
    tilt: NDArray[np.floating] | None = None
    gloss: Values | None = None


Draw = Callable[[Patch], Look]

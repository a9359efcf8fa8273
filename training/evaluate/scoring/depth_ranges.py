"""How far away is a pixel: the ranges of measured depth that are scored by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from training.surroundings import is_street

NO_READING = "no reading"


@dataclass(frozen=True, slots=True)
class DepthRanges:
    """Number 0 is "no reading"; then come 0 to the first edge, from edge to edge, and the last edge and beyond.

    edges_m: rising metres. A pixel on an edge belongs to the farther range.
    """

    edges_m: tuple[float, ...]

    def __len__(self) -> int:
        """How many, "no reading" included."""
        return len(self.edges_m) + 2

    def bounds_m(self) -> list[tuple[float | None, float | None]]:
        """From and to in metres, of each; None = no such end."""
        return [(None, None), *pairwise((0.0, *self.edges_m)), (self.edges_m[-1], None)]

    def names(self) -> list[str]:
        """Of each, such as "1-2 m"."""
        return [_name(near_m, far_m) for near_m, far_m in self.bounds_m()]

    def numbers(self, depth_m: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Metres of any shape, 0 = no reading -> the number of each pixel's range."""
        found = np.digitize(depth_m, np.array(self.edges_m, np.float32)) + 1
        return np.where(depth_m > 0, found, 0).astype(np.uint8)


INDOORS = DepthRanges((1, 2, 3, 4, 6))
STREET = DepthRanges((10, 20, 40, 80))


def depth_ranges(class_set: str) -> DepthRanges:
    """Those that fit what the class set labels: a street or a room."""
    return STREET if is_street(class_set) else INDOORS


def _name(near_m: float | None, far_m: float | None) -> str:
    if near_m is None:
        return NO_READING
    return f"{near_m:g}+ m" if far_m is None else f"{near_m:g}-{far_m:g} m"

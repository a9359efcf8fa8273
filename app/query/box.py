"""The box around a thing's points, turned as the thing is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

OUTLYING = 0.005  # the share of the surface that is left out at each end: labels and depth fray at edges
MOST_POINTS = 20_000
_EDGES = [(a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit]  # between corners that differ in one bit


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A box in the colour camera's space. Of what is seen: a side that is turned away is not in it.

    center_m: (3,). size_m: its three extents, the longest first. axes: (3, 3), rows are the unit vectors along them.
    """

    center_m: NDArray[np.float64]
    size_m: NDArray[np.float64]
    axes: NDArray[np.float64]

    def corners_m(self) -> NDArray[np.float64]:
        """(8, 3); corner i lies at the far end of axis k where bit k of i is set."""
        signs = np.array([[1 if corner >> axis & 1 else -1 for axis in range(3)] for corner in range(8)])
        return self.center_m + (signs * self.size_m / 2) @ self.axes

    def edges_m(self) -> NDArray[np.float64]:
        """(12, 2, 3): where each edge begins and ends."""
        return self.corners_m()[_EDGES]


def box_around(points_m: NDArray[np.float64], areas_m2: NDArray[np.float64]) -> Box:
    """The box around points (N, 3), N >= 1, that stand for areas (N,).

    Its thinnest side is that in which the points vary least; around this axis it is turned so that its face is
    smallest. Ends are where all but OUTLYING of the surface lies within.
    """
    stride = -(-len(points_m) // MOST_POINTS)
    points_m, weights = points_m[::stride].astype(np.float64), areas_m2[::stride]
    weights = weights if weights.sum() > 0 else np.ones(len(points_m))
    middle_m = np.average(points_m, axis=0, weights=weights)
    offsets_m = points_m - middle_m
    _, columns = np.linalg.eigh((offsets_m * weights[:, None]).T @ offsets_m)
    axes = _turned_to_fit(columns.T[::-1], offsets_m, weights)
    ends_m = np.array([_ends(offsets_m @ axis, weights) for axis in axes])
    center_m = middle_m + ends_m.mean(axis=1) @ axes
    sizes_m = ends_m[:, 1] - ends_m[:, 0]
    order = np.argsort(-sizes_m, kind="stable")
    axes = axes[order]
    axes[2] = np.cross(axes[0], axes[1])  # right-handed
    return Box(center_m, sizes_m[order], axes)


def _turned_to_fit(
    axes: NDArray[np.float64], offsets_m: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The same axes (3, 3), the first two turned about the third so that the points' outline on them is smallest."""
    flat_m = offsets_m @ axes[:2].T
    inside = np.ones(len(flat_m), np.bool_)
    for column in flat_m.T:
        first_m, last_m = _ends(column, weights)
        inside &= (column >= first_m) & (column <= last_m)
    if inside.sum() < 3:
        return axes
    _, _, turn_deg = cv2.minAreaRect(flat_m[inside].astype(np.float32))
    cos, sin = np.cos(np.deg2rad(turn_deg)), np.sin(np.deg2rad(turn_deg))
    return np.stack([cos * axes[0] + sin * axes[1], cos * axes[1] - sin * axes[0], axes[2]])


def _ends(values_m: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Between which values all but OUTLYING of the weight lies at each end."""
    order = np.argsort(values_m)
    reached = np.cumsum(weights[order]) / weights.sum()
    first, last = np.searchsorted(reached, (OUTLYING, 1 - OUTLYING))
    return float(values_m[order[first]]), float(values_m[order[min(last, len(order) - 1)]])

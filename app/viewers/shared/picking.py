"""Which pixel a click on the cloud means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.cloud import camera_rays
from sensors.frames import Frame

REACH_RAD = 0.02  # a click this far beside a point, seen from the eye, still means it
_BEHIND_M = 1e-6  # what is not before the eye is as if seen at a right angle
SAME_SURFACE = 0.05  # of the distance: among the points under a click, those as near as the nearest


def pick_pixel(
    frame: Frame,
    origin_m: NDArray[np.float64],
    direction: NDArray[np.float64],
    shown: NDArray[np.bool_] | None = None,
) -> tuple[int, int] | None:
    """The pixel (x, y) whose point is what the ray from origin_m (3,) along direction (3,) meets first; None for none.

    shown: (H, W), which pixels are in the cloud; None for all with a depth.
    """
    ray_x, ray_y = camera_rays(frame.intrinsics)
    usable = frame.depth_m > 0 if shown is None else shown & (frame.depth_m > 0)
    rows, columns = np.nonzero(usable)
    z = frame.depth_m[rows, columns]
    offsets_m = np.stack([ray_x[rows, columns] * z, ray_y[rows, columns] * z, z], axis=1) - origin_m.astype(np.float32)
    toward = (direction / np.linalg.norm(direction)).astype(np.float32)
    along_m = np.maximum(offsets_m @ toward, _BEHIND_M)
    angles = np.linalg.norm(np.cross(offsets_m, toward), axis=1) / along_m
    near = np.flatnonzero(angles < REACH_RAD)
    if not len(near):
        return None
    closest = near[angles[near] < 2 * angles[near].min() + 1e-3]  # under the click itself, not just within its reach
    first = closest[along_m[closest] <= along_m[closest].min() * (1 + SAME_SURFACE)]
    best = first[np.argmin(angles[first])]
    return int(columns[best]), int(rows[best])

"""Whether a view shows enough to hold on to: before a blank wall any motion along it looks the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.mapping.pinhole import PinholeFrame

WIDTH = 40  # of the coarse view; what is smaller than its pixels is mostly noise
STEP = 2  # coarse pixels to both sides, for slopes
# What holds well enough: surfaces that face a third way over so large a part of the picture, or grey levels (0..255)
# that differ by so much from one coarse pixel to the next. Of 270 frames of three room walks the least has 4 times as
# much; a blank wall with a camera's noise has less than a third.
FACING, GREY = 0.004, 3.0


def has_hold(frame: PinholeFrame) -> bool:
    """Whether motion in every direction would change what is seen where there is depth."""
    import cv2

    camera = frame.intrinsics
    size = (min(WIDTH, camera.width), max(1, round(min(WIDTH, camera.width) * camera.height / camera.width)))
    gray = cv2.resize(cv2.cvtColor(frame.color, cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA)
    has_depth = cv2.resize((frame.depth_m > 0).astype(np.float32), size, interpolation=cv2.INTER_AREA)
    depth_m = cv2.resize(frame.depth_m, size, interpolation=cv2.INTER_AREA) / np.maximum(has_depth, 1e-3)
    k = camera.resized(*size)
    x, y = np.meshgrid((np.arange(k.width) - k.cx) / k.fx, (np.arange(k.height) - k.cy) / k.fy)
    known = has_depth > 0.5
    normals = _normals(np.dstack([x * depth_m, y * depth_m, depth_m]), known)
    held = normals.T @ normals / (gray.size * FACING)
    levels = gray.astype(np.float64)
    slopes = np.stack([levels[:-1, 1:] - levels[:-1, :-1], levels[1:, :-1] - levels[:-1, :-1]])
    slopes = slopes[:, known[:-1, :-1] & known[:-1, 1:] & known[1:, :-1]]
    held[:2, :2] += slopes @ slopes.T / (gray.size * GREY**2)
    return bool(np.linalg.eigvalsh(held)[0] >= 1)


def _normals(points_m: NDArray[np.float64], known: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Directions (N, 3) that the surfaces face, where all four neighbours are known."""
    left, right, up, down = (_shifted(points_m, *by) for by in ((0, -STEP), (0, STEP), (-STEP, 0), (STEP, 0)))
    whole = np.logical_and.reduce([_shifted(known, *by) for by in ((0, -STEP), (0, STEP), (-STEP, 0), (STEP, 0))])
    normals = np.cross(right - left, down - up)[whole]
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _shifted(plane: NDArray[Any], rows: int, columns: int) -> NDArray[Any]:
    """The neighbours of all pixels that lie at least STEP from the border."""
    height, width = plane.shape[:2]
    return plane[STEP + rows : height - STEP + rows, STEP + columns : width - STEP + columns]

"""What depth sensors, their drivers and their mountings do to depth, so that no network can rely on a perfect one.

Every step takes and gives (H, W) float32 metres with 0 = no reading, makes a new image and knows nothing of colour or
labels. Steps that take readings away or give some back break what a renderer or a single sensor teaches by accident:
that a hole of this shape is a screen, a mirror or a window.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augment.noise import smooth_noise, white_noise

Depth = NDArray[np.float32]
DepthStep = Callable[[Depth, np.random.Generator], Depth]


def filled(depth_m: Depth, _rng: np.random.Generator) -> Depth:
    """Each hole takes the reading that is nearest in the image, as drivers and data sets do that fill holes."""
    missing = (depth_m == 0).astype(np.uint8)
    if not missing.any() or missing.all():
        return depth_m
    _, nearest = cv2.distanceTransformWithLabels(missing, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    reading = np.zeros(nearest.max() + 1, np.float32)
    reading[nearest[missing == 0]] = depth_m[missing == 0]
    return reading[nearest]


def shifted(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """Aligned to the colour image a little wrongly: up to 6 pixels of 640 beside it, with no readings at the edge."""
    reach = 6 * depth_m.shape[1] / 640
    dx, dy = (round(rng.uniform(-reach, reach)) for _ in range(2))
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float64)
    return _depth(cv2.warpAffine(depth_m, move, depth_m.shape[::-1], flags=cv2.INTER_NEAREST))


def mis_scaled(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """A calibration that is 1.5 % off, at most 4 %."""
    return depth_m * np.float32(1 + np.clip(rng.normal(0, 0.015), -0.04, 0.04))


def noisy(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """Noise that grows with the square of the distance, up to 4 mm at 1 m, fine and in waves.

    The law: Khoshelham and Elberink, Sensors 2012.
    """
    noise = white_noise(rng, depth_m.shape) * rng.uniform(0, 0.7)
    noise = noise + smooth_noise(rng, depth_m.shape, int(rng.integers(8, 48)))
    return _readings(depth_m, depth_m + noise * depth_m * depth_m * np.float32(rng.uniform(0.0005, 0.004)))


def stepped(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """Quantised in disparity, as stereo and structured light are: steps of 2 to 20 mm at 2 m."""
    steps_per_inverse_m = 4 / rng.uniform(0.002, 0.02)
    seen = depth_m > 0
    steps = np.maximum(np.rint(steps_per_inverse_m / np.where(seen, depth_m, np.float32(1))), 1)
    return np.where(seen, (steps_per_inverse_m / steps).astype(np.float32), np.float32(0))


def cut_off(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """A sensor of rooms, which sees no nearer than 0.2 to 0.8 m and no farther than 3 to 8 m."""
    return _between(depth_m, rng.uniform(0.2, 0.8), rng.uniform(3, 8))


def cut_off_in_a_street(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """A sensor of a car, which sees no nearer than 1 to 5 m and no farther than 30 to 100 m."""
    return _between(depth_m, rng.uniform(1, 5), rng.uniform(30, 100))


def _between(depth_m: Depth, near_m: float, far_m: float) -> Depth:
    return np.where((depth_m >= near_m) & (depth_m <= far_m), depth_m, np.float32(0))


def with_patches_missing(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """Blobs without readings, over 2 to 35 % of the image, wherever they fall."""
    field = smooth_noise(rng, depth_m.shape, int(rng.integers(4, 20)))
    threshold = np.quantile(field[::4, ::4], rng.uniform(0.02, 0.35))
    return np.where(field < threshold, np.float32(0), depth_m)


def with_boxes_missing(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """One to six rectangles without readings."""
    depth_m = depth_m.copy()
    height, width = depth_m.shape
    for _ in range(rng.integers(1, 7)):
        h, w = (max(1, round(side * rng.uniform(0.04, 0.3))) for side in (height, width))
        top, left = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
        depth_m[top : top + h, left : left + w] = 0
    return depth_m


def with_specks_missing(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """Up to 10 % single pixels without readings."""
    return np.where(white_noise(rng, depth_m.shape) > rng.uniform(1.3, 3), np.float32(0), depth_m)


def with_edges_missing(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """Holes grow by one or two pixels, and readings at steps in depth are lost."""
    size = int(rng.integers(1, 3)) * 2 + 1
    nearest_m, farthest_m = (move(depth_m, np.ones((size, size), np.uint8)) for move in (cv2.erode, cv2.dilate))
    step = farthest_m - nearest_m > rng.uniform(0.1, 0.3) * depth_m
    return np.where(step, np.float32(0), depth_m)


def with_border_missing(depth_m: Depth, rng: np.random.Generator) -> Depth:
    """The depth camera sees less than the colour camera: up to 12 % of a side, on one or more sides."""
    depth_m = depth_m.copy()
    height, width = depth_m.shape
    left, right = (round(width * rng.uniform(0, 0.12)) * (rng.random() < 0.6) for _ in range(2))
    top, bottom = (round(height * rng.uniform(0, 0.12)) * (rng.random() < 0.6) for _ in range(2))
    depth_m[:top], depth_m[height - bottom :] = 0, 0
    depth_m[:, :left], depth_m[:, width - right :] = 0, 0
    return depth_m


def none_at_all(depth_m: Depth, _rng: np.random.Generator) -> Depth:
    """No depth: the network must work on colour alone."""
    return np.zeros_like(depth_m)


STRONG_WHOLE_DEPTH_STEPS: tuple[tuple[float, DepthStep], ...] = ((0.25, filled),)
STRONG_DEPTH_STEPS: tuple[tuple[float, DepthStep], ...] = (
    (0.3, shifted),
    (0.5, mis_scaled),
    (0.4, noisy),
    (0.15, stepped),
    (0.2, cut_off),
    (0.25, with_edges_missing),
    (0.3, with_patches_missing),
    (0.15, with_boxes_missing),
    (0.2, with_specks_missing),
    (0.15, with_border_missing),
    (0.2, none_at_all),
)
STREET_DEPTH_STEPS: tuple[tuple[float, DepthStep], ...] = tuple(
    (probability, cut_off_in_a_street if step is cut_off else step) for probability, step in STRONG_DEPTH_STEPS
)


def _readings(before_m: Depth, after_m: NDArray[Any]) -> Depth:
    """Holes stay holes, and what is moved to the lens or behind it becomes one."""
    return np.where(before_m > 0, np.maximum(after_m, 0), 0).astype(np.float32, copy=False)


def _depth(image: Any) -> Depth:
    return image

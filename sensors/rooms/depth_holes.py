"""Where a depth camera reads nothing, and how software fills the holes. All arrays are (h, w)."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from sensors.rooms.noise_field import noise_field

Image = NDArray[np.floating]  # float32 in fact, which the type checker loses in arithmetic
Mask = NDArray[np.bool_]
Size = tuple[int, ...]  # height and width
Fill = Literal["none", "small", "nearest", "smooth"]


def shadow(depth_m: Image, focal_baseline_px_m: float, side: int) -> Mask:
    """What the second eye (or the projector) does not see, because something nearer or its image's edge hides it.

    focal_baseline_px_m: in this image's pixels. side: 1 where the second eye is on the right, so that shadows lie left
    of things and along the left edge; -1 the other way round. A pixel in column x is seen in column x - fB/z; it is
    hidden when a pixel further right is seen further left, or when its column is outside. That is exact beside wide
    things; beside thin ones it hides the whole strip, as matchers do that keep the order of what they see.
    """
    if focal_baseline_px_m <= 0:
        return np.zeros(depth_m.shape, np.bool_)
    towards = depth_m if side > 0 else depth_m[:, ::-1]
    seen_at = np.arange(depth_m.shape[1], dtype=np.float32) - np.float32(focal_baseline_px_m) / towards
    leftmost = np.minimum.accumulate(seen_at[:, ::-1], axis=1)[:, ::-1]
    hidden = (leftmost < seen_at) | (seen_at < 0)
    return hidden if side > 0 else hidden[:, ::-1]


def too_weak(strength: Image, weakest: float, scale_px: float, rng: np.random.Generator) -> Mask:
    """Pixels whose light comes back weaker than a threshold that varies from place to place by half, in blobs."""
    if weakest <= 0:
        return np.zeros(strength.shape, np.bool_)
    blobs = noise_field(rng, strength.shape, scale_px) + noise_field(rng, strength.shape, 4 * scale_px)
    return strength < np.float32(weakest) * np.exp(np.float32(0.35) * blobs)


def patches(shape: Size, share: float, scale_px: float, rng: np.random.Generator) -> Mask:
    """Blobs about scale_px wide that together cover a share of the image."""
    if share <= 0:
        return np.zeros(shape, np.bool_)
    field = noise_field(rng, shape, scale_px) + np.float32(0.25) * noise_field(rng, shape, scale_px / 6)
    return field > np.quantile(field, 1 - share)


def outside(shape: Size, margins: tuple[float, float, float, float]) -> Mask:
    """The image's border: margins are shares of its width and height, in the order left, top, right, bottom."""
    (h, w), (left, top, right, bottom) = shape, margins
    mask = np.ones(shape, np.bool_)
    mask[round(top * h) : h - round(bottom * h), round(left * w) : w - round(right * w)] = False
    return mask


def filled(depth_m: Image, fill: Fill, small_px: float) -> Image:
    """Depth with holes (0) filled: from the nearest reading, only where that is within small_px, or smoothly.

    Without any reading nothing can be filled, and the depth stays 0.
    """
    lost = depth_m <= 0
    if fill == "none" or lost.all() or not lost.any():
        return depth_m
    if fill == "smooth":
        return _filled_smoothly(depth_m, lost)
    distance_px, labels = cv2.distanceTransformWithLabels(
        lost.astype(np.uint8), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.asarray(labels, np.intp)  # each reading has a number; each pixel that of its nearest reading
    readings = np.zeros(int(nearest.max()) + 1, np.float32)
    readings[nearest[~lost]] = depth_m[~lost]
    return np.where(distance_px <= small_px, readings[nearest], 0) if fill == "small" else readings[nearest]


def _filled_smoothly(depth_m: Image, lost: Mask) -> Image:
    """Holes filled from ever coarser averages of the readings around.

    Source: Gortler et al., "The lumigraph", SIGGRAPH 1996 (pull-push).
    """
    levels = [(np.where(lost, 0, depth_m).astype(np.float32), (~lost).astype(np.float32))]
    while (levels[-1][1] <= 0).any():
        levels.append((_image(cv2.pyrDown(levels[-1][0])), _image(cv2.pyrDown(levels[-1][1]))))
    sums, weights = levels.pop()
    full = sums / weights
    while levels:
        sums, weights = levels.pop()
        coarse = _image(cv2.pyrUp(full, dstsize=weights.shape[::-1]))
        full = np.where(weights > 0, sums / np.maximum(weights, np.float32(1e-12)), coarse)
    return full


def _image(array: np.ndarray) -> Image:
    return np.asarray(array, np.float32)

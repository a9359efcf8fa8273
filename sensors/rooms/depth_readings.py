"""What a depth camera reads where it reads anything: from exact depth to noisy, quantised depth.

All arrays are (h, w) float32; depth is in metres and everywhere above zero.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sensors.rooms.noise_field import noise_field

Image = NDArray[np.floating]  # float32 in fact, which the type checker loses in arithmetic

EDGE = 0.04  # a step in depth of more than this share is an edge


def jittered_pixels(rng: np.random.Generator, shape: tuple[int, ...], jitter_px: float) -> NDArray[np.intp]:
    """Which pixel (h, w, as a flat index) each pixel looks at: itself or one about jitter_px away.

    It makes edges as ragged as those of real depth. Source: Bohg et al., "Robot arm pose estimation through pixel-wise
    part classification", ICRA 2014; Barron & Malik, "Intrinsic scene properties from a single RGB-D image", CVPR 2013.
    """
    h, w = shape
    if jitter_px <= 0:
        return np.arange(h * w).reshape(shape)
    down, right = (noise_field(rng, shape, jitter_px) * np.float32(jitter_px) for _ in range(2))
    rows = np.rint(np.arange(h, dtype=np.float32)[:, None] + down).astype(np.intp).clip(0, h - 1)
    columns = np.rint(np.arange(w, dtype=np.float32) + right).astype(np.intp).clip(0, w - 1)
    return rows * w + columns


def fattened(depth_m: Image, radius_px: float) -> Image:
    """What is near, grown by radius_px: block matching takes pixels beside an edge for the foreground."""
    radius = round(radius_px)
    if radius < 1:
        return depth_m
    return _image(cv2.erode(depth_m, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))))


def triangulated(
    depth_m: Image,
    focal_baseline_px_m: float,
    *,
    noise_px: float,
    step_px: float,
    zoom: float,
    rng: np.random.Generator,
) -> Image:
    """Depth by way of a disparity with noise and steps, so that sigma_z = z^2 noise_px / focal_baseline_px_m.

    Noise is correlated over the matching window, with a white and a slow part. zoom: pixels of this image per pixel of
    the one in which disparities are meant. Source of the law: Khoshelham & Elberink, "Accuracy and resolution of Kinect
    depth data", Sensors 2012; of the steps: Handa et al., "A benchmark for RGB-D visual odometry", ICRA 2014.
    """
    disparity_px = np.float32(focal_baseline_px_m) / depth_m
    if noise_px > 0:
        parts = ((1.6, 1.0), (0.0, 0.35), (25.0, 0.25))
        share = noise_px / np.sqrt(sum(weight**2 for _, weight in parts))
        for scale_px, weight in parts:
            disparity_px += np.float32(share * weight) * noise_field(rng, depth_m.shape, scale_px * zoom)
    if step_px > 0:
        disparity_px = np.rint(disparity_px / np.float32(step_px)) * np.float32(step_px)
    return np.float32(focal_baseline_px_m) / np.maximum(disparity_px, np.float32(1e-3))


def timed(depth_m: Image, strength: Image, *, noise_m: float, weak_noise_m: float, rng: np.random.Generator) -> Image:
    """Depth by time of flight: noise_m everywhere and weak_noise_m / strength, plus a slow error.

    strength: of the light that comes back, albedo cos / z^2. Source: Lange & Seitz, "Solid-state time-of-flight range
    camera", J. Quantum Electronics 2001 (noise goes with one over the amplitude).
    """
    sigma_m = np.hypot(np.float32(noise_m), np.float32(weak_noise_m) / np.maximum(strength, np.float32(1e-3)))
    slow_m = np.float32(2 * noise_m) * noise_field(rng, depth_m.shape, 0.1 * depth_m.shape[1])
    return depth_m + sigma_m * noise_field(rng, depth_m.shape, 0.4) + slow_m


def flying(depth_m: Image, share: float, rng: np.random.Generator) -> Image:
    """Pixels at edges moved to between the near and the far side, by a random part of up to share.

    A pixel of a time-of-flight camera that sees both sides reads a mixture. Source: Sabov & Krueger, "Identification
    and correction of flying pixels in range camera data", SCCG 2008.
    """
    if share <= 0:
        return depth_m
    part = np.float32(share) * rng.random(depth_m.shape, dtype=np.float32) * edges(depth_m)
    return depth_m + part * (_image(cv2.blur(depth_m, (3, 3))) - depth_m)


def edges(depth_m: Image) -> NDArray[np.bool_]:
    """Pixels beside which depth jumps."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.dilate(depth_m, kernel) > (1 + EDGE) * cv2.erode(depth_m, kernel))


def smoothed(depth_m: Image, size_px: int) -> Image:
    """A median over size_px (0, 3 or 5) pixels, as drivers offer it."""
    return _image(cv2.medianBlur(depth_m, size_px)) if size_px > 1 else depth_m


def _image(array: np.ndarray) -> Image:
    return np.asarray(array, np.float32)

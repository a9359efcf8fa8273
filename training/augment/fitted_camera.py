"""The pinhole camera that fits an image best whose pixels were moved about, by where their rays ended up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics

STEP = 3  # every third row and column is plenty for six numbers
INSIDE = 0.999  # of the third channel: below it, interpolation has mixed in what is outside the image


def rays_of(camera: CameraIntrinsics) -> NDArray[np.float32]:
    """(H, W, 3) float32: each pixel's ray at a depth of 1; the third channel, always 1, tells what is inside."""
    rays = np.ones((camera.height, camera.width, 3), np.float32)
    rays[..., 0] = (np.arange(camera.width) - camera.cx) / camera.fx
    rays[..., 1] = ((np.arange(camera.height) - camera.cy) / camera.fy)[:, None]
    return rays


def inside(rays: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of these rays, (..., 3), are the image's own, and not brought in from outside or mixed with that."""
    return rays[..., 2] > INSIDE


def fitted_camera(rays: NDArray[np.float32]) -> CameraIntrinsics:
    """The camera of an image whose pixels have these rays, (H, W, 3) as from rays_of, after any geometry.

    The rays are fitted by an affine function of the pixel's position, by least squares. 1 / fx is how far the ray moves
    with a step of one pixel to the right, and 1 / fy with one downwards: what a network that takes metres per pixel
    needs. For resizes, crops, flips and quarter turns the fit is exact, for turns by other angles it is where fx = fy.
    For bends it is an average over the image. Raises ValueError where fewer than three pixels off a line are inside.
    """
    height, width = rays.shape[:2]
    y, x = np.mgrid[0:height:STEP, 0:width:STEP].reshape(2, -1)
    sampled = rays[::STEP, ::STEP].reshape(-1, 3).astype(np.float64)
    seen = inside(sampled)
    position = np.stack([x, y, np.ones_like(x)], axis=1)[seen].astype(np.float64)
    affine, _, rank, _ = np.linalg.lstsq(position, sampled[seen, :2], rcond=None)
    if rank < 3:
        raise ValueError(f"{np.count_nonzero(seen)} pixels of {width}x{height} are too few to fit a camera")
    fx, fy = 1 / np.linalg.norm(affine[:2], axis=1)
    cx, cy = np.linalg.solve(affine[:2].T, -affine[2])
    return CameraIntrinsics(width, height, float(fx), float(fy), float(cx), float(cy))

"""Small prepared samples without a renderer: a wall or floor plane with boxes before it, exact in depth and labels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sensors.geometry import CameraIntrinsics
from sensors.prepared import PreparedIndex, PreparedSample, Split, read_index, write_index, write_sample

CAMERAS = ("planes-a", "planes-b")


def camera_of(width: int, height: int, *, fx: float = 1.1, fy: float = 1.0) -> CameraIntrinsics:
    """A camera whose principal point is off the middle; fx, fy: in widths of the image."""
    return CameraIntrinsics(width, height, fx * width, fy * width, 0.53 * width - 0.5, 0.46 * height - 0.5)


def rays(camera: CameraIntrinsics) -> np.ndarray:
    """(H, W, 3) float64: each pixel's ray, with z = 1."""
    y, x = np.mgrid[: camera.height, : camera.width].astype(np.float64)
    return np.stack([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, np.ones_like(x)], axis=-1)


def plane_depth(camera: CameraIntrinsics, normal: Sequence[float], distance_m: float) -> np.ndarray:
    """(H, W) float64 z-depth of the points p with normal . p = distance_m; 0 where it is behind or beyond 20 m."""
    facing = rays(camera) @ np.asarray(normal, np.float64)
    z_m = distance_m / np.where(np.abs(facing) < 1e-9, 1e-9, facing)
    return np.where((z_m > 0.1) & (z_m < 20), z_m, 0.0)


def planes(camera: CameraIntrinsics, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colour (H, W, 3) uint8, depth (H, W) uint16 mm with holes, label (H, W) uint8 of a wall, a floor and boxes."""
    rng = np.random.default_rng(seed)
    wall, floor = plane_depth(camera, (0.1, 0.05, 1), 3.0), plane_depth(camera, (0, 1, 0.1), 1.0)
    floor_shows = (floor > 0) & (floor < wall)
    depth_m, label = np.where(floor_shows, floor, wall), np.where(floor_shows, 2, 1).astype(np.uint8)
    for _ in range(3):
        top, left = rng.integers(0, camera.height * 2 // 3), rng.integers(0, camera.width * 2 // 3)
        box = np.s_[top : top + camera.height // 4, left : left + camera.width // 4]
        depth_m[box], label[box] = rng.uniform(0.8, 2.5), rng.integers(3, 38)
    depth_m[rng.random(depth_m.shape) < 0.1] = 0
    label[: camera.height // 8] = 0
    shade = rng.integers(40, 200, (256, 3)).astype(np.float64)[label] + rng.normal(0, 12, (*label.shape, 3))
    return np.clip(shade, 0, 255).astype(np.uint8), np.rint(depth_m * 1000).astype(np.uint16), label


def write_planes(
    root: Path,
    *,
    splits: Sequence[Split] = ("train", "train", "train", "train", "train", "train", "val", "val", "test"),
    sizes: Sequence[tuple[int, int]] = ((64, 48),),
    class_set: str = "sunrgbd37",
    dataset: str = "",
    refined: bool = False,
) -> PreparedIndex:
    """A folder with one sample for each entry of splits; sizes and cameras take turns; read back.

    refined: with the depth that has no holes too.
    """
    samples = []
    for number, split in enumerate(splits):
        camera = camera_of(*sizes[number % len(sizes)], fx=1.0 + 0.1 * (number % 3))
        name = f"planes{number:03d}"
        color, depth_mm, label = planes(camera, number)
        whole_mm = np.where(depth_mm > 0, depth_mm, 3000).astype(np.uint16) if refined else None
        write_sample(root, name, color, depth_mm, label, refined_steps=whole_mm, color_suffix=".png")
        samples.append(PreparedSample(name, split, CAMERAS[number % 2], f"scene{number}", camera, ".png"))
    write_index(
        root, samples, class_set=class_set, about="planes and boxes, for tests", dataset=dataset, refined=refined
    )
    return read_index(root)

"""What is at a pixel: its class, how sure that is, and where it is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.cloud import ray_at
from segmentation.result import Segmentation
from sensors.frames import Frame


@dataclass(frozen=True, slots=True)
class PixelAnswer:
    """What is at pixel `at` (x, y).

    confidence: 0..1. depth_m, xyz_m: metres in the colour camera's space (x right, y down, z forward), None where the
    camera measured no depth.
    """

    at: tuple[int, int]
    class_name: str
    confidence: float
    depth_m: float | None
    xyz_m: tuple[float, float, float] | None


def query_pixel(frame: Frame, segmentation: Segmentation, x: int, y: int) -> PixelAnswer:
    """The answer for pixel (x, y), 0-based. Raises ValueError outside the image."""
    height, width = frame.depth_m.shape
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"pixel ({x}, {y}) is outside the {width}x{height} image")
    depth_m = float(frame.depth_m[y, x])
    xyz_m = None
    if depth_m > 0:
        ray_x, ray_y = ray_at(frame.intrinsics, np.array(x), np.array(y))
        xyz_m = (float(ray_x) * depth_m, float(ray_y) * depth_m, depth_m)
    return PixelAnswer(
        at=(x, y),
        class_name=segmentation.classes.names[int(segmentation.labels[y, x])],
        confidence=float(segmentation.confidence[y, x]),
        depth_m=depth_m or None,
        xyz_m=xyz_m,
    )

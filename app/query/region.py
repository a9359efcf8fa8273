"""How large a thing is: the connected pixels of a class, their surface in m^2 and the box around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.cloud import ray_at
from app.query.box import Box, box_around
from app.query.connected import connected_pixels
from app.query.pixel import Place, check_inside
from app.query.surface import pixel_areas_m2
from segmentation.result import Segmentation
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics

Slices = tuple[slice, slice]


@dataclass(frozen=True, slots=True, eq=False)
class RegionAnswer:
    """The thing at pixel `at` (x, y), as far as it is seen; metres in the colour camera's space.

    pixels: (H, W), which pixels belong to it. confidence: mean over these, 0..1. depth_share: how many of them have a
    depth, 0..1. area_m2: of the surface behind those, slants and all. centroid_m: the middle of that surface. box:
    around its points. Area, centroid and box are None where no pixel has a depth.
    """

    at: tuple[int, int]
    class_name: str
    pixels: NDArray[np.bool_]
    pixel_count: int
    confidence: float
    depth_share: float
    area_m2: float | None
    centroid_m: Place | None
    box: Box | None


def query_region(frame: Frame, segmentation: Segmentation, x: int, y: int) -> RegionAnswer:
    """The answer for the thing at pixel (x, y), 0-based. Raises ValueError outside the image.

    Void is taken as a class; without a model all that hangs together is one thing.
    """
    check_inside(frame, x, y)
    pixels = connected_pixels(frame, segmentation.labels, x, y)
    part = _bounds(pixels)
    areas_m2, points_m = _surface(frame, pixels, part)
    total_m2, count = float(areas_m2.sum()), int(np.count_nonzero(pixels))
    centroid_m = areas_m2 @ points_m / total_m2 if len(points_m) else None
    return RegionAnswer(
        at=(x, y),
        class_name=segmentation.classes.names[int(segmentation.labels[y, x])],
        pixels=pixels,
        pixel_count=count,
        confidence=float(segmentation.confidence[part][pixels[part]].mean(dtype=np.float64)),
        depth_share=len(points_m) / count,
        area_m2=total_m2 if len(points_m) else None,
        centroid_m=None if centroid_m is None else (float(centroid_m[0]), float(centroid_m[1]), float(centroid_m[2])),
        box=box_around(points_m, areas_m2) if len(points_m) else None,
    )


def _surface(frame: Frame, pixels: NDArray[np.bool_], part: Slices) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The areas (N,) in m^2 and the places (N, 3) in metres of the pixels with a depth."""
    rows, columns = np.mgrid[part]
    rays = ray_at(frame.intrinsics, columns, rows)
    depth_m = frame.depth_m[part]
    areas_m2 = pixel_areas_m2(depth_m, rays, _ray_area(frame.intrinsics, rays), pixels[part], frame.intrinsics.width)
    read = pixels[part] & (depth_m > 0)
    z = depth_m[read].astype(np.float64)
    return areas_m2[read], np.stack([rays[0][read] * z, rays[1][read] * z, z], axis=1)


def _ray_area(
    camera: CameraIntrinsics, rays: tuple[NDArray[np.floating], NDArray[np.floating]]
) -> NDArray[np.floating] | float:
    """How much of the plane z = 1 a pixel covers: the same for all but where a lens distorts."""
    if not camera.has_distortion or min(rays[0].shape) < 2:
        return 1 / (camera.fx * camera.fy)
    (x_down, x_across), (y_down, y_across) = np.gradient(rays[0]), np.gradient(rays[1])
    return np.abs(x_across * y_down - x_down * y_across)


def _bounds(pixels: NDArray[np.bool_]) -> Slices:
    """The smallest part of the image that holds all of them."""
    rows, columns = np.flatnonzero(pixels.any(axis=1)), np.flatnonzero(pixels.any(axis=0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)

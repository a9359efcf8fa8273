"""Lens distortion, by the formulas of librealsense's rs2_project_point_to_pixel and rs2_deproject_pixel_to_point.

Coefficients are (k1, k2, p1, p2, k3). "brown_conrady" is the usual model; in "modified_brown_conrady" the tangential
part acts on points that are already displaced radially; librealsense projects "inverse_brown_conrady" as the latter.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics

SUPPORTED_MODELS = ("none", "brown_conrady", "modified_brown_conrady", "inverse_brown_conrady")
INVERSION_STEPS = 10  # librealsense's own number

Coordinates = NDArray[np.floating]


def distort(x: Coordinates, y: Coordinates, camera: CameraIntrinsics) -> tuple[Coordinates, Coordinates]:
    """Where the lens puts rays (x, y, 1): normalised coordinates of any shape and float type, type kept.

    Raises ValueError for a model that is not in SUPPORTED_MODELS.
    """
    if not camera.has_distortion:
        return x, y
    k1, k2, p1, p2, k3 = _coefficients(camera)
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    radial_x, radial_y = x * radial, y * radial
    if camera.distortion_model == "brown_conrady":
        tangential_x, tangential_y = x, y
    else:
        tangential_x, tangential_y = radial_x, radial_y
    xy = 2 * tangential_x * tangential_y
    return (
        radial_x + p1 * xy + p2 * (r2 + 2 * tangential_x * tangential_x),
        radial_y + p2 * xy + p1 * (r2 + 2 * tangential_y * tangential_y),
    )


def undistort(x: Coordinates, y: Coordinates, camera: CameraIntrinsics) -> tuple[Coordinates, Coordinates]:
    """The rays (x, y, 1) that the lens puts at normalised image coordinates (x, y): `distort` inverted by iteration.

    Raises ValueError for a model that is not in SUPPORTED_MODELS.
    """
    if not camera.has_distortion:
        return x, y
    k1, k2, p1, p2, k3 = _coefficients(camera)
    ray_x, ray_y = x, y
    for _ in range(INVERSION_STEPS):
        r2 = ray_x * ray_x + ray_y * ray_y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        if camera.distortion_model == "brown_conrady":
            tangential_x, tangential_y = ray_x, ray_y
        else:
            tangential_x, tangential_y = ray_x * radial, ray_y * radial
        xy = 2 * tangential_x * tangential_y
        ray_x, ray_y = (
            (x - p1 * xy - p2 * (r2 + 2 * tangential_x * tangential_x)) / radial,
            (y - p2 * xy - p1 * (r2 + 2 * tangential_y * tangential_y)) / radial,
        )
    return ray_x, ray_y


def _coefficients(camera: CameraIntrinsics) -> tuple[float, ...]:
    if camera.distortion_model not in SUPPORTED_MODELS:
        raise ValueError(
            f"lens distortion {camera.distortion_model!r} is not supported (known: {', '.join(SUPPORTED_MODELS)})"
        )
    if len(camera.distortion) > 5:
        raise ValueError(f"expected at most 5 distortion coefficients, got {len(camera.distortion)}")
    return (*camera.distortion, 0.0, 0.0, 0.0, 0.0, 0.0)[:5]

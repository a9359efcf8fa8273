"""How much surface each pixel of an image shows, from the depth around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.query.slopes import fitted_slopes

WIDE, NARROW = 1 / 32, 1 / 80  # of the image's width, to either side of a pixel: what slopes are fitted to
LEAST_COSINE = 0.1  # surfaces seen at more than 84 degrees off their normal count as if at 84

Rays = tuple[NDArray[np.floating], NDArray[np.floating]]


def pixel_areas_m2(
    depth_m: NDArray[np.float32],
    rays: Rays,
    ray_area: NDArray[np.floating] | float,
    pixels: NDArray[np.bool_],
    width: int,
) -> NDArray[np.float64]:
    """The area in m^2 of the surface behind each pixel, (h, w); 0 outside `pixels` and where there is no depth.

    depth_m, pixels: (h, w), the part of an image that is asked about. rays: x/z and y/z of each pixel's ray. ray_area:
    how much of the plane z = 1 a pixel covers. width: of the whole image, pixels.

    A pixel shows z^2 ray_area / (n . ray) of a plane with normal n. On a plane 1/z is linear in the ray: 1/z = a x/z +
    b y/z + c with (a, b, c) = n / distance, so the area is z^3 |(a, b, c)| ray_area. The slopes a, b are fitted to the
    readings around, for adding up the triangles between neighbours would count their noise as surface.
    """
    read = pixels & (depth_m > 0)
    z = depth_m.astype(np.float64)
    x, y = (ray.astype(np.float64) for ray in rays)
    inverse = np.divide(1.0, z, out=np.zeros_like(z), where=read)
    wide, narrow = (max(2, round(width * share)) for share in (WIDE, NARROW))
    slopes = fitted_slopes(inverse, x, y, read, wide=wide, narrow=narrow)
    along_z = inverse - slopes.along_x * x - slopes.along_y * y
    length = np.sqrt(slopes.along_x**2 + slopes.along_y**2 + along_z**2)
    steepest = inverse / (LEAST_COSINE * np.sqrt(1 + x**2 + y**2))
    return np.where(read, z**3 * np.clip(length, None, steepest) * ray_area, 0.0)

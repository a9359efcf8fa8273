"""Smooth silhouettes: at edges a pixel is shared between the primitives that four finer rays meet."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.cast import cast
from sensors.rooms.view import Geometry

_NEIGHBOURS = [(-1, 0), (0, -1), (0, 1), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1)]


def smooth_edges(image: NDArray[np.floating], geometry: Geometry) -> NDArray[np.floating]:
    """The image (h, w, 3) of a view, its edges averaged over 2 x 2 finer rays.

    A fine ray's colour is that of the pixel or of a neighbour that shows the same primitive; where there is none, of
    the pixel.
    """
    k, ids = geometry.intrinsics, geometry.primitive
    fine = cast(geometry.solids, k.resized(2 * k.width, 2 * k.height), geometry.world_from_camera).primitive
    parts = [(dy, dx, fine[dy::2, dx::2]) for dy in (0, 1) for dx in (0, 1)]
    mixed = parts[0][2] != ids
    for _, _, part in parts[1:]:
        mixed |= part != ids
    row, column = np.nonzero(mixed)
    total = np.zeros((len(row), 3), np.float32)
    for dy, dx, part in parts:
        total += _color_of(image, ids, part[row, column], row, column, (2 * dy - 1, 2 * dx - 1))
    result = image.copy()
    result[row, column] = total / 4
    return result


def _color_of(
    image: NDArray[np.floating],
    ids: NDArray[np.int32],
    wanted: NDArray[np.int32],
    row: NDArray[np.intp],
    column: NDArray[np.intp],
    toward: tuple[int, int],
) -> NDArray[np.floating]:
    """Colours (M, 3) of the pixels or neighbours that show the wanted primitives; those on the ray's side first."""
    height, width = ids.shape
    color = image[row, column]
    missing = np.flatnonzero(ids[row, column] != wanted)
    for dy, dx in sorted(_NEIGHBOURS, key=lambda step: -(step[0] * toward[0] + step[1] * toward[1])):
        if not len(missing):
            break
        y, x = np.clip(row[missing] + dy, 0, height - 1), np.clip(column[missing] + dx, 0, width - 1)
        found = ids[y, x] == wanted[missing]
        color[missing[found]] = image[y[found], x[found]]
        missing = missing[~found]
    return color

"""How a value changes over an image, fitted to the readings around each pixel. All arrays are (h, w) float64."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

_LEAST_SPREAD = 1e-6  # of the readings in a window, below which they lie on a line
_CLEARLY_BETTER = 0.25  # of another fit's squared error
_NO_WORSE = 2.0

Plane = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """d value / d x and d value / d y, and the mean squared error of the fit; infinite where there were too few."""

    along_x: Plane
    along_y: Plane
    error: Plane

    def where(self, better: NDArray[np.bool_], other: Self) -> Slopes:
        """The other's where it is better."""
        return Slopes(
            np.where(better, other.along_x, self.along_x),
            np.where(better, other.along_y, self.along_y),
            np.where(better, other.error, self.error),
        )

    def moved(self, right: int, down: int) -> Slopes:
        """What was fitted so many pixels to the left and above; nothing where that is outside."""
        shift = np.array([[1, 0, right], [0, 1, down]], np.float64)
        planes = (
            np.asarray(
                cv2.warpAffine(
                    plane, shift, plane.shape[::-1], flags=cv2.INTER_NEAREST, borderValue=(fill, fill, fill, fill)
                ),
                np.float64,
            )
            for plane, fill in ((self.along_x, 0.0), (self.along_y, 0.0), (self.error, np.inf))
        )
        return Slopes(*planes)


def fitted_slopes(values: Plane, x: Plane, y: Plane, read: NDArray[np.bool_], *, wide: int, narrow: int) -> Slopes:
    """By least squares over the readings within some pixels to each side.

    values: 0 where not `read`. Beside a step the window lies to the side of it, where it fits clearly better. Where the
    surface is flat a wide window is taken, in which more of the noise averages out; where it is bent, a narrow one.
    """
    centred = _fit(values, x, y, read, narrow)
    chosen = centred
    for right, down in ((narrow, 0), (-narrow, 0), (0, narrow), (0, -narrow)):
        beside = centred.moved(right, down)
        better = (beside.error < _CLEARLY_BETTER * centred.error) & (beside.error < chosen.error)
        chosen = chosen.where(better, beside)
    around = _fit(values, x, y, read, wide)
    return chosen.where(around.error < _NO_WORSE * chosen.error, around)


def _fit(values: Plane, x: Plane, y: Plane, read: NDArray[np.bool_], reach: int) -> Slopes:
    weight = read.astype(np.float64)

    def mean(plane: Plane) -> Plane:
        size = (2 * reach + 1, 2 * reach + 1)
        return np.asarray(cv2.boxFilter(plane, -1, size, borderType=cv2.BORDER_CONSTANT), np.float64)

    share = np.maximum(mean(weight), 1e-12)
    mean_x, mean_y, mean_v = (mean(weight * plane) / share for plane in (x, y, values))
    xx = mean(weight * x * x) / share - mean_x**2
    yy = mean(weight * y * y) / share - mean_y**2
    xy = mean(weight * x * y) / share - mean_x * mean_y
    xv = mean(weight * x * values) / share - mean_x * mean_v
    yv = mean(weight * y * values) / share - mean_y * mean_v
    vv = mean(values * values) / share - mean_v**2
    spread = xx * yy - xy * xy
    enough = spread > _LEAST_SPREAD * (xx + yy) ** 2
    divisor = np.where(enough, spread, 1.0)
    along_x = np.where(enough, (xv * yy - yv * xy) / divisor, 0.0)
    along_y = np.where(enough, (yv * xx - xv * xy) / divisor, 0.0)
    error = np.where(enough, np.maximum(vv - along_x * xv - along_y * yv, 0.0), np.inf)
    return Slopes(along_x, along_y, error)

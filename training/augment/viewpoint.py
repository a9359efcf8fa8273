"""Draws the pinhole camera that the strong recipe looks through instead of the real one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensors.geometry import CameraIntrinsics
from training.augment.pinhole import PinholeChange


@dataclass(frozen=True, slots=True)
class ViewpointRanges:
    """How far the new camera may be from the old one.

    scale: least, usual and largest zoom against filling the input with the whole image; its logarithm is drawn from a
    triangle with its peak at the usual one, so that strong zooms and wide borders are rare. stretch: largest ratio by
    which one axis is scaled more than the other, as a 16:9 frame is when it becomes a 4:3 input. roll_deg: standard
    deviation; three of them are the limit. mirror: probability.
    """

    scale: tuple[float, float, float] = (0.5, 1.2, 2.0)
    stretch: float = 4 / 3
    roll_deg: float = 4.0
    mirror: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.scale[0] <= self.scale[1] <= self.scale[2] or self.stretch < 1 or self.roll_deg < 0:
            raise ValueError(f"expected rising scales above 0, a stretch from 1 and a roll from 0, got {self}")
        if not 0 <= self.mirror <= 1:
            raise ValueError(f"expected a probability, got mirror={self.mirror}")

    def draw(self, camera: CameraIntrinsics, size: tuple[int, int], rng: np.random.Generator) -> PinholeChange:
        """A camera of this size (width, height) in place of `camera`.

        The part that is seen, or where the whole image lies in the new one, is drawn evenly for each axis.
        """
        zoom = _triangle(rng, *self.scale)
        stretch = _triangle(rng, 1 / self.stretch, 1.0, self.stretch) ** 0.5
        scaled = camera.resized(
            max(1, round(size[0] * zoom * stretch)),
            max(1, round(size[1] * zoom / stretch)),
        )
        left, top = (round(rng.random() * room) for room in (scaled.width - size[0], scaled.height - size[1]))
        intrinsics = scaled.cropped(left, top, *size)
        roll_deg = float(np.clip(rng.normal(), -3, 3)) * self.roll_deg
        mirrored = rng.random() < self.mirror
        if mirrored:
            intrinsics = mirrored_intrinsics(intrinsics)
        return PinholeChange(intrinsics, float(np.deg2rad(roll_deg)), mirrored)


def mirrored_intrinsics(camera: CameraIntrinsics) -> CameraIntrinsics:
    """The camera of the image with left and right swapped."""
    return CameraIntrinsics(camera.width, camera.height, camera.fx, camera.fy, camera.width - 1 - camera.cx, camera.cy)


def _triangle(rng: np.random.Generator, low: float, peak: float, high: float) -> float:
    """A factor whose logarithm has a triangular distribution."""
    return float(np.exp(rng.triangular(*np.log((low, peak, high))))) if low < high else low

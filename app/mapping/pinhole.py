"""Frames as a pinhole camera of a work size would have taken them: what Open3D's odometry and maps understand."""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.distortion import distort
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics


@dataclass(frozen=True, slots=True, eq=False)
class PinholeFrame:
    """color: (h, w, 3) uint8 RGB. depth_m: (h, w) float32, 0 = no reading. intrinsics: theirs, without distortion."""

    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    intrinsics: CameraIntrinsics

    @property
    def depth_share(self) -> float:
        """The share of pixels with a depth, 0..1."""
        return float(np.count_nonzero(self.depth_m)) / self.depth_m.size


class PinholeMaker:
    """Frame -> PinholeFrame; keeps the maps of one camera between frames. Depth and labels are picked, never mixed.

    longest_px: the longer side of what is made, at most; smaller frames keep their size.
    """

    def __init__(self, longest_px: int) -> None:
        self._longest_px = longest_px
        self._key: tuple[object, ...] = ()

    def __call__(self, frame: Frame) -> PinholeFrame:
        """The frame at the work size. Raises ValueError for a lens model that is not known."""
        import cv2

        self._prepare(frame.intrinsics)
        size = (self._camera.width, self._camera.height)
        color = (
            frame.color
            if size == frame.color.shape[1::-1]
            else cv2.resize(frame.color, size, interpolation=cv2.INTER_AREA)
        )
        if self._bent is not None:
            color = cv2.remap(color, *self._bent, cv2.INTER_LINEAR)
        return PinholeFrame(np.ascontiguousarray(color, np.uint8), self.pick(frame.depth_m), self._camera)

    def pick(self, plane: NDArray[Any]) -> NDArray[Any]:
        """An image (H, W) of the last frame's camera at the work size; 0 where the camera did not see."""
        if self._seen is None and plane.shape == (self._camera.height, self._camera.width):
            return np.ascontiguousarray(plane)
        picked = plane[self._rows, self._columns]
        if self._seen is not None:
            picked *= self._seen
        return picked

    def _prepare(self, camera: CameraIntrinsics) -> None:
        """Find which pixel of the camera each pixel of the work size shows."""
        if astuple(camera) == self._key:
            return
        shrink = max(1.0, max(camera.width, camera.height) / self._longest_px)
        small = camera.resized(max(1, round(camera.width / shrink)), max(1, round(camera.height / shrink)))
        self._camera = replace(small, distortion_model="none", distortion=())
        x, y = np.meshgrid(np.arange(small.width, dtype=np.float64), np.arange(small.height, dtype=np.float64))
        self._bent, self._seen = None, None
        if camera.has_distortion:
            x, y = distort((x - small.cx) / small.fx, (y - small.cy) / small.fy, small)
            x, y = x * small.fx + small.cx, y * small.fy + small.cy
            self._bent = (x.astype(np.float32), y.astype(np.float32))
            self._seen = (x >= -0.5) & (x <= small.width - 0.5) & (y >= -0.5) & (y <= small.height - 0.5)
        self._columns = _nearest(x, camera.width / small.width, camera.width)
        self._rows = _nearest(y, camera.height / small.height, camera.height)
        self._key = astuple(camera)


def _nearest(small: NDArray[np.floating], scale: float, count: int) -> NDArray[np.intp]:
    """The whole pixels of the large image at places in the small one."""
    return np.clip(np.floor((small + 0.5) * scale), 0, count - 1).astype(np.intp)

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


class PinholeMaker:
    """Frame -> PinholeFrame; keeps the maps of one camera between frames. Depth and labels are picked, never mixed.

    longest_px: the longer side of what is made, at most; smaller frames keep their size. steady: go on as the first
    frame's camera when frames of another size or lens come, so that all that is made can be compared.
    """

    def __init__(self, longest_px: int, *, steady: bool = False) -> None:
        self._longest_px, self._steady = longest_px, steady
        self._key: tuple[object, ...] = ()
        self._camera: CameraIntrinsics | None = None

    def __call__(self, frame: Frame) -> PinholeFrame:
        """The frame at the work size. Raises ValueError for a lens model that is not known."""
        import cv2

        camera = self._prepared(frame.intrinsics)
        color = frame.color
        if color.shape[:2] != self._shrunk:
            color = cv2.resize(color, self._shrunk[::-1], interpolation=cv2.INTER_AREA)
        if self._bent is not None:
            # What the camera does not see is no dark rim, which would pass for something to hold on to.
            color = cv2.remap(color, *self._bent, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return PinholeFrame(np.ascontiguousarray(color, np.uint8), self.pick(frame.depth_m), camera)

    def pick(self, plane: NDArray[Any]) -> NDArray[Any]:
        """An image (H, W) of the last frame's camera at the work size; 0 where that camera does not see."""
        picked = plane[self._rows, self._columns]
        picked[~self._seen] = 0
        return picked

    def _prepared(self, camera: CameraIntrinsics) -> CameraIntrinsics:
        """The camera of the work size; finds which pixel of `camera` each of its pixels shows."""
        if self._camera is None or astuple(camera) != self._key:
            if self._camera is None or not self._steady:
                self._camera = _reduced(camera, self._longest_px)
            self._aim(self._camera, camera)
            self._key = astuple(camera)
        return self._camera

    def _aim(self, made: CameraIntrinsics, taken: CameraIntrinsics) -> None:
        shrink = max(1.0, taken.fx / made.fx)
        small = taken.resized(max(1, round(taken.width / shrink)), max(1, round(taken.height / shrink)))
        self._shrunk = (small.height, small.width)
        x, y = np.meshgrid(np.arange(made.width, dtype=np.float64), np.arange(made.height, dtype=np.float64))
        self._bent = None
        if _pinhole(small) != _pinhole(made) or taken.has_distortion:
            x, y = distort((x - made.cx) / made.fx, (y - made.cy) / made.fy, small)
            x, y = x * small.fx + small.cx, y * small.fy + small.cy
            self._bent = (x.astype(np.float32), y.astype(np.float32))
        columns, rows = _in_full(x, taken.width / small.width), _in_full(y, taken.height / small.height)
        self._seen = (columns >= 0) & (columns < taken.width) & (rows >= 0) & (rows < taken.height)
        self._columns, self._rows = np.clip(columns, 0, taken.width - 1), np.clip(rows, 0, taken.height - 1)


def _reduced(camera: CameraIntrinsics, longest_px: int) -> CameraIntrinsics:
    shrink = max(1.0, max(camera.width, camera.height) / longest_px)
    small = camera.resized(max(1, round(camera.width / shrink)), max(1, round(camera.height / shrink)))
    return replace(small, distortion_model="none", distortion=())


def _pinhole(k: CameraIntrinsics) -> tuple[float, ...]:
    return (k.width, k.height, k.fx, k.fy, k.cx, k.cy)


def _in_full(small: NDArray[np.floating], scale: float) -> NDArray[np.intp]:
    """The whole pixels of the full image at places in the shrunk one."""
    return np.floor((small + 0.5) * scale).astype(np.intp)

"""Every pixel with a depth as a coloured, labelled point in metres."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.distortion import undistort
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics


@dataclass(frozen=True, slots=True, eq=False)
class PointCloud:
    """Points in the colour camera's space (x right, y down, z forward), in the order of the pixels, row by row.

    points_m: (N, 3) float32 metres. colors: (N, 3) uint8 RGB. labels: (N,) uint8, 0 = void.
    Raises ValueError when the three do not fit together.
    """

    points_m: NDArray[np.float32]
    colors: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        count = len(self.points_m)
        if self.points_m.shape != (count, 3) or self.colors.shape != (count, 3) or self.labels.shape != (count,):
            raise ValueError(
                f"expected (N, 3), (N, 3) and (N,), got {self.points_m.shape}, {self.colors.shape}, {self.labels.shape}"
            )

    def __len__(self) -> int:
        return len(self.points_m)


class CloudMaker:
    """Frame and labels -> PointCloud; keeps the rays and the working memory of one camera between frames.

    Dropping the pixels without depth is what costs, so position, colour and label are packed into 16 bytes a pixel and
    dropped in one go. The cloud owns its memory; its arrays are views of the packed points.
    """

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()

    def __call__(self, frame: Frame, labels: NDArray[np.uint8]) -> PointCloud:
        """Points of all pixels of `frame` with a depth; labels: (H, W) uint8."""
        import cv2

        if astuple(frame.intrinsics) != self._key:
            self._prepare(frame.intrinsics)
        np.multiply(self._ray_x, frame.depth_m, out=self._x)
        np.multiply(self._ray_y, frame.depth_m, out=self._y)
        cv2.cvtColor(frame.color, cv2.COLOR_RGB2RGBA, dst=self._paint)
        cv2.insertChannel(np.ascontiguousarray(labels), self._paint, 3)
        # As integers: colours read as floats could be NaNs, which a copy need not keep bit for bit.
        planes = (self._x, self._y, np.ascontiguousarray(frame.depth_m), self._paint)
        cv2.merge([plane.view(np.int32).reshape(labels.shape) for plane in planes], self._packed)
        return _unpack(self._packed.view(np.complex128).ravel()[frame.depth_m.ravel() > 0])

    def _prepare(self, intrinsics: CameraIntrinsics) -> None:
        shape = (intrinsics.height, intrinsics.width)
        self._ray_x, self._ray_y = camera_rays(intrinsics)
        self._x, self._y = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self._paint = np.empty((*shape, 4), np.uint8)
        self._packed = np.empty((*shape, 4), np.int32)
        self._key = astuple(intrinsics)


def _unpack(points: NDArray[np.complex128]) -> PointCloud:
    """Views of 16-byte points: three floats, then red, green, blue and label."""
    as_bytes = points.view(np.uint8).reshape(-1, 16)
    return PointCloud(points.view(np.float32).reshape(-1, 4)[:, :3], as_bytes[:, 12:15], as_bytes[:, 15])


def camera_rays(intrinsics: CameraIntrinsics) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """x/z and y/z of every pixel's ray, each (H, W) float32, lens distortion taken out."""
    x, y = np.meshgrid(np.arange(intrinsics.width), np.arange(intrinsics.height))
    return ray_at(intrinsics, x, y)


def ray_at(
    intrinsics: CameraIntrinsics, x: NDArray[np.integer], y: NDArray[np.integer]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """x/z and y/z of the rays through pixels (x, y), arrays of one shape; float32."""
    ray_x, ray_y = undistort((x - intrinsics.cx) / intrinsics.fx, (y - intrinsics.cy) / intrinsics.fy, intrinsics)
    return ray_x.astype(np.float32), ray_y.astype(np.float32)

"""Geometry that stays a pinhole camera: an augmented image is what another camera at the same place would have seen.

That camera may have another focal length, another principal point and image size (scale, stretch, crop, pad), it may be
rolled about its optical axis, and the world may be mirrored left to right. None of these moves a point along the
optical axis, so depth values stay as they are, and the new intrinsics are exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics
from training.augment.frame import LabelledFrame

OUTSIDE_RGB = (124, 116, 104)  # ImageNet's mean colour: about zero once normalised
SHRINKS_VISIBLY = 0.75  # below this scale, sampling between four pixels would flicker


@dataclass(frozen=True, slots=True, eq=False)
class PinholeChange:
    """Another camera at the same place.

    intrinsics: the new image's. roll_rad: how far the camera is turned about its optical axis; the image turns the
    other way. mirrored: whether left and right of the optical axis are swapped.
    """

    intrinsics: CameraIntrinsics
    roll_rad: float = 0.0
    mirrored: bool = False

    @property
    def new_from_old(self) -> NDArray[np.float64]:
        """Points of the old camera's space to the new one's, (3, 3) float64; with determinant -1 where mirrored."""
        cosine, sine = np.cos(self.roll_rad), np.sin(self.roll_rad)
        roll = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
        return np.diag([-1.0 if self.mirrored else 1.0, 1, 1]) @ roll

    def old_pixel_from_new(self, old: CameraIntrinsics) -> NDArray[np.float64]:
        """(2, 3) float64: where a pixel of the new image (x, y, 1) lies in the old one."""
        # The inverse of an orthogonal matrix is its transpose.
        mapping = old.matrix @ self.new_from_old.T @ np.linalg.inv(self.intrinsics.matrix)
        return mapping[:2]

    def apply(self, frame: LabelledFrame) -> LabelledFrame:
        """The frame as the new camera sees it.

        Depth and label take the nearest pixel, colour is interpolated; what the old image did not show is
        OUTSIDE_RGB, no reading and void.
        """
        mapping = self.old_pixel_from_new(frame.intrinsics)
        return LabelledFrame(
            color=self._warped_color(frame),
            depth_m=_warped(frame.depth_m, mapping, self.intrinsics, cv2.INTER_NEAREST),
            label=_warped(frame.label, mapping, self.intrinsics, cv2.INTER_NEAREST),
            intrinsics=self.intrinsics,
        )

    def _warped_color(self, frame: LabelledFrame) -> NDArray[np.uint8]:
        color, camera = frame.color, frame.intrinsics
        scale_x, scale_y = self.intrinsics.fx / camera.fx, self.intrinsics.fy / camera.fy
        if min(scale_x, scale_y) < SHRINKS_VISIBLY:
            size = max(1, round(camera.width * min(1, scale_x))), max(1, round(camera.height * min(1, scale_y)))
            color = cv2.resize(color, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
            camera = camera.resized(*size)
        return _warped(color, self.old_pixel_from_new(camera), self.intrinsics, cv2.INTER_LINEAR, OUTSIDE_RGB)


def _warped(
    image: NDArray[Any],
    mapping: NDArray[np.float64],
    camera: CameraIntrinsics,
    interpolation: int,
    outside: tuple[int, ...] = (0,),
) -> Any:
    return cv2.warpAffine(
        image,
        mapping,
        (camera.width, camera.height),
        flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=outside,
    )

"""Two cameras side by side like those of a RealSense D435, as which rooms are filmed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sensors.frames import RawFrame
from sensors.geometry import CameraIntrinsics, RigidTransform

COLOR_FROM_DEPTH = RigidTransform(translation_m=np.array([0.015, 0.0, 0.0]))  # the depth camera lies 15 mm to the right
COLOR = CameraIntrinsics(640, 480, 615.0, 615.0, 321.3, 238.6)
DEPTH = CameraIntrinsics(640, 480, 386.0, 386.0, 318.7, 240.9)  # it sees wider


def rig_frame(index: int, color: NDArray[np.uint8], depth_mm: NDArray[np.uint16], fps: float) -> RawFrame:
    """The frame of two images (h, w, 3) and (h, w) that a rig took as number `index`."""
    height, width = depth_mm.shape
    return RawFrame(
        index=index,
        timestamp_s=index / fps,
        clock="none",
        color=color,
        depth_raw=depth_mm,
        depth_unit_m=0.001,
        color_intrinsics=COLOR.resized(width, height),
        depth_intrinsics=DEPTH.resized(width, height),
        color_from_depth=COLOR_FROM_DEPTH,
        frame_number=index,
    )

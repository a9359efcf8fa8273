"""What a source hands out (RawFrame) and what the rest of the program works with (Frame)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform

Clock = Literal["host", "hardware", "global", "recording", "none"]


@dataclass(frozen=True, slots=True, eq=False)
class RawFrame:
    """Colour and depth as the camera gave them, not yet aligned; one object, so that they cannot tear.

    index: 0-based position in the source. frame_number: the device's own number of the colour frame.
    timestamp_s: the colour frame's time in seconds on `clock` ("host" monotonic, "hardware", "global" = the device's
    clock mapped to the host's, "recording" = as stored, "none" = made up from the position).
    color: (H, W, 3) uint8 RGB. depth_raw: (h, w) uint16, 0 = no reading; metres = depth_raw * depth_unit_m.
    color_from_depth: from the depth camera's space to the colour camera's.

    Raises ValueError when shapes, types, unit and intrinsics do not fit together.
    """

    index: int
    timestamp_s: float
    clock: Clock
    color: NDArray[np.uint8]
    depth_raw: NDArray[np.uint16]
    depth_unit_m: float
    color_intrinsics: CameraIntrinsics
    depth_intrinsics: CameraIntrinsics
    color_from_depth: RigidTransform = field(default_factory=RigidTransform)
    frame_number: int = -1

    def __post_init__(self) -> None:
        _check_image("color", self.color, np.uint8, 3, self.color_intrinsics)
        _check_image("depth_raw", self.depth_raw, np.uint16, 2, self.depth_intrinsics)
        if not self.depth_unit_m > 0 or not np.isfinite(self.depth_unit_m):
            raise ValueError(f"depth_unit_m must be positive, got {self.depth_unit_m}")


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Colour with depth aligned to it.

    color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32 metres, 0 = no reading, never interpolated.
    intrinsics: the colour camera's, which both images share. index, timestamp_s, frame_number: as in RawFrame.
    depth_unit_m: the camera's; depth_m is whole steps of it.
    """

    index: int
    timestamp_s: float
    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    intrinsics: CameraIntrinsics
    frame_number: int = -1
    depth_unit_m: float = 0.001

    def __post_init__(self) -> None:
        _check_image("color", self.color, np.uint8, 3, self.intrinsics)
        _check_image("depth_m", self.depth_m, np.float32, 2, self.intrinsics)


def _check_image(
    name: str, image: np.ndarray, dtype: type[np.generic], dimensions: int, intrinsics: CameraIntrinsics
) -> None:
    expected = (intrinsics.height, intrinsics.width, 3)[:dimensions]
    if image.shape != expected or image.dtype != dtype:
        raise ValueError(
            f"{name}: expected {expected} {np.dtype(dtype)} to fit the intrinsics, got {image.shape} {image.dtype}"
        )

"""Each image's camera file, and what it makes of the image's disparity."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.errors import PreparedDataError
from sensors.geometry import CameraIntrinsics

DEPTH_UNIT_M = 0.005  # 16 bits then reach 327 m
FARTHEST_M = 300.0
STEPS_A_PIXEL = 256  # of disparity
NUMBERS = (
    ("extrinsic", "baseline"),
    ("intrinsic", "fx"),
    ("intrinsic", "fy"),
    ("intrinsic", "u0"),
    ("intrinsic", "v0"),
)


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of a rectified stereo pair: baseline in metres, the left camera's fx, fy, cx, cy in pixels of the full image."""

    baseline_m: float
    fx: float
    fy: float
    cx: float
    cy: float

    def intrinsics(self, width: int, height: int) -> CameraIntrinsics:
        """The left camera's."""
        return CameraIntrinsics(width, height, self.fx, self.fy, self.cx, self.cy)


def parse_calibration(content: bytes, where: object) -> Calibration:
    """What a *_camera.json says. where: the file, for messages.

    Raises PreparedDataError for what is no JSON, lacks a number, or gives a length that is none.
    """
    try:
        document = json.loads(content)
        values = [_number(document, *keys) for keys in NUMBERS]
    except (ValueError, RecursionError) as error:
        raise PreparedDataError(f"{where}: is no camera file ({error}); unpack or download it again") from error
    calibration = Calibration(*values)
    if min(values[:3]) <= 0 or not 0.01 < calibration.baseline_m < 10:
        raise PreparedDataError(f"{where}: expected metres and pixels above 0, got {calibration}")
    return calibration


def _number(document: Any, part: str, name: str) -> float:
    try:
        value = document[part][name]
    except (KeyError, TypeError, IndexError):
        value = None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError(f"{part}.{name}: expected a number, got {value!r}")
    return float(value)


def depth_steps(disparity: NDArray[np.uint16], calibration: Calibration) -> NDArray[np.uint16]:
    """Depth (H, W) uint16 in DEPTH_UNIT_M of a disparity image (H, W) uint16; 0 = no reading.

    A value p > 0 is a disparity of (p - 1) / 256 pixels, and depth = baseline * fx / disparity; 0 says that there is
    none. Beyond FARTHEST_M, where a tenth of a pixel is 19 m, there is no reading either.
    """
    disparity_px = (np.arange(1 << 16) - 1) / STEPS_A_PIXEL
    depth_m = np.zeros(1 << 16)
    np.divide(calibration.baseline_m * calibration.fx, disparity_px, out=depth_m, where=disparity_px > 0)
    depth_m[depth_m > FARTHEST_M] = 0
    return np.rint(depth_m / DEPTH_UNIT_M).astype(np.uint16)[disparity]

"""The RealSense SDK (pyrealsense2): loaded when it is needed, and its values as our types."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.errors import MissingLibraryError
from sensors.geometry import CameraIntrinsics, RigidTransform


def load_sdk() -> Any:
    """The module pyrealsense2. Raises MissingLibraryError where it is not installed or cannot be loaded."""
    try:
        import pyrealsense2
    except ImportError as error:  # not ModuleNotFoundError alone: the wheel loads, or fails to load, libusb
        if "libusb" in str(error) or "libudev" in str(error):
            cure = "on Debian or Ubuntu: sudo apt install libusb-1.0-0 libudev1"
        else:
            cure = "pip install pyrealsense2, and on Debian or Ubuntu: sudo apt install libusb-1.0-0"
        raise MissingLibraryError(
            f"cameras need the RealSense SDK, pyrealsense2, which cannot be loaded ({error}); {cure}"
        ) from error
    return pyrealsense2


def intrinsics_from_sdk(raw: Any) -> CameraIntrinsics:
    """rs.intrinsics as ours. Raises ValueError for nonsense."""
    coefficients = tuple(float(value) for value in raw.coeffs)
    return CameraIntrinsics(raw.width, raw.height, raw.fx, raw.fy, raw.ppx, raw.ppy, raw.model.name, coefficients)


def transform_from_sdk(raw: Any) -> RigidTransform:
    """rs.extrinsics, whose rotation is column-major, as ours. Raises ValueError for nonsense."""
    rotation = np.array(raw.rotation, np.float64).reshape(3, 3).T
    return RigidTransform(rotation, np.array(raw.translation, np.float64))


def pixels_from_sdk(frame: Any) -> NDArray[Any]:
    """A copy of an rs.video_frame's image: (h, w) of its own type, or (h, w, 3) uint8 RGB, also from BGR."""
    image = np.asanyarray(frame.get_data())
    is_bgr = frame.get_profile().format().name == "bgr8"
    return np.ascontiguousarray(image[..., ::-1]) if is_bgr else image.copy()

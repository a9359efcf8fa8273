"""How the camera moved between two frames that follow each other closely, in a few milliseconds."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np

from app.mapping.odometry import transform_of
from app.mapping.pinhole import PinholeMaker
from sensors.errors import MissingLibraryError
from sensors.frames import Frame
from sensors.geometry import RigidTransform

LONGEST_PX = 160  # of views that are matched; labels are no steadier with more, nor with the true motion
NEAREST_M, FARTHEST_M = 0.2, 6.0  # depth beyond this does not help to match


class CameraMotion:
    """Frame -> previous_from_current by OpenCV's RGB-D odometry, which is quick where frames follow each other closely.

    Maps find theirs from farther off and take longer (app.mapping.odometry). What this one finds can be wrong after a
    jump, which app.smoothing.trace notices by the depth. One thread at a time.
    Raises MissingLibraryError where OpenCV is older than 5.
    """

    def __init__(self) -> None:
        import cv2

        if not hasattr(cv2, "Odometry"):
            raise MissingLibraryError(
                f'--smooth needs OpenCV 5, and {cv2.__version__} is installed; pip install "opencv-python>=5"'
            )
        self._maker = PinholeMaker(LONGEST_PX)
        self._camera: tuple[object, ...] = ()
        self._odometry: Any = None
        self._last: Any = None

    def __call__(self, frame: Frame) -> RigidTransform | None:
        """previous_from_current; None for the first frame, from another camera, and where the two do not match."""
        import cv2

        view = self._maker(frame)
        if astuple(view.intrinsics) != self._camera:
            self._use(view.intrinsics.matrix)
            self._camera = astuple(view.intrinsics)
        depth_m = np.where(view.depth_m > 0, view.depth_m, np.float32(np.nan))  # OpenCV's way to say "no reading"
        last, self._last = self._last, cv2.OdometryFrame(depth_m, cv2.cvtColor(view.color, cv2.COLOR_RGB2BGR))
        try:
            self._odometry.prepareFrame(self._last)
            found, matrix = (False, None) if last is None else self._odometry.compute(self._last, last)
        except cv2.error:  # nothing there to hold on to
            self._last = None
            return None
        return _motion_of(matrix) if found and matrix is not None else None

    def _use(self, matrix: np.ndarray) -> None:
        import cv2

        settings = cv2.OdometrySettings()
        settings.setCameraMatrix(matrix.astype(np.float32))
        settings.setMinDepth(NEAREST_M)
        settings.setMaxDepth(FARTHEST_M)
        # COMMON is as quick as FAST here, and loses its way less often.
        self._odometry = cv2.Odometry(cv2.OdometryType_RGB_DEPTH, settings, cv2.OdometryAlgoType_COMMON)
        self._last = None


def _motion_of(matrix: np.ndarray) -> RigidTransform | None:
    """From (4, 4); None where it is no motion."""
    try:
        return transform_of(matrix)
    except ValueError:
        return None

"""How the camera moved from frame to frame, in metres, on its own from the pictures."""

from __future__ import annotations

from app.mapping.library import load_open3d
from app.mapping.odometry import LONGEST_PX, View, is_plausible, match
from app.mapping.pinhole import PinholeMaker
from sensors.frames import Frame
from sensors.geometry import RigidTransform


class MotionTracker:
    """Frame -> previous_from_current: points of this frame's colour camera moved into that of the frame before.

    Works at 320 pixels a row at most and takes about 20 to 40 ms there on two cores. One thread at a time.
    Raises MissingLibraryError where Open3D is not installed.
    """

    def __init__(self) -> None:
        load_open3d("following the camera's motion")
        self._maker = PinholeMaker(LONGEST_PX)
        self._last: View | None = None
        self._motion: RigidTransform | None = None

    def __call__(self, frame: Frame) -> RigidTransform | None:
        """previous_from_current, or None where the frame before cannot be told from this one.

        That is: for the first frame, next to a frame without depth or from another camera, after a jump, and where
        there is too little to hold on to. The next call compares with this frame in any case.
        """
        view, last = View.of(self._maker(frame)), self._last
        self._last = view
        motion = None if last is None else match(view, last, self._motion)
        if motion is not None and not is_plausible(motion):
            motion = None
        self._motion = motion
        return motion

    def reset(self) -> None:
        """Forget the last frame, such as after a seek."""
        self._last = self._motion = None

"""The window as OpenCV has it: opening, sizes, keys."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from app.viewers.probe import QUIET_QT

NAME = "rgbd-live"
RESIZED_PX = 2  # by how much it must differ from what it was told to be, to have been resized by someone
SETTLING_S = 0.5  # how long it may take to do as it was told

Mouse = Callable[[int, int, int, int, object], None]


class Screen:
    """Opens with the first picture. mouse: as cv2.setMouseCallback has it; in pixels of the picture."""

    def __init__(self, mouse: Mouse) -> None:
        for name, value in QUIET_QT.items():
            os.environ.setdefault(name, value)
        self._mouse = mouse
        self.is_open = False
        self._size = (0, 0)  # as it was told to be
        self._told_s = 0.0

    def show(self, picture: NDArray[np.uint8], *, sizes: bool) -> None:
        """Show (h, w, 3) uint8 RGB; sizes: the window is to have the picture's size."""
        import cv2

        if not self.is_open:
            cv2.namedWindow(NAME, cv2.WINDOW_NORMAL | cv2.WINDOW_FREERATIO | cv2.WINDOW_GUI_NORMAL)
            cv2.setMouseCallback(NAME, self._mouse)
            self.is_open = True
        size = (picture.shape[1], picture.shape[0])
        if sizes and size != self._size:
            cv2.resizeWindow(NAME, *size)
            self._size, self._told_s = size, time.monotonic()
        cv2.imshow(NAME, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))

    def room(self) -> tuple[int, int] | None:
        """Width and height where someone has made it another size than it was told to be, None otherwise."""
        import cv2

        if not self.is_open or time.monotonic() < self._told_s + SETTLING_S:
            return None
        _, _, width, height = cv2.getWindowImageRect(NAME)
        if max(abs(width - self._size[0]), abs(height - self._size[1])) <= RESIZED_PX or min(width, height) < 1:
            return None
        return width, height

    def key(self) -> int:
        """Let it paint and hear of the mouse; the code of a key, -1 for none."""
        import cv2

        return cv2.waitKeyEx(1)

    @property
    def is_closed_by_user(self) -> bool:
        """Whether someone has closed it."""
        import cv2

        return self.is_open and cv2.getWindowProperty(NAME, cv2.WND_PROP_VISIBLE) < 1

    def close(self) -> None:
        """Take it away."""
        import cv2

        if self.is_open:
            cv2.destroyAllWindows()
            self.is_open = False

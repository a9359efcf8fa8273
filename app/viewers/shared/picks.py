"""What was pointed at with the mouse: a pixel, two of them, or a thing."""

from __future__ import annotations

import math

Pixel = tuple[int, int]

DRAG_PX = 5  # a hand is not steadier than that


class Picks:
    """Follows press, movement and release; at most one of point, line and thing is set. All are pixels of the frame.

    pointer: the pixel under the mouse, None beside the panels. line: where the drag began and where it is, or ended.
    """

    def __init__(self) -> None:
        self.pointer: Pixel | None = None
        self._doubled = False
        self.forget()

    def forget(self) -> None:
        """Nothing is picked any more."""
        self.point: Pixel | None = None
        self.line: tuple[Pixel, Pixel] | None = None
        self.thing: Pixel | None = None
        self._pressed: tuple[Pixel, Pixel] | None = None  # of the frame, and of the canvas

    def press(self, pixel: Pixel | None, at: Pixel, *, whole: bool = False) -> None:
        """The button goes down at a pixel (None: beside the panels), which is canvas point `at`.

        whole: the thing is meant, not the pixel.
        """
        if self._doubled:  # some systems tell of a double click and then of its second press
            return
        self.forget()
        if pixel is None:
            return
        if whole:
            self.thing = pixel
        else:
            self.point, self._pressed = pixel, (pixel, at)

    def double(self, pixel: Pixel | None) -> None:
        """The button goes down for the second time in a row: the thing is meant."""
        self.forget()
        self.thing, self._doubled = pixel, True

    def move(self, pixel: Pixel | None, at: Pixel) -> bool:
        """The mouse moves; whether what is picked has changed."""
        self.pointer = pixel
        if self._pressed is None or pixel is None:
            return False
        began, began_at = self._pressed
        if self.line is None and math.dist(began_at, at) < DRAG_PX:
            return False
        self.point, self.line = None, (began, pixel)
        return True

    def release(self, pixel: Pixel | None, at: Pixel) -> None:
        """The button goes up; what is picked stays."""
        self.move(pixel, at)
        self._pressed, self._doubled = None, False

    def keep_within(self, width: int, height: int) -> None:
        """Forget what a frame of this size does not have."""
        pixels = [self.point, self.thing, *(self.line or ())]
        if any(pixel is not None and not (pixel[0] < width and pixel[1] < height) for pixel in pixels):
            self.forget()

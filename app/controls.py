"""What a person steers while it plays: pausing, stepping, seeking, speed, and what the labels are made from."""

from __future__ import annotations

import threading
from collections.abc import Callable

SLOWEST, FASTEST = 0.1, 8.0


class Controls:
    """Shared by the viewer, which sets things, and the frame path, which follows them; callable from any thread.

    frame_count: None where not known. seekable: whether seek() does anything. loops: begin again at the end. stays: at
    the end wait for a seek instead of ending. smooth: steady the labels over time. fixed_labels: labels go to files, so
    that what they are made from stays as it was begun.
    """

    def __init__(
        self,
        *,
        frame_count: int | None = None,
        seekable: bool = False,
        loops: bool = False,
        stays: bool = False,
        smooth: bool = False,
        fixed_labels: bool = False,
    ) -> None:
        self.frame_count, self.seekable, self.stays, self.fixed_labels = frame_count, seekable, stays, fixed_labels
        self.loops = loops
        self._changed = threading.Condition()
        self._paused = self._ended = self._quits = False
        self._steps = 0
        self._target: int | None = None
        self._seeks = self._seeks_shown = 0
        self._speed = 1.0
        self._smooth, self._uses_depth = smooth, True
        self._on_seek: Callable[[], None] = lambda: None

    @property
    def paused(self) -> bool:
        """Whether no frame passes but by step() and seek()."""
        return self._paused

    @paused.setter
    def paused(self, on: bool) -> None:
        with self._changed:
            self._paused, self._steps = on, 0
            self._changed.notify_all()

    def step(self) -> None:
        """Pause, and let one frame pass."""
        with self._changed:
            self._paused, self._steps = True, 1
            self._changed.notify_all()

    def seek(self, position: int) -> None:
        """Go on at this 0-based position, or at the nearest there is; while paused its frame is shown.

        Nothing where the source cannot.
        """
        if not self.seekable:
            return
        last = position if self.frame_count is None else self.frame_count - 1
        with self._changed:
            self._target = max(0, min(position, last))
            self._seeks += 1
            self._changed.notify_all()
        self._on_seek()

    @property
    def speed(self) -> float:
        """How fast a recording plays against its timestamps, SLOWEST..FASTEST."""
        return self._speed

    @speed.setter
    def speed(self, factor: float) -> None:
        self._speed = min(max(factor, SLOWEST), FASTEST)

    @property
    def smooth(self) -> bool:
        """Whether labels are steadied over time; setting it does nothing while labels are fixed."""
        return self._smooth

    @smooth.setter
    def smooth(self, on: bool) -> None:
        if not self.fixed_labels:
            self._smooth = on

    @property
    def uses_depth(self) -> bool:
        """Whether the network sees the depth; setting it does nothing while labels are fixed."""
        return self._uses_depth

    @uses_depth.setter
    def uses_depth(self, on: bool) -> None:
        if not self.fixed_labels:
            self._uses_depth = on

    def quit(self) -> None:
        """End the program."""
        with self._changed:
            self._quits = True
            self._changed.notify_all()

    @property
    def quits(self) -> bool:
        """Whether the user has asked to end."""
        return self._quits

    @property
    def ended(self) -> bool:
        """Whether the last frame has played, and a seek or a loop is waited for."""
        return self._ended

    # What follows is for the frame path.

    def when_sought(self, call: Callable[[], None]) -> None:
        """Have seek() call this, so that whoever waits with an older frame lets go of it."""
        self._on_seek = call

    @property
    def is_seeking(self) -> bool:
        """Whether a seek is asked for and not yet begun; frames from before it are not wanted any more."""
        return self._target is not None

    @property
    def seeks(self) -> int:
        """How many seeks were asked for."""
        return self._seeks

    def take_target(self) -> int | None:
        """The position that is sought, once; None when none is."""
        with self._changed:
            target, self._target = self._target, None
            return target

    def may_go(self, timeout_s: float) -> bool:
        """Wait until a frame may pass, at most so long."""
        with self._changed:
            return self._changed.wait_for(self._is_open, timeout_s)

    def lets_pass(self, seeks: int) -> bool:
        """Count a frame that passes; False when a place was sought since, so that the frame is not wanted any more.

        seeks: what `seeks` was when the frame's iteration began.
        """
        with self._changed:
            if seeks != self._seeks:
                return False
            self._seeks_shown, self._steps = seeks, max(0, self._steps - 1)
            return True

    def goes_on_at_end(self, timeout_s: float) -> bool:
        """After the last frame: whether a seek or a loop is asked for; where one stays, wait for it so long."""
        with self._changed:
            goes_on = self._goes_on()
            if self.stays and not goes_on:
                self._ended = True
                goes_on = self._changed.wait_for(self._goes_on, timeout_s)
            self._ended = self._ended and not goes_on
            return goes_on

    def _goes_on(self) -> bool:
        return self.is_seeking or self.loops

    def _is_open(self) -> bool:
        return not self._paused or self._steps > 0 or self._seeks_shown != self._seeks

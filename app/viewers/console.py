"""`--view none`: a line in the terminal every second, so that one sees life."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from app.result import Result
from console.say import put
from sensors.source import SourceStatus

EVERY_S = 1.0


class ConsoleViewer:
    """Tells the frame rate and latency once a second; rewrites its line where the stream is a terminal."""

    name = "none"
    wait_s = 0.05

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._rewrites = self._stream.isatty()
        self._next_s = time.monotonic() + EVERY_S
        self._state = "streaming"
        self._is_line_open = False
        self._is_waiting = True

    def show(self, result: Result) -> None:
        """Tell, if a second has passed."""
        self._is_waiting = False
        if time.monotonic() < self._next_s:
            return
        self._next_s = time.monotonic() + EVERY_S
        pulse = result.pulse
        text = f"frame {result.frame.index}   {pulse.fps:.1f} frames/s   latency {pulse.latency_ms:.0f} ms"
        text += "".join(f"   {count} {cause}" for cause, count in pulse.losses.items())
        self._tell(text, stays=not self._rewrites)

    def attend(self, status: SourceStatus) -> bool:
        """Tell once that the first frame does not come, that the camera is lost, and that it is back."""
        if self._is_waiting and time.monotonic() >= self._next_s:
            self._tell("waiting for the first frame", stays=True)
            self._is_waiting = False
        if status.state != self._state and status.state != "ended":
            self._tell(status.message or f"source: {status.state}", stays=True)
            self._state = status.state
        return True

    def picture(self) -> None:
        """None: there is no picture."""

    def close(self) -> None:
        """End an open line."""
        if self._is_line_open:
            put(self._stream, "\n")
            self._is_line_open = False

    def _tell(self, text: str, *, stays: bool) -> None:
        put(self._stream, ("\r\x1b[K" if self._rewrites else "") + text + ("\n" if stays else ""))
        self._is_line_open = not stays

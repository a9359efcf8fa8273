"""The process of the 3D window as the program sees it."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from app.viewers.three_d.messages import Broken, Close, FromWindow, Picture, Ready, Setup, TakePicture, ToWindow
from app.viewers.three_d.vulkan import VULKAN_CURE

OPEN_S = 40.0  # importing Open3D from a cold disk, and compiling shaders
CLOSE_S = 2.0


class WindowGoneError(RuntimeError):
    """The window's process has ended."""


class Link:
    """Starts the process at once; open() waits until its window stands, or says why it does not.

    only_hardware: give up where the processor would do the drawing. Everything but open() returns at once.
    """

    def __init__(self, *, only_hardware: bool = False) -> None:
        from app.viewers.three_d.window.process import run_window

        context = multiprocessing.get_context("spawn")  # a fork would share our threads' locks and the GPU
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=run_window, args=(theirs, only_hardware), daemon=True, name="3d window")
        with _without_interrupts():
            self._process.start()
        theirs.close()
        self._gone = False

    def open(self, setup: Setup) -> Ready | Broken:
        """Let the window appear."""
        try:
            self.send(setup)
            deadline_s = time.monotonic() + OPEN_S
            while time.monotonic() < deadline_s:
                for event in self.events(0.1):
                    if isinstance(event, Ready | Broken):
                        return event
        except WindowGoneError:
            return Broken(self._death())
        return Broken(f"Open3D's window did not open within {OPEN_S:.0f} s")

    def send(self, message: ToWindow) -> None:
        """Raises WindowGoneError."""
        try:
            self._connection.send(message)
        except OSError as error:
            raise self._is_gone() from error

    def events(self, wait_s: float = 0.0) -> Iterator[FromWindow]:
        """What has happened there; raises WindowGoneError where the process has ended."""
        try:
            while self._connection.poll(wait_s):
                yield self._connection.recv()
                wait_s = 0.0
        except (EOFError, OSError) as error:
            raise self._is_gone() from error

    def picture(self, timeout_s: float) -> Picture:
        """The window as it is after the last update. Raises WindowGoneError."""
        self.send(TakePicture())
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            for event in self.events(0.1):
                if isinstance(event, Picture):
                    return event
        return Picture(None)

    def close(self) -> None:
        """End the process, by force if it does not listen."""
        with suppress(WindowGoneError):
            self.send(Close())
        self._process.join(CLOSE_S)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._connection.close()

    def _is_gone(self) -> WindowGoneError:
        return WindowGoneError(f"its process has ended: {self._ending()}")

    def _ending(self) -> str:
        self._process.join(CLOSE_S)
        code = self._process.exitcode
        if code is not None and code < 0:
            return f"killed by {signal.Signals(-code).name}"
        return f"exit code {code}"

    def _death(self) -> str:
        """Why it did not open, as far as can be told from outside."""
        if not sys.platform.startswith("linux"):
            return f"Open3D could not open a window ({self._ending()})"
        return f"Open3D could not open a window ({self._ending()}); it needs an X server and Vulkan; {VULKAN_CURE}"


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """What is started inside does not notice Ctrl-C until it says so: that is for us."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

"""Ctrl-C, SIGTERM, a closed terminal: what is open is finished in order; where nothing is, the program ends at once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from console.say import program_name

EXIT_CODE = 130
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupt:
    """Takes the signals. While shielded the first one only sets `requested`, and the second ends the program.

    Nothing is ever raised out of the blue: it would tear a file that is being written, and a library's C++ code that is
    being imported aborts the process when an exception passes through it. installed: whether it was told to take them.
    """

    def __init__(self) -> None:
        self.requested = False
        self.installed = False
        self._shielded = False

    def install(self) -> None:
        """Take over the signals; does nothing outside the main thread, where Python forbids it."""
        if threading.current_thread() is threading.main_thread():
            self.installed = True
            for number in SIGNALS:
                if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                    signal.signal(number, self._handle)

    @contextlib.contextmanager
    def shielded(self) -> Iterator[None]:
        """While inside, something is open that must be closed in order."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False

    @contextlib.contextmanager
    def unshielded(self) -> Iterator[None]:
        """Inside `shielded`, around what takes long while nothing is written yet: a signal ends the program at once.

        Raises KeyboardInterrupt where one came before.
        """
        self.check()
        self._shielded = False
        try:
            yield
        finally:
            self._shielded = True

    def check(self) -> None:
        """Raise KeyboardInterrupt if a signal came."""
        if self.requested:
            raise KeyboardInterrupt

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested or not self._shielded:
            with contextlib.suppress(OSError):
                # Not by Python's own streams, which may be in the middle of a line.
                os.write(2, f"{program_name()}: stopped\n".encode())
            os._exit(EXIT_CODE)
        self.requested = True

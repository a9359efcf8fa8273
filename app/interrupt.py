"""Ctrl-C, SIGTERM and a closed terminal: the first signal asks the program to finish in order, the second ends it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 130
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupt:
    """Turns the first signal into KeyboardInterrupt while starting up, and into a flag while frames flow.

    While frames flow nothing may be torn from under a file that is being written, so the main loop looks at
    `requested` between two frames instead. has_raised: start-up was cut short, and an error that comes out of it, such
    as a half-imported library's, is only the echo.
    """

    def __init__(self) -> None:
        self.requested = self.has_raised = False
        self._shielded = False

    def install(self) -> None:
        """Take over the signals; does nothing outside the main thread, where Python forbids it."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                if number in (signal.SIGINT, signal.SIGTERM) or signal.getsignal(number) != signal.SIG_IGN:  # nohup
                    signal.signal(number, self._handle)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """While inside, a signal only sets `requested`."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.requested:
            os._exit(EXIT_CODE)
        self.requested = True
        if not self._shielded:
            self.has_raised = True
            raise KeyboardInterrupt

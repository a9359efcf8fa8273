"""What can go wrong in a program itself; every message is one line that says what to do."""

from __future__ import annotations


class UsageError(ValueError):
    """The command line asks for something that does not exist or does not go together."""


class OutputError(OSError):
    """A file that was asked for cannot be written."""


class DisplayError(RuntimeError):
    """A window was asked for, nothing else was, and none can be opened."""


class StoppedError(RuntimeError):
    """The work cannot go on (no memory, numbers that diverged), by no defect of ours: exit code 1, no traceback."""

"""Lines on standard error; that nobody reads them is no reason to stop."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import TextIO

_names = ["rgbd-live"]


def name_program(name: str) -> None:
    """From now on, lines begin with this name."""
    _names[:] = [name]


def program_name() -> str:
    """The name that lines begin with."""
    return _names[0]


def say(text: str) -> None:
    """One line under the program's name."""
    put(sys.stderr, f"{program_name()}: {text}\n")


def put(stream: TextIO, text: str) -> None:
    """Write at once; a stream that can no longer be written (a closed pipe or terminal) is silent from then on."""
    try:
        stream.write(text)
        stream.flush()
    except OSError:
        silence(stream)


def silence(stream: TextIO) -> None:
    """Send what is still written to a stream nowhere, Python's own flush at the end included."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def open_missing_streams() -> None:
    """Where the program was started without standard output or error, give it ones that lead nowhere.

    Else the next file that is opened gets their number, and what a library prints ends in it.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115, PTH123 - stays open
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115, PTH123


class Remarks(logging.Handler):
    """Says what the other packages log as a warning, each remark once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Say it."""
        text = " ".join(record.getMessage().split())
        if text not in self._said:
            self._said.add(text)
            say(text)


def say_remarks() -> None:
    """From now on, say what our other packages remark."""
    remarks = Remarks()
    for package in ("sensors", "segmentation", "training"):
        logger = logging.getLogger(package)
        logger.handlers = [remarks]
        logger.propagate = False

"""A folder that one call at a time writes to."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.atomic import make_folder, output_errors
from console.errors import OutputError, UsageError


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While inside, no other call writes to the folder, which is made.

    Raises UsageError where another call does, and OutputError where the folder cannot be made or locked.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out: {folder} is a file; expected a folder")
    make_folder(folder)
    with output_errors(folder):
        handle = os.open(folder, os.O_RDONLY)
    try:
        _lock(handle, folder)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, folder: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(f"--out: another call is writing to {folder}; wait for it to end") from error
    except OSError as error:
        raise OutputError(f"cannot write {folder}: the file system has no locks ({error.strerror})") from error

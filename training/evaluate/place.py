"""Looks at the report's folder before anything is computed, so that a long run cannot end in "cannot write"."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from console.atomic import output_errors
from console.errors import OutputError, UsageError


def check_folder(folder: Path, *, overwrite: bool) -> None:
    """Check that the folder, which need not exist, can be written.

    Raises UsageError for one that holds something already (without overwrite), OutputError for one that cannot be made
    or written.
    """
    if os.path.lexists(folder) and not folder.is_dir():
        raise OutputError(f"--out {folder}: is not a folder; choose another name")
    nearest = folder.absolute()
    while not os.path.lexists(nearest):
        nearest = nearest.parent
    if not nearest.is_dir():
        raise OutputError(f"--out {folder}: {nearest} is not a folder")
    # Trying tells more than asking for rights: the administrator has them all, on read-only disks too.
    with output_errors(folder):
        if folder.is_dir() and any(folder.iterdir()) and not overwrite:
            raise UsageError(f"--out {folder}: exists and is not empty; add --overwrite to replace the report in it")
        with tempfile.TemporaryFile(dir=nearest):
            pass

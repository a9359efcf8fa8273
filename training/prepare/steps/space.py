"""Whether there is room on the disk, before hours of work end in a full one."""

from __future__ import annotations

import shutil
from pathlib import Path

from console.atomic import output_errors
from console.errors import OutputError

GB = 1e9


def check_space(folder: Path, needed_bytes: int, what: str) -> None:
    """Raise OutputError where the folder's disk has less room than `what` needs. folder: exists."""
    with output_errors(folder):
        free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise OutputError(
            f"cannot write {folder}: {what} takes about {needed_bytes / GB:.3g} GB, and {free_bytes / GB:.3g} GB are"
            " free; make room or choose another --out"
        )

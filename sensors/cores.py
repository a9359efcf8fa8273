"""How many processor cores there are for us."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """How many this process may use: fewer than the machine has where it is tied to some; macOS does not tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

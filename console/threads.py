"""How torch's threads wait for each other; to be settled before torch is imported."""

from __future__ import annotations

import os


def let_threads_sleep() -> None:
    """Before torch is imported: keep its OpenMP threads from spinning for long while they wait for each other.

    On a machine with other work the spinning takes the cores from the very threads that are waited for: measured on two
    busy cores, 1 frame/s with GNU OpenMP's own setting and 7 with this one; on two idle cores 25 and 20.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "1000")

"""Waiting for what another process does."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


def wait_until(happened: Callable[[], Any], seconds: float = 200) -> None:
    """Fail where it does not happen."""
    until_s = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until_s, "it did not happen"
        time.sleep(0.05)

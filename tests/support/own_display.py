"""An X server of a test's own, which it may take away."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def own_display(size: str = "1280x720") -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its name, such as ":3", and its process; skips the test where Xvfb is not installed."""
    if shutil.which("Xvfb") is None or shutil.which("xdotool") is None:
        pytest.skip("needs Xvfb and xdotool")
    reads, writes = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", f"{size}x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(writes,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as numbers:
            number = numbers.readline().strip()
        if not number:
            pytest.skip("Xvfb does not start here")
        yield f":{number}", server
    finally:
        server.kill()
        server.wait()

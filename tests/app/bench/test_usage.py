from __future__ import annotations

import subprocess
import sys

import pytest

from app.bench.usage import MIB, usage

_WORK = """
import sys, time
held = bytearray(100 * 2**20)
while time.process_time() < 0.4:
    pass
del held
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="children are seen by /proc")
def test_children_count_while_they_run_and_their_time_afterwards() -> None:
    before = usage()
    child = subprocess.Popen([sys.executable, "-c", _WORK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        child.stdout.readline()
        during = usage()
    finally:
        child.communicate()
    after = usage()
    assert during.peak_mb - before.peak_mb > 100  # though it has given the memory back already
    assert during.cpu_s - before.cpu_s > 0.3
    assert after.cpu_s >= during.cpu_s - 0.02
    assert after.peak_mb - before.peak_mb < 100
    assert during.machine_s is not None
    assert before.machine_s is not None
    assert during.machine_s - before.machine_s > 0.3


def test_memory_is_in_mib() -> None:
    held = bytearray(50 * MIB)
    assert usage().peak_mb > 50
    del held

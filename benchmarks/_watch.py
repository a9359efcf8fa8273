"""What a program and all that it starts use of the machine, by /proc: Linux only."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TICKS_S = 1 / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sample:
    """time_s: time.perf_counter(). cpu_s: processor time so far.

    memory_mb: resident memory without pages of files, which the system takes back when it likes.
    """

    time_s: float
    cpu_s: float
    memory_mb: float


def start_live(arguments: Sequence[object], errors: Path) -> subprocess.Popen[bytes]:
    """rgbd-live as a child process; what it says goes to a file."""
    with errors.open("wb") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "app.main", *map(str, arguments)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )


def watch(child: subprocess.Popen[bytes], every_s: float) -> list[Sample]:
    """Samples of the child and its children until it ends."""
    samples: list[Sample] = []
    while child.poll() is None:
        samples.append(_sample(child.pid))
        time.sleep(every_s)
    return samples[:-1]  # at the last it may have been half gone


def _sample(root: int) -> Sample:
    cpu_s = memory_mb = 0.0
    for fields in _family(root):
        cpu_s += sum(map(int, fields[13:17])) * TICKS_S  # its own, and that of children that have ended
        memory_mb += _memory_mb(fields[0])
    return Sample(time.perf_counter(), cpu_s, memory_mb)


def _memory_mb(pid: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith(("RssAnon:", "RssShmem:"))) / 1024


def _family(root: int) -> list[list[str]]:
    """The fields of /proc/PID/stat of a process and all below it."""
    everyone = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            before, _, after = stat.read_text().rpartition(")")
        except OSError:  # it has just ended
            continue
        fields = [before.split("(", 1)[0].strip(), before.split("(", 1)[1], *after.split()]
        everyone[int(fields[0])] = fields
    family, found = [], {root}
    while found:
        family += [everyone[pid] for pid in found if pid in everyone]
        found = {pid for pid, fields in everyone.items() if int(fields[3]) in found}
    return family

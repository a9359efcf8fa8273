"""What this process, and all that it started, uses of the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20
_PROC = Path("/proc")
_BUSY = (1, 2, 3, 6, 7)  # of a line of /proc/stat: user, nice, system, interrupts; waiting for disks is not work


@dataclass(frozen=True, slots=True)
class Usage:
    """cpu_s: processor time so far, of all threads, and of processes that have ended.

    peak_mb: the most resident memory each of the processes ever had, added up, in units of 2**20 bytes; pages that they
    share count in each. machine_s: processor time of all programs on the cores that this process may use, None where
    the system does not tell.
    """

    cpu_s: float
    peak_mb: float
    machine_s: float | None


def usage() -> Usage:
    """Of now. Where there is no /proc, children that still run are not seen."""
    if not (_PROC / "self/stat").exists():
        return Usage(sum(os.times()[:4]), _own_peak_mb(), None)
    family = list(_family(os.getpid()))
    cpu_s = sum(sum(map(int, stat[11:15])) for _, stat in family) * _tick_s()  # what has ended is in its parent's
    return Usage(cpu_s, sum(_peak_mb(process) for process, _ in family), _machine_s())


def _tick_s() -> float:
    return 1 / os.sysconf("SC_CLK_TCK")


def _own_peak_mb() -> float:
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / MIB if sys.platform == "darwin" else peak / 1024


def _family(root: int) -> Iterator[tuple[int, list[str]]]:
    """The processes below root and itself, with their /proc/PID/stat from the state on."""
    everyone = dict(_everyone())
    generation = [root]
    while generation:
        yield from ((process, everyone[process]) for process in generation if process in everyone)
        generation = [process for process, stat in everyone.items() if int(stat[1]) in generation]


def _everyone() -> Iterator[tuple[int, list[str]]]:
    for path in _PROC.glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:  # it has just ended
            continue
        yield int(path.parent.name), text.rpartition(")")[2].split()


def _peak_mb(process: int) -> float:
    try:
        lines = (_PROC / f"{process}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _machine_s() -> float:
    ours = {f"cpu{core}" for core in os.sched_getaffinity(0)}
    lines = [line.split() for line in (_PROC / "stat").read_text().splitlines()]
    return sum(int(line[place]) for line in lines if line[0] in ours for place in _BUSY) * _tick_s()

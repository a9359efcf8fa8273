"""How many threads an engine may keep busy on this CPU."""

from __future__ import annotations

import math
from pathlib import Path

import torch

_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # of the container, cgroup version 2
_QUOTA_V1 = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def usable_threads() -> int:
    """As many as torch takes, which respects OMP_NUM_THREADS and the cores that the process may run on.

    No more than a container's share of the CPU: threads beyond it would stand still together when it is used up.
    """
    return max(1, math.floor(min(torch.get_num_threads(), container_cores())))


def container_cores() -> float:
    """The container's share of the CPU in cores; infinite where it has no limit."""
    try:
        if _QUOTA.exists():
            quota, period = _QUOTA.read_text().split()
        else:
            quota, period = (path.read_text() for path in _QUOTA_V1)
        return float(quota) / float(period) if quota.strip() not in ("max", "-1") else math.inf
    except (OSError, ValueError):
        return math.inf

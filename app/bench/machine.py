"""Where it was measured."""

from __future__ import annotations

import contextlib
import os
import platform
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.bench.usage import MIB
from app.doctor.graphics import ask_nvidia
from app.doctor.probe import ProbeError
from sensors.cores import usable_cores

LIBRARIES = ("torch", "openvino", "onnxruntime", "onnxruntime-gpu", "tensorrt", "triton", "numpy")
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A computer. None where the system does not tell.

    cores: that this process may use, of all_cores. memory_gb: in units of 2**30 bytes. gpus: as the driver names them.
    libraries: versions by name, only of those that are installed. governor: what sets the processor's clock, such as
    "performance". load: average of the last minute, before the bench began.
    """

    cpu: str
    cores: int
    all_cores: int
    memory_gb: float | None
    gpus: tuple[str, ...]
    system: str
    python: str
    libraries: dict[str, str]
    governor: str | None
    load: float | None


def describe_machine() -> Machine:
    """This machine, now."""
    return Machine(
        cpu=cpu_name(),
        cores=usable_cores(),
        all_cores=os.cpu_count() or 1,
        memory_gb=_memory_gb(),
        gpus=_gpus(),
        system=_system(),
        python=platform.python_version(),
        libraries=dict(_versions()),
        governor=_first_line(_GOVERNOR),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    )


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1024 * MIB), 1)
    except (AttributeError, ValueError, OSError):
        return None


def _gpus() -> tuple[str, ...]:
    try:
        return tuple(ask_nvidia()["gpus"])
    except ProbeError:
        return ()


def _system() -> str:
    with contextlib.suppress(OSError, AttributeError):
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}"
    return f"{platform.system()} {platform.release()}, {platform.machine()}"


def _versions() -> list[tuple[str, str]]:
    found = []
    for name in ("rgbd-live", *LIBRARIES):
        with contextlib.suppress(PackageNotFoundError):
            found.append((name, version(name)))
    return found


def _first_line(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None

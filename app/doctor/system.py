"""Python, the C library, and places to write."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from pathlib import Path

from app.doctor.check import Check
from app.doctor.probe import Probes

OLDEST_PYTHON = (3, 10)
OPEN3D_GLIBC = (2, 35)
LITTLE_DISK_GB = 5.0  # a few minutes of recording and video
NO_DISK_GB = 0.1


def check_python(_probes: Probes) -> Check:
    """Python's version and the platform."""
    version = platform.python_version()
    found = f"{version} on {platform.system()} {platform.machine()}"
    if sys.version_info[:2] < OLDEST_PYTHON:
        return Check("Python", "fail", found, "make a virtual environment with Python 3.10 or newer")
    return Check("Python", "ok", found)


def check_libc(_probes: Probes) -> Check:
    """The C library, which decides which wheels fit."""
    if sys.platform != "linux":
        return Check("C library", "ok", f"not asked on {platform.system()}")
    library, version = platform.libc_ver()
    if library != "glibc":
        cure = "use a system with glibc, such as Debian or Ubuntu"
        return Check("C library", "warning", "not glibc: most wheels do not fit", cure)
    if tuple(int(part) for part in version.split(".")[:2]) < OPEN3D_GLIBC:
        cure = "for the 3D window and --save-map: Ubuntu 22.04, Debian 12 or newer"
        return Check("C library", "warning", f"glibc {version}: no Open3D wheel fits", cure)
    return Check("C library", "ok", f"glibc {version}")


def check_disk(_probes: Probes) -> Check:
    """Room and rights in the folder that relative output paths start from."""
    folder = Path.cwd()
    free_gb = shutil.disk_usage(folder).free / 1e9
    found = f"{free_gb:.1f} GB free in {folder}"
    if trouble := write_trouble(folder):
        return Check(
            "disk", "warning", f"{found}, but {trouble}", "go to a folder of yours, or give outputs a full path"
        )
    if free_gb < LITTLE_DISK_GB:
        state = "fail" if free_gb < NO_DISK_GB else "warning"
        return Check("disk", state, found, "make room, or give outputs a path on another disk")
    return Check("disk", "ok", found)


def check_cache(_probes: Probes) -> Check:
    """What the cache of engines holds, and whether it can be used."""
    from segmentation.engines.cache import LIMIT_BYTES, cache_folder
    from segmentation.engines.cache.folder import entries, folder_trouble

    name, folder = "engine cache", cache_folder()
    is_new = folder.is_absolute() and not folder.exists()  # then looking must not make it
    trouble = write_trouble(_nearest(folder)) if is_new else folder_trouble(folder)
    if trouble:
        cure = "cure that, or point XDG_CACHE_HOME to a folder of yours; until then every start prepares engines anew"
        return Check(name, "warning", f"{folder}: {trouble}", cure)
    held = list(entries(folder))
    megabytes = sum(entry.bytes for entry in held) / 1e6
    found = f"{len(held)} entries, {megabytes:.0f} MB of at most {LIMIT_BYTES / 1e9:.1f} GB in {folder}"
    return Check(name, "ok", f"{found}; may be deleted at any time" if held else f"empty, {folder} can be written")


def weights_folder() -> Path:
    """Where downloaded weights are kept: torch's own rule."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(os.environ.get("TORCH_HOME") or base / "torch").expanduser()


def check_weights(_probes: Probes) -> Check:
    """Whether weights could be kept after a download."""
    folder = weights_folder()
    if trouble := write_trouble(_nearest(folder)):
        cure = "point TORCH_HOME to a folder that can be written"
        return Check("weights cache", "warning", f"{folder}: {trouble}", cure)
    return Check("weights cache", "ok", f"{folder} can be written")


def _nearest(folder: Path) -> Path:
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def write_trouble(folder: Path) -> str:
    """Why no file can be made in a folder, found by making one; empty where it can."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"0")
    except OSError as error:
        return f"it cannot be written ({error.strerror})"
    return ""

"""The folder that engines are kept in: where it is, whether it can be used, and what lies in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import filelock
import platformdirs

KEY_FILE = "key.json"
LOCK_SUFFIX = ".lock"
PART_MARK = ".part-"
TRIED_LOCK = f"try{LOCK_SUFFIX}"
WRITABLE_BY_OTHERS = 0o022


class Entry(NamedTuple):
    """A folder of the cache. used_s: when it was last made or loaded, in seconds since 1970."""

    path: Path
    bytes: int
    used_s: float


def cache_folder() -> Path:
    """Where engines are kept: XDG_CACHE_HOME or what the system has for it, then rgbd-live/engines."""
    return Path(platformdirs.user_cache_dir("rgbd-live", appauthor=False)) / "engines"


def folder_trouble(folder: Path) -> str:
    """Why engines are neither kept in a folder nor taken from it; empty where they are. Makes it where it is missing.

    Loading an engine runs what is in it, so a folder that somebody else can write to is as good as none.
    """
    if not folder.is_absolute():  # what is left of "~" where nobody knows the home folder
        return "there is no home folder; XDG_CACHE_HOME names another place"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            status = folder.stat()
        with suppress(filelock.Timeout), filelock.FileLock(folder / TRIED_LOCK, blocking=False):
            pass  # some network drives have no locks
    except (OSError, NotImplementedError) as error:
        return f"it cannot be written ({getattr(error, 'strerror', None) or error})"
    if os.name != "posix":
        return ""  # a user's own folders are closed to others there, and the mode says nothing of it
    if status.st_uid != os.geteuid():
        return "it belongs to another user; XDG_CACHE_HOME names another place"
    if status.st_mode & WRITABLE_BY_OTHERS:
        return f"others can write to it; chmod go-w {folder}"
    return ""


@lru_cache(maxsize=1)
def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """This process's own, which goes when it ends; what loads engines may read them until then."""
    return tempfile.TemporaryDirectory(prefix="rgbd-live-engines-")


def entries(folder: Path) -> Iterator[Entry]:
    """What a cache folder holds, whole or not; nothing where there is none."""
    try:
        found = [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return
    for path in found:
        if PART_MARK not in path.name:
            yield Entry(path, _bytes_in(path), _used_s(path))


def parts(folder: Path) -> list[Path]:
    """What is being made, or was when its program was ended."""
    return list(folder.glob(f"*{PART_MARK}*"))


def _bytes_in(folder: Path) -> int:
    return sum(_size(path) for path in folder.rglob("*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # another program has just removed it
        return 0


def _used_s(path: Path) -> float:
    for place in (path / KEY_FILE, path):
        try:
            return place.stat().st_mtime
        except OSError:
            continue
    return 0.0

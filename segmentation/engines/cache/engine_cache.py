"""The entries of the cache: made once, kept, loaded, and removed when there are too many."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import filelock

from segmentation.engines.cache import folder as folders
from segmentation.engines.cache.folder import KEY_FILE, LOCK_SUFFIX, PART_MARK, cache_folder, folder_trouble
from segmentation.engines.cache.sealing import StaleEntryError, check_seal, seal
from segmentation.errors import EngineUnavailableError

T = TypeVar("T")
LIMIT_BYTES = 4 << 30  # the largest network leaves about 2 GB: a graph and what an engine makes of it
PATIENCE_S = 2.0  # loading takes no longer; who waits longer than that is told why
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
_log = logging.getLogger(__name__)


class EngineCache:
    """The entries under one folder; the user's cache folder unless told otherwise.

    limit_bytes: how much it may hold; what was made or loaded last always stays.
    """

    def __init__(self, folder: Path | None = None, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self.wanted_folder = folder or cache_folder()
        self.limit_bytes = limit_bytes

    @cached_property
    def folder(self) -> Path:
        """Where entries lie: what was asked for, or this process's own folder where that cannot be used."""
        trouble = folder_trouble(self.wanted_folder)
        if not trouble:
            return self.wanted_folder
        _log.warning(f"{self.wanted_folder} is not used ({trouble}): engines are prepared anew at every start")
        return Path(folders.temporary_folder().name)

    def path(self, key: Mapping[str, str]) -> Path:
        """Where the entry of this key is or would be. The key's "kind" begins its name."""
        digest = hashlib.sha256(json.dumps(dict(key), sort_keys=True).encode()).hexdigest()
        return self.folder / f"{key['kind']}-{digest[:20]}"

    def has(self, key: Mapping[str, str]) -> bool:
        """Whether the entry is there; it may turn out to be stale."""
        return (self.path(key) / KEY_FILE).is_file()

    def obtain(self, key: Mapping[str, str], build: Callable[[Path], None], load: Callable[[Path], T]) -> T:
        """Load an entry, which is built first where it is missing or stale.

        key: all that the entry depends on; "kind" says what it is. build: fills an empty folder. load: from a filled
        folder, which stays where it is; raises StaleEntryError for one that cannot be used. What build raises passes
        through, and leaves nothing behind; so does StaleEntryError for an entry that was just built. Raises
        EngineUnavailableError where there is no room for the entry.
        """
        path = self.path(key)
        with self._locked(path, f"this model's {key['kind']}"):
            if path.exists():
                try:
                    return self._loaded(key, path, load)
                except StaleEntryError as error:
                    _log.warning(f"{path.name} in the engine cache cannot be used and is made again: {error}")
            self._build(key, path, build)
            return self._loaded(key, path, load)

    def trim(self) -> None:
        """Remove what programs that were ended left half made, and what was not used for longest beyond the limit.

        What somebody holds the lock of stays: another program, or whoever calls.
        """
        for part in folders.parts(self.folder):
            self._remove_unlocked(part, part.with_name(part.name.partition(PART_MARK)[0]))
        held_bytes = 0
        for entry in sorted(folders.entries(self.folder), key=lambda entry: entry.used_s, reverse=True):
            held_bytes += entry.bytes
            if held_bytes > self.limit_bytes:
                self._remove_unlocked(entry.path, entry.path)

    def _loaded(self, key: Mapping[str, str], path: Path, load: Callable[[Path], T]) -> T:
        check_seal(path, key)
        loaded = load(path)
        with suppress(OSError):
            os.utime(path / KEY_FILE)
        return loaded

    def _build(self, key: Mapping[str, str], path: Path, build: Callable[[Path], None]) -> None:
        for left in (path, *self.folder.glob(f"{path.name}{PART_MARK}*")):  # we hold the lock: nobody is at them
            _remove(left)
        with self._room_told():
            part = Path(tempfile.mkdtemp(prefix=f"{path.name}{PART_MARK}", dir=self.folder))
        try:
            with self._room_told():  # asked before the part goes, while the disk is still full
                build(part)
                seal(part, key)
                part.replace(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self.trim()

    @contextmanager
    def _room_told(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if reason := self._lack_of_room(error):
                raise EngineUnavailableError(
                    f"{self.folder}: nothing can be kept there ({reason}); make room, or let XDG_CACHE_HOME name a"
                    " folder on another disk"
                ) from error
            raise

    def _lack_of_room(self, error: Exception) -> str | None:
        """Libraries have their own errors for a full disk, so the disk is asked too."""
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return os.strerror(error.errno)
        return "no space left" if shutil.disk_usage(self.folder).free == 0 else None

    def _remove_unlocked(self, path: Path, owner: Path) -> None:
        with suppress(filelock.Timeout), filelock.FileLock(_lock_file(owner), blocking=False):
            _remove(path)

    @contextmanager
    def _locked(self, path: Path, what: str) -> Iterator[None]:
        lock = filelock.FileLock(_lock_file(path))
        with self._room_told():  # a lock is a file too
            _acquire(lock, what)
        try:
            yield
        finally:
            lock.release()


def _acquire(lock: filelock.BaseFileLock, what: str) -> None:
    try:
        lock.acquire(timeout=PATIENCE_S)
    except filelock.Timeout:
        _log.warning(f"another program is preparing {what}: waiting until it is done")
        lock.acquire()


def _lock_file(path: Path) -> Path:
    return path.with_name(path.name + LOCK_SUFFIX)


def _remove(path: Path) -> None:
    """Whatever is there; what cannot be removed, such as a file that is in use on Windows, stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()

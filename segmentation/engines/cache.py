"""What engines make once and keep: exported graphs, compiled networks, and the reports that accepted them.

Every entry is a folder under the user's cache folder, named after all that it depends on. It is made under another name
and renamed when it is whole, under a lock, so that two programs that want it at once make it once. An entry that cannot
be loaded is made again. Where the cache folder cannot be written, entries live as long as the program.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import filelock
import platformdirs

T = TypeVar("T")
KEY_FILE = "key.json"
CHUNK_BYTES = 1 << 20
_log = logging.getLogger(__name__)


class StaleEntryError(RuntimeError):
    """An entry cannot be loaded: it is damaged, or of another version, device or shape than its key says."""


def cache_folder() -> Path:
    """Where engines are kept: XDG_CACHE_HOME or what the system has for it, then rgbd-live/engines."""
    return Path(platformdirs.user_cache_dir("rgbd-live", appauthor=False)) / "engines"


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


class EngineCache:
    """The entries under one folder; the user's cache folder unless told otherwise."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_folder()
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

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
        through, and leaves nothing behind; so does StaleEntryError for an entry that was just built.
        """
        self._settle()
        path = self.path(key)
        with self._locked(path):
            if self.has(key):
                try:
                    return load(path)
                except StaleEntryError as error:
                    _log.warning(f"{path.name} in the engine cache cannot be used and is made again: {error}")
                    self._remove(path)
            elif path.exists():  # something without a key: never whole
                self._remove(path)
            self._build(key, path, build)
            return load(path)

    def _build(self, key: Mapping[str, str], path: Path, build: Callable[[Path], None]) -> None:
        part = Path(tempfile.mkdtemp(prefix=f"{path.name}.part-", dir=self.folder))
        try:
            build(part)
            (part / KEY_FILE).write_text(json.dumps(dict(key), indent=1, sort_keys=True) + "\n")
            part.replace(path)
        finally:
            shutil.rmtree(part, ignore_errors=True)

    def _remove(self, path: Path) -> None:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()

    @contextmanager
    def _locked(self, path: Path) -> Iterator[None]:
        with filelock.FileLock(path.with_name(f"{path.name}.lock")):
            yield

    def _settle(self) -> None:
        """Take a folder that lasts as long as the program where the cache folder cannot be written."""
        if self._temporary is not None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=self.folder):
                return
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            _log.warning(f"{self.folder} cannot be written ({reason}): engines are prepared anew at every start")
            self._temporary = tempfile.TemporaryDirectory(prefix="rgbd-live-engines-")
            self.folder = Path(self._temporary.name)

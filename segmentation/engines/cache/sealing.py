"""How an entry is told to be whole: by the SHA-256 of every file in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from segmentation.engines.cache.folder import KEY_FILE
from segmentation.errors import EngineUnavailableError

CHUNK_BYTES = 1 << 20


class StaleEntryError(EngineUnavailableError):
    """An entry cannot be loaded: it is damaged, or of another version, device or shape than its key says."""


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def seal(folder: Path, key: Mapping[str, str]) -> None:
    """Write down what an entry is and what is in it. Raises OSError."""
    document = {"key": dict(key), "files": {name: file_sha256(folder / name) for name in _files(folder)}}
    (folder / KEY_FILE).write_text(json.dumps(document, indent=1, sort_keys=True) + "\n")


def check_seal(folder: Path, key: Mapping[str, str]) -> None:
    """Raise StaleEntryError unless an entry is what it was when it was sealed; files that came later are not looked at.

    A damaged graph often still loads and then computes something else, so the bytes are read: 1.7 GB/s where the
    processor has instructions for it.
    """
    try:
        document = json.loads((folder / KEY_FILE).read_text())
        sealed_key, files = dict(document["key"]), dict(document["files"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise StaleEntryError(f"{KEY_FILE} is missing or damaged") from error
    if sealed_key != dict(key):
        raise StaleEntryError("it was made for something else")
    for name, sha256 in files.items():
        try:
            whole = file_sha256(folder / name) == sha256
        except OSError as error:
            raise StaleEntryError(f"{name} cannot be read") from error
        if not whole:
            raise StaleEntryError(f"{name} is damaged")


def _files(folder: Path) -> list[str]:
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in files if name != KEY_FILE)

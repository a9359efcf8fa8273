"""Files that appear whole or not at all: written beside their place under another name, then renamed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.errors import OutputError


def part_path(path: Path) -> Path:
    """The temporary name beside `path`; it keeps the suffix, by which some writers choose the format."""
    return path.with_name(f".{path.stem}.part{path.suffix}")


@contextmanager
def output_errors(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into OutputError naming the file."""
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def make_folder(folder: Path) -> None:
    """Make a folder and its parents. Raises OutputError where that is refused."""
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file in one step. Raises OutputError and leaves nothing behind where that fails."""
    make_folder(path.parent)
    part = part_path(path)
    with output_errors(path):
        try:
            part.write_bytes(content)
            part.replace(path)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise

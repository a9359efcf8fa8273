"""Which of the files that a data set is downloaded as are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sensors.errors import PreparedDataError


@dataclass(frozen=True, slots=True)
class Download:
    """A file as it is downloaded. url: from where. folder: what it unpacks to; "" = it is no archive."""

    name: str
    url: str
    folder: str = ""


def check_downloads(source: Path, downloads: Sequence[Download]) -> None:
    """Raise PreparedDataError where source is no folder, or with all that it lacks and where that is to be had."""
    if not source.is_dir():
        what = "is a file" if source.exists() else "no such folder"
        names = ", ".join(download.name for download in downloads)
        raise PreparedDataError(f"{source}: {what}; expected the folder with {names}")
    lacking = [download for download in downloads if not _is_there(source, download)]
    if lacking:
        names = ", ".join(
            f"{download.name} (or unpacked {download.folder}/)" if download.folder else download.name
            for download in lacking
        )
        urls = ", ".join(dict.fromkeys(download.url for download in lacking))
        raise PreparedDataError(f"{source}: lacks {names}; download from {urls}")


def _is_there(source: Path, download: Download) -> bool:
    unpacked = bool(download.folder) and (source / download.folder).is_dir()
    return unpacked or (source / download.name).is_file()

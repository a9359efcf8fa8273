"""Which of the files that a data set is downloaded as are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sensors.errors import PreparedDataError
from sensors.prepared.sample import INDEX_NAME


@dataclass(frozen=True, slots=True)
class Download:
    """A file as it is downloaded. url: from where. folder: what it unpacks to; "" = it is no archive."""

    name: str
    url: str
    folder: str = ""


def check_downloads(source: Path, downloads: Sequence[Download]) -> None:
    """Raise PreparedDataError where source is no folder, is another one that is easily taken for it, or lacks any.

    Of those that it lacks all are told, and where they are to be had.
    """
    if not source.is_dir():
        what = "is a file" if source.exists() else "no such folder"
        names = ", ".join(download.name for download in downloads)
        raise PreparedDataError(f"{source}: {what}; expected the folder with {names}")
    lacking = [download for download in downloads if not _is_there(source, download)]
    if len(lacking) == len(downloads):
        _check_mistaken(source, downloads)
    if lacking:
        names = ", ".join(
            f"{download.name} (or unpacked {download.folder}/)" if download.folder else download.name
            for download in lacking
        )
        urls = ", ".join(dict.fromkeys(download.url for download in lacking))
        raise PreparedDataError(f"{source}: lacks {names}; download from {urls}")


def _check_mistaken(source: Path, downloads: Sequence[Download]) -> None:
    """Raise PreparedDataError for a folder of prepared samples, and for one of the unpacked folders themselves."""
    if (source / INDEX_NAME).is_file():
        raise PreparedDataError(f"{source}: is prepared already; train on it: rgbd-train --data {source}")
    folder = source.absolute()
    parent = source.parent if source.name else folder.parent
    # An empty folder of such a name may be where the downloads are still to go.
    if folder.name in {download.folder for download in downloads} and any(folder.iterdir()):
        raise PreparedDataError(
            f"{source}: is the unpacked {folder.name}/ itself; give its parent folder: --source {parent}"
        )


def _is_there(source: Path, download: Download) -> bool:
    unpacked = bool(download.folder) and (source / download.folder).is_dir()
    return unpacked or (source / download.name).is_file()

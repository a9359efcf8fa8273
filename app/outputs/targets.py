"""Looks at every output's place before anything opens, so that a long run cannot end in "cannot write"."""

from __future__ import annotations

import glob
import os
import re
import tempfile
from pathlib import Path

from app.options import OUTPUT_FOLDERS, LiveOptions, flag, is_numbered
from app.outputs.dataset import may_replace
from app.outputs.masks import CLASSES_NAME, NUMBERED
from app.outputs.video import part_of
from app.outputs.video_encoders import playable_frames
from console.atomic import output_errors
from console.errors import OutputError, UsageError

_INDEX = re.compile(r"{index[^}]*}")


def check_targets(options: LiveOptions) -> None:
    """Check that every output can be written.

    Raises UsageError for one that exists (without --overwrite) and OutputError for a place that cannot be written.
    """
    for field, path in options.outputs.items():
        is_folder = field in OUTPUT_FOLDERS
        _check_taken(flag(field), path, is_folder=is_folder, overwrite=options.overwrite)
        _check_place(path if is_folder else path.parent, path)


def check_file(option: str, path: Path, *, overwrite: bool) -> None:
    """Check that one file can be written; raises what check_targets raises."""
    _check_taken(option, path, is_folder=False, overwrite=overwrite)
    _check_place(path.parent, path)


def _check_taken(option: str, path: Path, *, is_folder: bool, overwrite: bool) -> None:
    if option == "--save-cloud" and is_numbered(path):
        if not overwrite and any(path.parent.glob(_INDEX.sub("*", glob.escape(path.name)))):
            raise UsageError(f"{option} {path}: such files exist; add --overwrite to replace them")
        return
    if not overwrite:
        _check_unfinished(option, path)
    if not os.path.lexists(path):
        return
    if is_folder != path.is_dir():
        raise OutputError(f"{option} {path}: is {'a folder' if path.is_dir() else 'not a folder'}; choose another name")
    if (
        is_folder
        and not (path / CLASSES_NAME).exists()
        and any(NUMBERED.fullmatch(file.name) for file in path.iterdir())
    ):
        raise UsageError(f"{option} {path}: has numbered pictures that are not masks of ours; choose another folder")
    if option == "--save-dataset" and not may_replace(path):
        raise UsageError(f"{option} {path}: is a data set that was not saved from a session; choose another folder")
    taken = any(path.iterdir()) if is_folder else True
    if taken and not overwrite:
        raise UsageError(
            f"{option} {path}: exists{' and is not empty' if is_folder else ''}; add --overwrite to replace it"
        )


def _check_unfinished(option: str, path: Path) -> None:
    """What an earlier run could not finish, but can be played, is not to be lost either."""
    recording, video = path.with_name(path.name + ".part"), part_of(path)
    if option == "--record" and recording.exists():
        raise UsageError(f"{option} {path}: {recording} is an unfinished recording; move it, or add --overwrite")
    if option == "--save-video" and video.exists() and playable_frames(video):
        raise UsageError(f"{option} {path}: {video} is a video that ended early; move it, or add --overwrite")


def _check_place(folder: Path, path: Path) -> None:
    nearest = folder.absolute()
    while not os.path.lexists(nearest):
        nearest = nearest.parent
    if not nearest.is_dir():
        raise OutputError(f"cannot write {path}: {nearest} is not a folder")
    # Trying tells more than asking for rights: the administrator has them all, on read-only disks too.
    with output_errors(path), tempfile.TemporaryFile(dir=nearest):
        pass

"""What a folder of prepared samples was begun with, so that a later call goes on in the same way or is refused.

prepare.json stands beside the index and says when the work is finished. OUT/.prepare/ holds what is only needed until
then.
"""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any, Literal

from console.atomic import output_errors, part_path, write_whole
from console.errors import UsageError
from sensors.prepared.sample import FOLDERS
from training.prepare.options import PrepareOptions

SETTINGS_NAME = "prepare.json"
SCRATCH_NAME = ".prepare"
FORMAT_VERSION = 1  # to be raised whenever samples come out differently
KEYS = ("format_version", "dataset", "classes", "source", "finished")
Finished = Literal["whole", "partial"]


def begin(options: PrepareOptions, identity: str) -> None:
    """Note what a new folder is begun with, or check that this call goes on with what is in it.

    identity: of the source; see DatasetReader. A folder without samples may be begun anew: what was missing has been
    downloaded meanwhile. Raises UsageError for a folder that holds something else or was begun with other options or
    files, and OutputError where it cannot be written.
    """
    begun = read_settings(options.out)
    if begun is None or not any((options.out / folder).is_dir() for folder in FOLDERS):
        if begun is not None and begun["source"] != identity:
            remove_scratch(options.out)  # unpacked from the other files
        write_settings(options, identity, finished=None)
        return
    if (begun["dataset"], begun["classes"]) != (options.dataset, options.class_count):
        raise UsageError(
            f"--out: {options.out} was begun with --dataset {begun['dataset']} --classes {begun['classes']}, not"
            f" --dataset {options.dataset} --classes {options.class_count}; choose another folder"
        )
    if begun["source"] != identity or begun["format_version"] != FORMAT_VERSION:
        other = "other files than those" if begun["format_version"] == FORMAT_VERSION else "another version than"
        raise UsageError(
            f"--out: {options.out} was begun with {other} in {options.source}; choose another folder, or begin again"
            f" after: rm -r {shlex.quote(str(options.out))}"
        )


def read_settings(out: Path) -> dict[str, Any] | None:
    """What stands in the folder's prepare.json, with KEYS; None where nothing was begun yet.

    finished: "whole", or "partial" where it has not as many samples as there should be; None while it is not finished.
    """
    path = out / SETTINGS_NAME
    with output_errors(out):
        if not path.is_file():
            unfinished = part_path(path)  # all that a call has left that was killed at its very beginning
            if out.is_dir() and any(entry != unfinished for entry in out.iterdir()):
                raise UsageError(f"--out: {out} holds something else; choose a new or empty folder")
            return None
        try:
            begun = json.loads(path.read_text(encoding="utf-8"))
            return {key: begun[key] for key in KEYS}
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"--out: {path} is damaged; choose a new or empty folder") from error


def remove_scratch(out: Path) -> None:
    """Remove what only the work needed."""
    shutil.rmtree(out / SCRATCH_NAME, ignore_errors=True)


def write_settings(options: PrepareOptions, identity: str, *, finished: Finished | None) -> None:
    """finished: see read_settings. Raises OutputError."""
    values = (FORMAT_VERSION, options.dataset, options.class_count, identity, finished)
    content = json.dumps(dict(zip(KEYS, values, strict=True))) + "\n"
    write_whole(options.out / SETTINGS_NAME, content.encode())

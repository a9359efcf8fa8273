"""What a folder of rooms was begun with, so that a later call goes on in the same way or is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from console.atomic import output_errors, part_path, write_whole
from console.errors import UsageError
from training.rooms.options import RoomsOptions

SETTINGS_NAME = "rooms.json"
FORMAT_VERSION = 1
KEPT = ("seed", "frames_per_room", "size", "layout", "val_share")  # these decide what the samples are


def begin(options: RoomsOptions) -> None:
    """Note what a new folder is begun with, or check that this call goes on with what is in it.

    Raises UsageError for a folder that holds something else, was begun in another way or has more samples already, and
    OutputError where it cannot be written.
    """
    begun = _read(options.out)
    if begun is not None:
        _check_same(options, begun)
    if begun is None or begun["count"] != options.count:
        content = {"format_version": FORMAT_VERSION, **_kept(options), "count": options.count}
        write_whole(options.out / SETTINGS_NAME, (json.dumps(content) + "\n").encode())


def _kept(options: RoomsOptions) -> dict[str, Any]:
    return {key: list(value) if key == "size" else value for key in KEPT for value in (getattr(options, key),)}


def _read(folder: Path) -> dict[str, Any] | None:
    """None where nothing was begun yet."""
    path = folder / SETTINGS_NAME
    with output_errors(folder):
        if not path.is_file():
            unfinished = part_path(path)  # all that a call has left that was killed at its very beginning
            if any(entry != unfinished for entry in folder.iterdir()):
                raise UsageError(f"--out: {folder} holds something else than rooms; choose a new or empty folder")
            return None
        try:
            begun = json.loads(path.read_text(encoding="utf-8"))
            return {key: begun[key] for key in (*KEPT, "count")}
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"--out: {path} is damaged; choose a new or empty folder") from error


def _check_same(options: RoomsOptions, begun: dict[str, Any]) -> None:
    for key, value in _kept(options).items():
        if begun[key] != value:
            raise UsageError(
                f"--out: {options.out} was begun with {_flag(key, begun[key])}, not {_flag(key, value)};"
                " go on in the same way or choose another folder"
            )
    if begun["count"] > options.count:
        raise UsageError(f"--out: {options.out} was begun with --count {begun['count']}; ask for that many or more")


def _flag(key: str, value: Any) -> str:
    return f"--{key.replace('_', '-')} {'x'.join(map(str, value)) if key == 'size' else value}"

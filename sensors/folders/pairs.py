"""Which images of a folder belong together: colour and depth, told apart and paired by their names.

color/000.jpg + depth/000.png      (also colour/, rgb/, image/, images/; either case)
000.color.jpg + 000.depth.png      (also _ and -, rgb and image, and the word in front: color_000.png)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sensors.errors import RecordingError

Role = Literal["color", "depth"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg")
ROLE_WORDS: dict[str, Role] = {
    "color": "color",
    "colour": "color",
    "rgb": "color",
    "image": "color",
    "images": "color",
    "depth": "depth",
}
LAYOUTS = "color/ + depth/ (or rgb/, image/), or NAME.color.jpg + NAME.depth.png (or _rgb, _depth)"
_WORD = "|".join(sorted(ROLE_WORDS, key=len, reverse=True))
_ENDS_WITH_WORD = re.compile(rf"(?P<name>.*?)(?:^|[._-])(?P<word>{_WORD})", re.IGNORECASE)
_STARTS_WITH_WORD = re.compile(rf"(?P<word>{_WORD})[._-]?(?P<name>.*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ImagePair:
    """The two files of one frame."""

    name: str
    color: Path
    depth: Path


def find_pairs(folder: Path) -> list[ImagePair]:
    """All pairs in natural order (2 before 10).

    Raises RecordingError when the folder is missing or empty, or an image has no partner or a double.
    """
    _check_is_folder(folder)
    images = list(_images(folder))
    if not images:
        raise RecordingError(f"{folder}: holds no colour and depth images; expected {LAYOUTS}")
    found: dict[tuple[str, Role], Path] = {}
    for name, role, path in images:
        other = found.setdefault((name, role), path)
        if other != path:
            raise RecordingError(f"{folder}: {_local(other, folder)} and {_local(path, folder)} are the same frame")
    for (name, role), path in found.items():
        partner: Role = "depth" if role == "color" else "color"
        if (name, partner) not in found:
            raise RecordingError(
                f"{folder}: {_local(path, folder)} has no {_spoken(partner)} partner; remove it or add the other image"
            )
    names = sorted({name for name, _ in found}, key=natural_key)
    return [ImagePair(name, found[name, "color"], found[name, "depth"]) for name in names]


def natural_key(name: str) -> list[tuple[bool, int, str]]:
    """Sorts the numbers in names by value."""
    return [(part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"(\d+)", name)]


def split_role(stem: str) -> tuple[str, Role] | None:
    """("000", "depth") of "000.depth", "000_depth" or "depth_000"; None where the name says neither."""
    match = _ENDS_WITH_WORD.fullmatch(stem) or _STARTS_WITH_WORD.fullmatch(stem)
    return (match["name"], ROLE_WORDS[match["word"].lower()]) if match else None


def _check_is_folder(folder: Path) -> None:
    try:
        exists, is_folder = folder.exists(), folder.is_dir()
    except OSError as error:  # such as a name that is too long
        raise RecordingError(f"{folder}: cannot be read ({error.strerror})") from error
    if not exists:
        raise RecordingError(f"{folder}: no such folder; check the path")
    if not is_folder:
        raise RecordingError(f"{folder}: is a file, not a folder of images (a recording is opened with --bag)")


def _images(folder: Path) -> Iterator[tuple[str, Role, Path]]:
    """Name, role and path of every image that is colour or depth; others, such as labels, are passed over."""
    subfolders: list[tuple[Path, Role]] = [
        (path, ROLE_WORDS[path.name.lower()])
        for path in _listed(folder)
        if path.is_dir() and path.name.lower() in ROLE_WORDS
    ]
    if {role for _, role in subfolders} == {"color", "depth"}:
        for subfolder, role in subfolders:
            for path in _image_files(subfolder):
                split = split_role(path.stem)
                yield split[0] if split and split[1] == role else path.stem, role, path
        return
    for path in _image_files(folder):
        if split := split_role(path.stem):
            name, role = split
            yield name, role, path


def _image_files(folder: Path) -> list[Path]:
    return [path for path in _listed(folder) if path.suffix.lower() in IMAGE_SUFFIXES and path.is_file()]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise RecordingError(f"{folder}: cannot be listed ({error.strerror})") from error


def _local(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder))


def _spoken(role: Role) -> str:
    return "colour" if role == "color" else "depth"

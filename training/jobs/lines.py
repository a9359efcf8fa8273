"""A file to which a line is added for everything that is done, so that a call can go on after any end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from console.atomic import output_errors
from sensors.geometry import CameraIntrinsics

Parsed = TypeVar("Parsed")


def intrinsics_numbers(camera: CameraIntrinsics) -> list[float]:
    """As a line holds them: CameraIntrinsics(*numbers) is the same camera, without distortion."""
    return [camera.width, camera.height, *(float(n) for n in (camera.fx, camera.fy, camera.cx, camera.cy))]


def read_lines(path: Path, parse: Callable[[str], Parsed]) -> list[Parsed]:
    """What the lines say; empty where there is no file.

    parse: raises ValueError, KeyError or TypeError for a line that a killed call left unfinished, which is passed over.
    Raises OutputError where the file cannot be read.
    """
    if not path.exists():
        return []
    with output_errors(path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    parsed: list[Parsed] = []
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            parsed.append(parse(line))
    return parsed


@contextlib.contextmanager
def appending(path: Path) -> Iterator[Callable[[str], None]]:
    """Inside, what this gives adds a line (with its line break), which reaches the file at once. Raises OutputError."""
    with output_errors(path):
        file = path.open("a", encoding="utf-8", buffering=1)

    def append(line: str) -> None:
        with output_errors(path):
            file.write(line)

    try:
        yield append
    finally:
        with contextlib.suppress(OSError):  # of a line whose refusal was told already
            file.close()

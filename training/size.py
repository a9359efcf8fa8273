"""Sizes as they are written on a command line."""

from __future__ import annotations

from console.errors import UsageError


def parse_size(option: str, text: str) -> tuple[int, int]:
    """'640x480' as (640, 480). Raises UsageError, which names the option, for anything else."""
    width, cross, height = text.lower().partition("x")
    if not (cross and text.isascii() and width.isdigit() and height.isdigit()):
        raise UsageError(f"{option} {text}: write it as 640x480")
    return int(width), int(height)


def maybe_size(option: str, text: str | None) -> tuple[int, int] | None:
    """The same, where nothing given is None."""
    return None if text is None else parse_size(option, text)

"""Entries of a JSON object that somebody wrote by hand, taken and checked one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")
MOST_LETTERS = 60  # of a wrong value that a message quotes


class Entries:
    """An object of the JSON, whose entries are taken one by one. Errors say which, and what it should be."""

    def __init__(self, where: str, document: object) -> None:
        if not isinstance(document, dict):
            raise ValueError(f"{where.rstrip('.') or 'the whole'}: expected an object with entries")
        self._where, self._left = where, dict(document)

    def take(self, name: str, check: Callable[[Any], T], default: Any = ...) -> T:
        """An entry as its check has it; the default where there is none."""
        if name not in self._left and default is ...:
            raise ValueError(f"{self._where}{name} is missing")
        value = self._left.pop(name, default)
        try:
            return check(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"{self._where}{name}: {error}, got {_short(json.dumps(value))}") from error

    def inner(self, name: str) -> Entries:
        """An entry that is an object itself."""
        if name not in self._left:
            raise ValueError(f"{self._where}{name} is missing among {', '.join(sorted(self._left)) or 'nothing'}")
        return Entries(f"{self._where}{name}.", self._left.pop(name))

    def finish(self) -> None:
        """Refuse what nobody took: it is most likely a misspelt entry."""
        if self._left:
            raise ValueError(f"unknown entry {self._where}{sorted(self._left)[0]}")


def _short(words: str) -> str:
    return words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS]}..."


def text(value: Any) -> str:
    """A check: not an empty string."""
    if not isinstance(value, str) or not value:
        raise ValueError("expected a name")
    return value


def one_of(names: tuple[str, ...]) -> Callable[[Any], str]:
    """A check: one of these names."""

    def check(value: Any) -> str:
        if value not in names:
            raise ValueError(f"expected one of {', '.join(names)}")
        return value

    return check


def number(value: Any) -> float:
    """A check: finite."""
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        raise ValueError("expected a number")
    return float(value)


def positive(value: Any) -> float:
    """A check: above 0."""
    if not number(value) > 0:
        raise ValueError("expected a number above 0")
    return float(value)


def three(value: Any) -> tuple[float, float, float]:
    """A check: of red, green and blue."""
    if not isinstance(value, (list, tuple)) or len(value) != 3:
        raise ValueError("expected three numbers, for red, green and blue")
    red, green, blue = (number(each) for each in value)
    return red, green, blue


def size(value: Any) -> tuple[int, int]:
    """A check: width and height in pixels."""
    if not isinstance(value, list) or len(value) != 2 or not all(type(side) is int and side > 0 for side in value):
        raise ValueError("expected width and height in pixels")
    return value[0], value[1]

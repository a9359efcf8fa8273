"""`--network NAME=VALUE`: what build_model takes beside a name, as words and as values."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from console.errors import UsageError

ENCODERS = ("color", "both")
YES_NO = {"yes": True, "no": False}


def parse_network_options(words: Iterable[str]) -> dict[str, Any]:
    """["stages=1,2", "rebalance=no"] as {"stages": (1, 2), "rebalance": False}.

    Raises UsageError, which says what can be given, for a name or a value that is none, and for a name given twice.
    """
    options: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--network {word}: write it as NAME=VALUE")
        check_network_option_names([name])
        if name in options:
            raise UsageError(f"--network {name}: given twice")
        try:
            options[name] = _READERS[name](value)
        except ValueError as error:
            raise UsageError(f"--network {word}: {error}") from error
    return options


def network_option_words(options: Mapping[str, Any]) -> list[str]:
    """The inverse of parse_network_options."""
    return [f"{name}={_word(value)}" for name, value in options.items()]


def check_network_option_names(names: Iterable[str]) -> None:
    """Raise UsageError for a name that no network knows."""
    for name in names:
        if name not in _READERS:
            raise UsageError(f"--network {name}: use one of {', '.join(_READERS)}")


def _stages(text: str) -> tuple[int, ...]:
    stages = tuple(text.split(","))
    if not set(stages) <= set("1234") or len(set(stages)) < len(stages):
        raise ValueError("give different stages among 1,2,3,4, as in 1,2")
    return tuple(sorted(int(stage) for stage in stages))


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ValueError("give a number from 1")
    return int(text)


def _yes_no(text: str) -> bool:
    if text not in YES_NO:
        raise ValueError("give yes or no")
    return YES_NO[text]


def _encoders(text: str) -> str:
    if text not in ENCODERS:
        raise ValueError(f"give {' or '.join(ENCODERS)}")
    return text


def _metres(text: str) -> float:
    try:
        metres = float(text)
    except ValueError:
        metres = math.nan
    if not 0 < metres < math.inf:
        raise ValueError("give metres above 0")
    return metres


_READERS: dict[str, Callable[[str], Any]] = {
    "stages": _stages,
    "kernels": _whole_number,
    "learn_range": _yes_no,
    "rebalance": _yes_no,
    "encoders": _encoders,
    "output_stride": _whole_number,
    "farthest_m": _metres,
    "depth_mean_m": _metres,
    "depth_std_m": _metres,
}


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)

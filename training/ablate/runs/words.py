"""The command line that repeats a training run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from training.network_options import network_option_words
from training.options import TrainOptions

ALWAYS = ("model", "recipe", "input_size", "seed")  # what a reader looks for first
_FLAGS = {"learning_rate": "--lr"}  # where a flag is not its field's name


def command_words(options: TrainOptions) -> list[str]:
    """What stands behind `rgbd-train` for these options; most of those that are as by default are left out."""
    return [word for field in dataclasses.fields(options) for word in _words(field, getattr(options, field.name))]


def flag_and_text(name: str, value: Any) -> tuple[str, str]:
    """How an option is spelled: ("input_size", (64, 48)) as ("--input-size", "64x48")."""
    flag = _FLAGS.get(name, f"--{name.replace('_', '-')}")
    return flag, "x".join(map(str, value)) if isinstance(value, (tuple, list)) else str(value)


def _words(field: dataclasses.Field[Any], value: Any) -> Iterator[str]:
    flag, text = flag_and_text(field.name, value)
    if field.name == "network_options":
        for word in network_option_words(value):
            yield from ("--network", word)
    elif value is None or value is False or (value == field.default and field.name not in ALWAYS):
        return
    elif value is True:
        yield flag
    else:
        yield from (flag, text)

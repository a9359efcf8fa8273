"""From options to an exported file: looks at the place, finds the model, hands over to the exporter, tells."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TypeAlias

from console.errors import OutputError, UsageError
from console.exit_codes import ExitCode
from console.interrupt import Interrupt
from console.say import say
from segmentation.model_source import ModelSource, find_model
from training.export.options import ExportOptions

# Writes options.out and options.report, whole or not at all, and returns what to say of them, line by line.
Exporter: TypeAlias = Callable[[ModelSource, ExportOptions, Interrupt], list[str]]
_MODULES = {"onnx": "training.export.onnx", "tensorrt": "training.export.tensorrt"}


def run_export(options: ExportOptions, interrupt: Interrupt) -> int:
    """See training.export.run."""
    with interrupt.shielded():
        check_place(options)
        source = sized(find_model(options.model), options.size)
        export: Exporter = import_module(_MODULES[options.to]).export
        lines = export(source, options, interrupt)
    for line in lines:
        say(line)
    return ExitCode.DONE


def check_place(options: ExportOptions) -> None:
    """Raise UsageError or OutputError where the files cannot go to their places; before a minute is spent."""
    for path in (options.out, options.report):
        if path.is_dir():
            raise OutputError(f"--out {options.out}: {path} is a folder; choose another name")
        if os.path.lexists(path) and not options.overwrite:
            raise UsageError(f"--out {options.out}: {path} exists; add --overwrite to replace it")


def sized(source: ModelSource, size: tuple[int, int] | None) -> ModelSource:
    """The model for frames of another size, if one is given. Raises UsageError where it cannot be had."""
    if size is None or size == source.card.input_size:
        return source
    if source.is_graph:
        raise UsageError("--size: an exported graph is of one size; export the model that it was made of")
    try:
        source.card = replace(source.card, input_size=size)
    except ValueError as error:
        raise UsageError(f"--size {size[0]}x{size[1]}: {error}") from error
    return source

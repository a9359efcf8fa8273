"""`rgbd-live models`: the networks there are, how large they are and whether trained weights are shipped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from console.errors import UsageError
from console.exit_codes import ExitCode

if TYPE_CHECKING:
    from segmentation.models import ModelSummary

DEFAULT_CLASSES = 37
DEFAULT_SIZE = (320, 240)
ROOMY_COLUMNS = 100  # narrower terminals get the table without air between its columns
MAX_CLASSES = 255  # label 0 is void, and labels are bytes


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model, computed for a number of classes and an input size.

    size_mb, size_mb_fp16: weights in units of 2**20 bytes, in single and in half precision. gmac: 1e9
    multiply-adds a frame. malleable_layers: how many layers look along depth. input_size: (width, height) px.
    trained: whether weights that were trained are shipped.
    """

    name: str
    default: bool
    parameters: int
    size_mb: float
    size_mb_fp16: float
    gmac: float
    malleable_layers: int
    trained: bool
    classes: int
    input_size: tuple[int, int]


def run(*, as_json: bool, classes: int = DEFAULT_CLASSES, size: tuple[int, int] = DEFAULT_SIZE) -> int:
    """Print every model to standard output; with as_json a list of ModelRow objects and nothing else.

    size: (width, height) px. Raises UsageError for a number of classes or a size that no network can have.
    """
    if not 1 <= classes <= MAX_CLASSES:
        raise UsageError(f"--classes {classes}: give a number from 1 to {MAX_CLASSES}")
    if min(size) < 1:
        raise UsageError(f"--size {size[0]}x{size[1]}: both must be at least 1")
    rows = model_rows(classes, size)
    if as_json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        print_table(rows)
    return ExitCode.DONE


def model_rows(classes: int, size: tuple[int, int]) -> list[ModelRow]:
    """All models, computed; in the order of MODEL_NAMES."""
    from segmentation.models import DEFAULT_MODEL, MODEL_NAMES, model_summary

    return [
        to_row(model_summary(name, classes, size), classes=classes, size=size, default=name == DEFAULT_MODEL)
        for name in MODEL_NAMES
    ]


def to_row(summary: ModelSummary, *, classes: int, size: tuple[int, int], default: bool) -> ModelRow:
    """A summary with what the program adds to it."""
    return ModelRow(
        name=summary.name,
        default=default,
        parameters=summary.parameters,
        size_mb=round(summary.size_mb, 2),
        size_mb_fp16=round(summary.size_mb / 2, 2),
        gmac=round(summary.gmac, 3),
        malleable_layers=summary.malleable_layers,
        trained=has_trained_weights(summary.name),
        classes=classes,
        input_size=size,
    )


def has_trained_weights(name: str) -> bool:
    """Whether the program comes with trained weights of this model."""
    from segmentation.assets import asset_path

    return asset_path(f"models/{name}.safetensors").is_file()


def print_table(rows: Sequence[ModelRow]) -> None:
    """The rows as a table that fits 80 columns."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    classes, (width, height) = rows[0].classes, rows[0].input_size
    console = Console(highlight=False)
    padding = (0, 0) if console.width < ROOMY_COLUMNS else (0, 1)
    table = Table(box=box.SIMPLE_HEAD, padding=padding, pad_edge=False, show_edge=False)
    table.add_column("model", overflow="fold")
    for heading in ("parameters", "MiB\nfp32", "MiB\nfp16", "GMAC", "malleable\nlayers"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("weights", no_wrap=True)
    for row in rows:
        numbers = (f"{row.parameters:,}", f"{row.size_mb:.1f}", f"{row.size_mb_fp16:.1f}", f"{row.gmac:.2f}")
        weights = Text("trained", "green") if row.trained else Text("UNTRAINED", "yellow")
        name = Text(row.name, "bold" if row.default else "")
        table.add_row(name, *numbers, str(row.malleable_layers), weights)
    console.print(table)
    default = ", ".join(row.name for row in rows if row.default)
    console.print(f"\nFor {classes} classes and {width}x{height} pixels. The default is {default}.", soft_wrap=True)

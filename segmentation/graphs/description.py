"""The JSON beside somebody else's ONNX graph: what its inputs want and what its output means."""

from __future__ import annotations

import colorsys
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from segmentation.classes import CLASS_SET_NAMES, ClassSet, class_set
from segmentation.errors import CheckpointError, one_line
from segmentation.graphs.entries import Entries, number, one_of, positive, size, text, three
from segmentation.preprocess import ColorNormalisation

LAYOUTS, ORDERS, VALUES = ("NCHW", "NHWC"), ("RGB", "BGR"), ("logits", "probabilities")
MANUAL = 'docs/engines.md, "Graphs of others"'
MOST_CLASSES = 255


@dataclass(frozen=True, slots=True)
class ColorInput:
    """name: of the graph's input. layout: one of LAYOUTS. order: one of ORDERS. normalisation: of colours in 0..1."""

    name: str
    layout: str
    order: str
    normalisation: ColorNormalisation


@dataclass(frozen=True, slots=True)
class DepthInput:
    """name: of the graph's input. layout: one of LAYOUTS. It gets (metres / unit_m - mean) / std, and `missing` where
    there is no reading.
    """

    name: str
    layout: str
    unit_m: float
    mean: float
    std: float
    missing: float


@dataclass(frozen=True, slots=True)
class Output:
    """name: of the graph's output. layout: one of LAYOUTS. values: one of VALUES."""

    name: str
    layout: str
    values: str


@dataclass(frozen=True, slots=True, eq=False)
class Description:
    """name: of the model. focal_px: the input that gets fx and fy (1, 2) in pixels of the input; None where none does.

    input_size: (width, height) px where the graph leaves it open; else None.
    """

    name: str
    classes: ClassSet
    color: ColorInput
    depth: DepthInput
    focal_px: str | None
    output: Output
    input_size: tuple[int, int] | None


def description_path(graph: Path) -> Path:
    """Where the description of a graph lies."""
    return graph.with_suffix(".json")


def read_description(graph: Path) -> Description:
    """What lies beside a graph. Raises CheckpointError, with what is missing or wrong, where that is no description."""
    path = description_path(graph)
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{graph}: not exported by rgbd-train, and there is no {path.name} beside it to say which input is colour"
            f" and which is depth, what they want, and what the classes are: see {MANUAL}"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: cannot be read ({one_line(error)})") from error
    try:
        return _description(Entries("", document))
    except ValueError as error:
        raise CheckpointError(f"{path}: {error} (see {MANUAL})") from error


def _description(entries: Entries) -> Description:
    color, depth, output = (entries.inner(name) for name in ("color", "depth", "output"))
    description = Description(
        name=entries.take("name", text),
        classes=_classes(entries),
        color=_color(color),
        depth=DepthInput(
            name=depth.take("input", text),
            layout=depth.take("layout", one_of(LAYOUTS), "NCHW"),
            unit_m=depth.take("unit_m", positive, 1.0),
            mean=depth.take("mean", number, 0.0),
            std=depth.take("std", positive, 1.0),
            missing=depth.take("missing", number, 0.0),
        ),
        focal_px=entries.take("focal_px", lambda value: None if value is None else text(value), None),
        output=Output(
            name=output.take("name", text),
            layout=output.take("layout", one_of(LAYOUTS), "NCHW"),
            values=output.take("values", one_of(VALUES), "logits"),
        ),
        input_size=entries.take("input_size", lambda value: None if value is None else size(value), None),
    )
    for each in (color, depth, output, entries):
        each.finish()
    return description


def _color(entries: Entries) -> ColorInput:
    usual = ColorNormalisation()
    mean, std = entries.take("mean", three, usual.mean), entries.take("std", three, usual.std)
    return ColorInput(
        name=entries.take("input", text),
        layout=entries.take("layout", one_of(LAYOUTS), "NCHW"),
        order=entries.take("order", one_of(ORDERS), "RGB"),
        normalisation=ColorNormalisation(mean, std),
    )


def _classes(entries: Entries) -> ClassSet:
    """A set of CLASS_SET_NAMES by its name, or a list of names, or of objects with name and color."""
    listed = entries.take("classes", _class_list, None)
    if listed is None:
        return class_set(entries.take("class_set", one_of(CLASS_SET_NAMES)))
    names, colors = zip(*listed, strict=True)
    return ClassSet("own", ("void", *names), np.array([(0, 0, 0), *colors], np.uint8))


def _class_list(value: Any) -> list[tuple[str, tuple[int, int, int]]] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_CLASSES:
        raise ValueError(f"expected a list of 1..{MOST_CLASSES} classes")
    return [_one_class(entry, index / len(value)) for index, entry in enumerate(value)]


def _one_class(entry: Any, turn: float) -> tuple[str, tuple[int, int, int]]:
    """A class without a colour gets a hue of its own, at this turn of the colour circle."""
    if isinstance(entry, str):
        red, green, blue = (round(255 * part) for part in colorsys.hsv_to_rgb(turn, 0.75, 0.95))
        return entry, (red, green, blue)
    if not isinstance(entry, Mapping) or set(entry) != {"name", "color"}:
        raise ValueError('expected names, or objects with "name" and "color"')
    color = entry["color"]
    if not isinstance(color, list) or len(color) != 3 or not all(type(x) is int and 0 <= x <= 255 for x in color):
        raise ValueError(f"expected three whole numbers 0..255 as color of {entry['name']}")
    return text(entry["name"]), cast("tuple[int, int, int]", tuple(color))

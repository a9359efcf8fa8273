"""Somebody else's graph as it is, held against the JSON beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.engine import GraphPrecision
from segmentation.errors import CheckpointError, one_line
from segmentation.graphs.description import Description, read_description
from segmentation.graphs.libraries import need

LEAST_OPSET = 13
INPUT_TYPES = ("FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE")


def external_files(model: Any) -> set[str]:
    """The names of the files beside a graph in which its weights lie."""
    entries = (entry for tensor in model.graph.initializer for entry in tensor.external_data)
    return {entry.value for entry in entries if entry.key == "location"}


def described_card(path: Path) -> ModelCard:
    """The model of a graph that is described beside it. Raises CheckpointError."""
    return ForeignGraph(path).card


class ForeignGraph:
    """The graph of a file. Raises CheckpointError where it has not what its description names.

    path: of it. description: beside it. model: onnx's. inputs, outputs: by name. card: its model's.
    """

    def __init__(self, path: Path) -> None:
        self.path, description = path, read_description(path)
        self.description = description
        onnx = need("onnx", f"reading {path}")
        try:
            self.model: Any = onnx.load(str(path))
        except Exception as error:  # protobuf's own kinds, and files of weights that are missing
            raise CheckpointError(f"{path}: not an ONNX graph, or damaged ({one_line(error)})") from error
        weights = {tensor.name for tensor in self.model.graph.initializer}
        self.inputs = {entry.name: entry for entry in self.model.graph.input if entry.name not in weights}
        self.outputs = {entry.name: entry for entry in self.model.graph.output}
        self._check(description)
        try:
            self.card = ModelCard(
                model=description.name,
                classes=description.classes,
                input_size=self._size(description),
                normalisation=description.color.normalisation,
                training="not by rgbd-train",
            )
        except CheckpointError:
            raise
        except ValueError as error:
            raise CheckpointError(f"{path}: {error}") from error
        self._check_inputs()

    @property
    def opset(self) -> int:
        """Of the standard operators."""
        versions = (entry.version for entry in self.model.opset_import if entry.domain in ("", "ai.onnx"))
        return max(versions, default=0)

    def _check(self, description: Description) -> None:
        focal = set() if description.focal_px is None else {description.focal_px}
        named = {description.color.name, description.depth.name} | focal
        for kind, given, there in (
            ("input", named, self.inputs),
            ("output", {description.output.name}, self.outputs),
        ):
            if missing := sorted(given - there.keys()):
                raise CheckpointError(f"{self.path}: has no {kind} {missing[0]!r}; it has {', '.join(there)}")
        if unfed := sorted(self.inputs.keys() - named):
            raise CheckpointError(f"{self.path}: nothing is said of its input {unfed[0]!r}")
        if self.opset < LEAST_OPSET:
            raise CheckpointError(f"{self.path}: opset {self.opset}; export it with opset {LEAST_OPSET} or newer")

    def _check_inputs(self) -> None:
        """Raise CheckpointError for one that takes what it would not get."""
        onnx = need("onnx", f"reading {self.path}")
        for name, shape in self._fed().items():
            kind = self.inputs[name].type.tensor_type
            sides = [dimension.dim_value for dimension in kind.shape.dim]  # 0 where the graph leaves it open
            fits = (side in (0, fed) for side, fed in zip(sides, shape, strict=False))
            if len(sides) != len(shape) or not all(fits):
                raise CheckpointError(f"{self.path}: input {name!r} takes {_by(sides)}, but would get {_by(shape)}")
            if (type_name := onnx.TensorProto.DataType.Name(kind.elem_type)) not in INPUT_TYPES:
                raise CheckpointError(
                    f"{self.path}: input {name!r} takes {type_name.lower()}, but would get floating-point numbers;"
                    " export it with float inputs"
                )

    def _fed(self) -> dict[str, tuple[int, ...]]:
        """The shape of what each input gets."""
        (width, height), description = self.card.input_size, self.description
        shapes: dict[str, tuple[int, ...]] = {} if description.focal_px is None else {description.focal_px: (1, 2)}
        for image, channels in ((description.color, 3), (description.depth, 1)):
            by_plane = image.layout == "NCHW"
            shapes[image.name] = (1, channels, height, width) if by_plane else (1, height, width, channels)
        return shapes

    @property
    def precision(self) -> GraphPrecision:
        """ "fp16" where any of its weights are."""
        onnx = need("onnx", f"reading {self.path}")
        half = any(tensor.data_type == onnx.TensorProto.FLOAT16 for tensor in self.model.graph.initializer)
        return "fp16" if half else "fp32"

    def _size(self, description: Description) -> tuple[int, int]:
        """(width, height) px of the colours: what the graph says, or where it leaves that open, the description."""
        sides = [dimension.dim_value for dimension in self.inputs[description.color.name].type.tensor_type.shape.dim]
        if len(sides) != 4:
            raise CheckpointError(f"{self.path}: input {description.color.name!r} has {len(sides)} dimensions, not 4")
        height, width = sides[2:] if description.color.layout == "NCHW" else sides[1:3]
        size = (width, height) if min(width, height) > 0 else description.input_size
        if size is None:
            raise CheckpointError(f"{self.path}: takes images of any size; say which with input_size beside it")
        if description.input_size not in (None, size):
            wanted = "x".join(map(str, description.input_size or ()))
            raise CheckpointError(f"{self.path}: takes {width}x{height}, but the JSON beside it says {wanted}")
        return size


def _by(sides: Sequence[int]) -> str:
    return "x".join(str(side or "?") for side in sides)

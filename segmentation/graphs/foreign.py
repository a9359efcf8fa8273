"""Somebody else's graph as it is, held against the JSON beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from segmentation.checkpoints.card import ModelCard
from segmentation.errors import CheckpointError, one_line
from segmentation.graphs.description import Description, read_description
from segmentation.graphs.libraries import need

LEAST_OPSET = 13


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
        self.card = ModelCard(
            model=description.name,
            classes=description.classes,
            input_size=self._size(description),
            normalisation=description.color.normalisation,
            training="not by rgbd-train",
        )

    @property
    def opset(self) -> int:
        """Of the standard operators."""
        return max(entry.version for entry in self.model.opset_import if entry.domain in ("", "ai.onnx"))

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

    @property
    def precision(self) -> str:
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

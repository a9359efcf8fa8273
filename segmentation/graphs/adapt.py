"""Somebody else's graph, with ends around it that make it one of ours: the same inputs and outputs, types and units."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from segmentation.errors import CheckpointError, one_line
from segmentation.graphs.document import KEY, GraphFacts, own_document
from segmentation.graphs.ends import INPUTS, OUTPUTS
from segmentation.graphs.foreign import ForeignGraph
from segmentation.graphs.libraries import need

INSIDE = "inside/"  # before every name within, so that none meets one of ours
AXES_AS_INPUT = 18  # the opset from which a reduction is told its axes by an input
LEAST_PROBABILITY = 1e-7  # its logarithm is a number
TO_NCHW, TO_NHWC = (0, 3, 1, 2), (0, 2, 3, 1)


def adapt_graph(path: Path, out: Path) -> None:
    """Write a graph that is described beside it in the form of ours. Raises CheckpointError; OSError."""
    foreign = ForeignGraph(path)
    onnx = need("onnx", f"reading {path}")
    try:
        model = onnx.shape_inference.infer_shapes(_Adapter(foreign).adapted(), strict_mode=True)
        onnx.checker.check_model(model)
        _check_classes(foreign, model)
        facts = GraphFacts(foreign.precision, weights="", made_with={"onnx": onnx.__version__})
        model.metadata_props.add(key=KEY, value=own_document(foreign.card, facts))
        content = model.SerializeToString()
    except CheckpointError:
        raise
    except Exception as error:  # onnx's and protobuf's own kinds
        raise CheckpointError(f"{path}: cannot be given the ends of ours ({one_line(error)})") from error
    out.write_bytes(content)


def _check_classes(foreign: ForeignGraph, model: Any) -> None:
    values = model.graph.output[OUTPUTS.index("logits")].type.tensor_type.shape.dim[-1].dim_value
    classes = len(foreign.card.classes)
    if values and values != classes:  # 0 where it is known only once it runs
        raise CheckpointError(
            f"{foreign.path}: gives {values} values a pixel, but {classes} classes are named beside it"
        )


class _Adapter:
    """Puts nodes before and behind."""

    def __init__(self, foreign: ForeignGraph) -> None:
        self.foreign, self.description = foreign, foreign.description
        self._onnx = need("onnx", "adapting a graph")
        self._before: list[Any] = []
        self._behind: list[Any] = []
        self._nodes = self._before
        self._constants: list[Any] = []
        self._count = 0

    def adapted(self) -> Any:
        onnx, graph_of = self._onnx, self._onnx.helper
        inside = onnx.compose.add_prefix(self.foreign.model, INSIDE)
        self._feed_color()
        self._feed_depth()
        if self.description.focal_px is not None:
            self._end(INPUTS[2], self.description.focal_px)
        self._nodes = self._behind
        self._finish()
        weights = {tensor.name for tensor in inside.graph.initializer}
        graph = graph_of.make_graph(
            [*self._before, *inside.graph.node, *self._behind],
            self.description.name,
            [*self._inputs(), *(entry for entry in inside.graph.input if entry.name in weights)],
            self._outputs(),
            [*inside.graph.initializer, *self._constants],
            sparse_initializer=list(inside.graph.sparse_initializer),
        )
        model = graph_of.make_model(graph, opset_imports=list(inside.opset_import), ir_version=inside.ir_version)
        model.functions.extend(inside.functions)
        return model

    def _feed_color(self) -> None:
        color, value = self.description.color, INPUTS[0]
        if color.order == "BGR":
            value = self._add("Gather", value, self._constant([2, 1, 0], "INT64"), axis=1)
        if color.layout == "NHWC":
            value = self._add("Transpose", value, perm=TO_NHWC)
        self._end(value, color.name)

    def _feed_depth(self) -> None:
        depth, metres = self.description.depth, INPUTS[1]
        read = self._add("Greater", metres, self._constant(0.0))
        units = self._add("Div", metres, self._constant(depth.unit_m))
        around = self._add("Sub", units, self._constant(depth.mean))
        scaled = self._add("Div", around, self._constant(depth.std))
        value = self._add("Where", read, scaled, self._constant(depth.missing))
        if depth.layout == "NHWC":
            value = self._add("Transpose", value, perm=TO_NHWC)
        self._end(value, depth.name)

    def _end(self, value: str, name: str) -> None:
        """Let a value of ours be the input `name` of theirs, in the type that it has there."""
        kind = self.foreign.inputs[name].type.tensor_type.elem_type
        self._add("Cast", value, to=kind, result=INSIDE + name)

    def _finish(self) -> None:
        output, (labels, confidence, logits) = self.description.output, OUTPUTS
        value = self._add("Cast", INSIDE + output.name, to=self._onnx.TensorProto.FLOAT)
        if output.layout == "NCHW":
            value = self._add("Transpose", value, perm=TO_NHWC)
        if output.values == "probabilities":
            value = self._add("Log", self._add("Max", value, self._constant(LEAST_PROBABILITY)))
        self._add("Identity", value, result=logits)
        best = self._add("ArgMax", logits, axis=-1, keepdims=0)
        ones = self._add("Add", best, self._constant(1, "INT64"))
        self._add("Cast", ones, to=self._onnx.TensorProto.INT32, result=labels)
        shares = self._add("Softmax", logits, axis=-1)
        if self.foreign.opset < AXES_AS_INPUT:
            self._add("ReduceMax", shares, axes=[-1], keepdims=0, result=confidence)
        else:
            self._add("ReduceMax", shares, self._constant([-1], "INT64"), keepdims=0, result=confidence)

    def _add(self, op: str, *inputs: str, result: str = "", **attributes: Any) -> str:
        """A node; returns the name of its result."""
        result = result or self._name()
        self._nodes.append(self._onnx.helper.make_node(op, list(inputs), [result], **attributes))
        return result

    def _constant(self, value: float | Sequence[int], kind: str = "FLOAT") -> str:
        values = list(value) if isinstance(value, Sequence) else [value]
        shape = [len(values)] if isinstance(value, Sequence) else []
        kind = getattr(self._onnx.TensorProto, kind)
        self._constants.append(self._onnx.helper.make_tensor(self._name(), kind, shape, values))
        return self._constants[-1].name

    def _name(self) -> str:
        self._count += 1
        return f"ends/{self._count}"

    def _inputs(self) -> list[Any]:
        width, height = self.foreign.card.input_size
        shapes = (1, 3, height, width), (1, 1, height, width), (1, 2)
        return [self._value(name, shape) for name, shape in zip(INPUTS, shapes, strict=True)]

    def _outputs(self) -> list[Any]:
        """Their sizes are what shape inference finds."""
        shapes = (1, None, None), (1, None, None), (1, None, None, None)
        kinds = "INT32", "FLOAT", "FLOAT"
        return [self._value(*each) for each in zip(OUTPUTS, shapes, kinds, strict=True)]

    def _value(self, name: str, shape: Sequence[int | None], kind: str = "FLOAT") -> Any:
        return self._onnx.helper.make_tensor_value_info(name, getattr(self._onnx.TensorProto, kind), list(shape))

"""What may be in a graph that TensorRT is to take.

From "Supported ONNX Operators" of TensorRT 10.15's own parser (github.com/onnx/onnx-tensorrt, docs/operators.md), less
what it lists and a quick, static graph does not have: control flow, scattering, gathering, sorting, recurrence, and
sizes that are computed.
"""

from __future__ import annotations

from typing import Any

ELEMENTWISE = {
    "Abs", "Add", "And", "Cast", "Ceil", "Clip", "Div", "Equal", "Erf", "Exp", "Floor", "Greater", "GreaterOrEqual",
    "Identity", "LeakyRelu", "Less", "LessOrEqual", "Log", "Max", "Min", "Mul", "Neg", "Not", "Or", "Pow",
    "Reciprocal", "Relu", "Sigmoid", "Sign", "Sqrt", "Sub", "Sum", "Tanh", "Where", "Xor",
}  # fmt: skip
LAYERS = {
    "AveragePool", "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "GlobalAveragePool", "GlobalMaxPool",
    "MatMul", "MaxPool", "Resize", "Softmax",
}  # fmt: skip
REDUCTIONS = {"ArgMax", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum"}
SHAPES = {
    "Concat", "DepthToSpace", "Expand", "Flatten", "Pad", "Reshape", "Slice", "SpaceToDepth", "Split", "Squeeze",
    "Transpose", "Unsqueeze",
}  # fmt: skip
OPERATORS = ELEMENTWISE | LAYERS | REDUCTIONS | SHAPES
# Inputs that must be there when the engine is built: "axes", shapes, and a convolution's weights.
BUILD_TIME_INPUTS = {
    "Conv": (1,), "Expand": (1,), "Pad": (1, 2), "ReduceMax": (1,), "ReduceMean": (1,), "ReduceSum": (1,),
    "Reshape": (1,), "Resize": (1, 2, 3), "Slice": (1, 2, 3, 4), "Squeeze": (1,), "Unsqueeze": (1,),
}  # fmt: skip


def refusals(model: Any) -> list[str]:
    """Why TensorRT would not take a graph, or would build a slow engine of it. model: onnx's ModelProto."""
    from onnx import TensorProto

    weights = {tensor.name for tensor in model.graph.initializer} | {""}
    found = [f"operator {node.op_type}" for node in model.graph.node if node.op_type not in OPERATORS or node.domain]
    for node in model.graph.node:
        late = [
            at
            for at in BUILD_TIME_INPUTS.get(node.op_type, ())
            if at < len(node.input) and node.input[at] not in weights
        ]
        found += [f"input {at} of {node.op_type} is computed" for at in late]
    for value in (*model.graph.input, *model.graph.output):
        if any(dimension.dim_value < 1 for dimension in value.type.tensor_type.shape.dim):
            found.append(f"{value.name} has a size that is not fixed")
    found += [
        f"{tensor.name} is double" for tensor in model.graph.initializer if tensor.data_type == TensorProto.DOUBLE
    ]
    return found

"""What leaves as ONNX: standard operators only, and the same figures in ONNX Runtime."""

from __future__ import annotations

import pytest
import torch
from small_deeplab import small_deeplab

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")
pytest.importorskip("onnxscript", reason="onnxscript is not installed (extra: onnx)")

pytestmark = pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec:FutureWarning")  # in torch's exporter
STRUCTURE = {"Pad", "Slice", "Concat", "Conv", "Softmax", "Where", "Unsqueeze", "Reshape", "Cast", "Expand"}
ELEMENTWISE = {"Add", "Sub", "Mul", "Div", "Neg", "Abs", "Clip", "Pow", "Sqrt", "Reciprocal", "Greater", "Less", "And"}
NETWORK = {"Relu", "BatchNormalization", "MaxPool", "ReduceMean", "GlobalAveragePool", "Resize", "LessOrEqual"}


def test_the_exported_graph_is_standard_and_agrees() -> None:
    """With one malleable layer, the dilated one: exporting more takes long and shows no more."""
    model = small_deeplab((4,), farthest_m=3.0)
    depth_m = 2 + torch.rand(1, 1, 56, 64)
    depth_m[..., ::5] = 0
    arguments = torch.randn(1, 3, 56, 64), depth_m, torch.tensor([[60.0, 55.0]])
    with torch.no_grad():
        expected = model(*arguments)
        program = torch.onnx.export(model, arguments, dynamo=True, verbose=False)
    assert program is not None
    graph = program.model_proto.graph
    assert {node.op_type for node in graph.node} <= STRUCTURE | ELEMENTWISE | NETWORK
    assert all(dimension.dim_value > 0 for out in graph.output for dimension in out.type.tensor_type.shape.dim)

    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    for reading in (depth_m, torch.zeros_like(depth_m)):
        fed = arguments[0], reading, arguments[2]
        with torch.no_grad():
            expected = model(*fed)
        actual = session.run(None, {name: value.numpy() for name, value in zip(names, fed, strict=True)})[0]
        torch.testing.assert_close(torch.from_numpy(actual), expected, rtol=0, atol=1e-4 * float(expected.std()))

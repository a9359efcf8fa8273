"""What leaves as ONNX: standard operators only, and the same figures in ONNX Runtime."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tensorrt_operators import refusals
from torch import Tensor, nn

from segmentation.malleable import MalleableConv2d

onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed (extra: onnx)")
pytest.importorskip("onnxscript", reason="onnxscript is not installed (extra: onnx)")

pytestmark = pytest.mark.filterwarnings("ignore:.isinstance.treespec, LeafSpec:FutureWarning")  # in torch's exporter


class AtStep(nn.Module):
    """The layer with its sampling step, so that all that is left are tensors."""

    def __init__(self, layer: MalleableConv2d, step_px: float) -> None:
        super().__init__()
        self.layer, self.step_px = layer, step_px

    def forward(self, x: Tensor, depth_m: Tensor, focal_px: Tensor) -> Tensor:
        return self.layer(x, depth_m, focal_px, self.step_px)


@pytest.mark.parametrize(
    ("kernels", "options"),
    [(3, {"padding": 1}), (2, {"padding": 4, "dilation": 4, "stride": 2, "bias": True})],
)
def test_the_exported_graph_is_standard_and_agrees(kernels: int, options: dict[str, Any]) -> None:
    torch.manual_seed(3)
    layer = MalleableConv2d(6, 5, 3, kernels, **options).eval()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    x = torch.randn(1, 6, 12, 16)
    depth = 1.5 + 0.03 * torch.randn(1, 1, 12, 16)
    depth = torch.where(torch.rand_like(depth) < 0.2, 0.0, depth)
    arguments = (x, depth, torch.tensor([[520.0, 480.0]]))
    with torch.no_grad():
        expected = layer(*arguments, 8.0)  # evaluating once folds the weights, and they are exported folded
        program = torch.onnx.export(AtStep(layer, 8.0).eval(), arguments, dynamo=True, verbose=False)
    assert program is not None
    model = program.model_proto
    assert refusals(model) == []
    assert sum(node.op_type == "Conv" for node in model.graph.node) == 9
    stored = sum(int(torch.tensor(tuple(tensor.dims)).prod()) for tensor in model.graph.initializer)
    assert stored < 1.5 * layer.weight.numel() + 500, "the weights are stored once"

    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [entry.name for entry in session.get_inputs()]
    for reading in (depth, torch.zeros_like(depth)):
        with torch.no_grad():
            expected = layer(x, reading, arguments[2], 8.0)
        feed = {name: value.numpy() for name, value in zip(names, (x, reading, arguments[2]), strict=True)}
        actual = torch.from_numpy(session.run(None, feed)[0])
        torch.testing.assert_close(actual, expected, rtol=0, atol=1e-5)


def test_a_layer_that_never_ran_exports_the_same_function() -> None:
    torch.manual_seed(5)
    layer = MalleableConv2d(2, 3, 3, padding=1).eval()
    arguments = (torch.randn(1, 2, 6, 6), torch.full((1, 1, 6, 6), 1.5), torch.tensor([[520.0, 480.0]]))
    exported = torch.export.export(AtStep(layer, 4.0), arguments).module()
    torch.testing.assert_close(exported(*arguments), layer(*arguments, 4.0), rtol=0, atol=1e-6)

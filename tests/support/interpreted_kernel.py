"""A child's part of the fused kernel's tests: Triton reads TRITON_INTERPRET when it is imported, and for good.

Run with TRITON_INTERPRET=1; prints, as JSON, how far the kernel is from what it should be, by the name of the question.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from segmentation.kernels import malleable_op
from segmentation.kernels.malleable_kernel import launch
from segmentation.kernels.malleable_op import Convolution
from segmentation.malleable import MalleableConv2d
from segmentation.malleable_reference import reference_forward

# channels, outputs, kernel_size, kernels, stride, padding, dilation
LAYERS: dict[str, tuple] = {
    "3x3": (5, 7, 3, 3, 1, 1, 1),
    "one kernel, strided": (5, 7, 3, 1, 2, 1, 1),
    "two kernels, dilated": (3, 4, 3, 2, 1, 2, 2),
    "padded beyond the window": (3, 4, 3, 3, 1, 3, 1),
    "no padding": (3, 4, 3, 3, 1, 0, 1),
    "four kernels, another size and step each way": (3, 4, (3, 5), 4, (2, 1), (2, 4), (1, 2)),
    "a row": (3, 4, (1, 3), 5, (1, 3), (0, 1), 1),
    "1x1": (3, 4, 1, 3, 2, 0, 1),
    "more channels than a block": (35, 19, 3, 2, 2, 1, 1),
}
FOCAL_PX = ((520.0, 480.0), (300.0, 610.0))
STEP_PX = 4.0
STEPS = 26
HEIGHT, WIDTH = 9, 11  # two images are more pixels than a program takes


def scattered(*arguments: Any) -> MalleableConv2d:
    """In float64, every parameter away from its initial value."""
    layer = MalleableConv2d(*arguments, bias=True).double().eval()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.add_(0.4 * torch.randn_like(parameter))
    return layer


def rough(height: int = HEIGHT, width: int = WIDTH) -> Tensor:
    """Two images of metres, some far jumps, some readings missing: every second pixel of a larger map, as a view."""
    depth_m = 1.5 + 0.02 * torch.randn(2, 1, 2 * height, 2 * width)
    depth_m = torch.where(torch.rand_like(depth_m) < 0.1, 4.0, depth_m)
    return torch.where(torch.rand_like(depth_m) < 0.2, 0.0, depth_m)[:, :, ::2, ::2]


def fused(layer: MalleableConv2d, x: Tensor, depth_m: Tensor, focal_px: Tensor) -> Tensor:
    folded = layer._folded_once()
    weights = folded.matrices.to(x.dtype), folded.scalars, layer.bias
    return launch(Convolution(x, depth_m, focal_px, STEP_PX, *weights, layer.window))


def error(got: Tensor, expected: Tensor) -> float:
    """The largest difference, in parts of the largest value; infinite where the kernel gives NaN or another shape."""
    if got.shape != expected.shape or not got.isfinite().all():
        return math.inf
    return float((got.double() - expected.double()).abs().max() / expected.double().abs().max())


def windows(dtype: torch.dtype, names: Iterable[str]) -> dict[str, float]:
    """Against the float64 oracle."""
    errors, focal_px = {}, torch.tensor(FOCAL_PX)
    for name in names:
        arguments = LAYERS[name]
        layer, depth_m = scattered(*arguments), rough()
        x = torch.randn(2, arguments[0], HEIGHT, WIDTH).to(dtype)
        oracle = reference_forward(layer, x.double(), depth_m.double(), focal_px.double(), STEP_PX)
        errors[name] = error(fused(layer, x, depth_m, focal_px), oracle)
    return errors


def without_depth() -> float:
    """Against the plain convolution of the middle kernel; every way to say that there is no reading."""
    layer, x = scattered(3, 4, 3, 3, 1, 1, 1), torch.randn(2, 3, HEIGHT, WIDTH)
    nothing = torch.tensor([0.0, -1.0, math.inf, -math.inf, math.nan])[torch.randint(5, (2, 1, HEIGHT, WIDTH))]
    plain = functional.conv2d(x.double(), layer.plain_weight(), layer.bias, padding=1)
    return error(fused(layer, x, nothing, torch.tensor(FOCAL_PX)), plain)


def scaled_depth() -> float:
    """A scene in other units: powers of two, so that nothing is rounded."""
    layer, x, depth_m = scattered(3, 4, 3, 3, 1, 1, 1), torch.randn(2, 3, HEIGHT, WIDTH), rough()
    one, other = (fused(layer, x, depth_m * scale, torch.tensor(FOCAL_PX)) for scale in (1.0, 1024.0))
    return error(one, other)


def steep() -> float:
    """Steps of 0 to 10 m at 0.2 m in half precision, an image each, against float32 in standard operators."""
    layer, x = (
        MalleableConv2d(8, 8, 3, padding=1).half().eval(),
        torch.randn(1, 8, 3, 3).half().expand(STEPS, -1, -1, -1),
    )
    depth_m = torch.full((STEPS, 1, 3, 3), 0.2)
    depth_m[..., 1:] += torch.linspace(0, 10, STEPS)[:, None, None, None]
    focal_px = torch.tensor(FOCAL_PX[:1]).expand(STEPS, 2)
    half = layer(x, depth_m, focal_px, STEP_PX)
    return error(half, layer.float()(x.float(), depth_m, focal_px, STEP_PX))


def odd_depth() -> float:
    """The smallest and largest numbers there are, at sharp and blunt temperatures: nothing but finite numbers."""
    odd = torch.tensor([0, -0.0, 1e-45, 1e-38, 1e-6, 1e-3, 1, 65.535, 1e4, 3e38, math.inf, math.nan, -5])
    worst, x = 0.0, torch.randn(2, 3, 9, 9).half()
    for log_temperature in (-30.0, 8.0):
        layer = MalleableConv2d(3, 3, 3, padding=1).eval()
        torch.nn.init.constant_(layer.log_temperature, log_temperature)
        result = fused(layer, x, odd[torch.randint(len(odd), (2, 1, 9, 9))], torch.tensor(FOCAL_PX))
        worst = max(worst, 0.0 if result.isfinite().all() else math.inf)
    return worst


def layer_in_half() -> dict[str, float]:
    """A layer in half precision calls the kernel by itself: against the same layer in standard operators."""
    layer, x, depth_m = scattered(5, 7, 3, 3, 2, 1, 1).half(), torch.randn(2, 5, HEIGHT, WIDTH).half(), rough()
    arguments = x, depth_m, torch.tensor(FOCAL_PX), STEP_PX
    by_itself = layer(*arguments)
    malleable_op._refused = True
    standard = layer(*arguments)
    malleable_op._refused = False
    calls: list[str] = []

    def look(graph: torch.fx.GraphModule, _: object) -> Callable[..., object]:
        calls.extend(str(node.target) for node in graph.graph.nodes if node.op == "call_function")
        return graph.forward

    compiled = torch.compile(layer, backend=look, fullgraph=True)(*arguments)
    return {
        "as standard operators": error(by_itself, standard),
        "not as standard operators to the bit": float(torch.equal(by_itself, standard)),
        "compiled": error(compiled, by_itself),
        "operators in the compiled graph": float(sum("malleable" in name for name in calls)),
        "convolutions in the compiled graph": float(sum("conv" in name for name in calls)),
        "channels-last": 0.0 if by_itself.is_contiguous(memory_format=torch.channels_last) else 1.0,
    }


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(7)
    with torch.no_grad():
        answers = {
            "float32": windows(torch.float32, LAYERS),
            "float16": windows(torch.float16, ("3x3", "a row")),
            "layer": layer_in_half(),
            "without depth": without_depth(),
            "scaled depth": scaled_depth(),
            "steep": steep(),
            "odd depth": odd_depth(),
        }
    print(json.dumps(answers))


if __name__ == "__main__":
    main()

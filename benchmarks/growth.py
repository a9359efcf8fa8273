"""How the cost grows with the image, with the kernels K and with the batch: a malleable layer and the lite network.

In torch and in OpenVINO, two threads, float32; everything that is compared takes turns in one process. A row is the
time against that of the usual case, beside what the work alone would give: pixels, kernels, images. With --processor
it is the processor time of all threads, which other programs disturb less (set OMP_WAIT_POLICY=PASSIVE then, so that
waiting does not count).

    python benchmarks/growth.py [--repeats N] [--processor]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from _measure import THREADS, medians_ms, print_heading
from malleable import OurForm, scene
from torch import Tensor, nn

from segmentation.graphs.export import quiet_exporter
from segmentation.malleable import MalleableConv2d
from segmentation.models import build_model

CLASSES, CHANNELS = 37, 128
FRAME_PX = 480  # rows of the image that a layer's input is sampled from
LAYER_SIZES = ((30, 40), (60, 80), (120, 160))
NETWORK_SIZES = ((120, 160), (240, 320), (480, 640))
KERNELS, BATCHES = (1, 2, 3, 5), (1, 2, 4)
Call = Callable[[], object]


@dataclass(frozen=True)
class Way:
    """A module with its inputs. work: pixels, kernels or images, of the usual case's. base: whether it is that case."""

    name: str
    module: nn.Module
    inputs: tuple[Tensor, ...]
    work: float
    base: bool


def layer_way(name: str, *, size: tuple[int, int], kernels: int, batch: int, work: float, base: bool) -> Way:
    layer = OurForm(MalleableConv2d(CHANNELS, CHANNELS, 3, kernels=kernels, padding=1), FRAME_PX / size[0]).eval()
    return Way(name, layer, repeated(scene(CHANNELS, *size), batch), work, base)


def network_way(name: str, *, size: tuple[int, int], kernels: int, batch: int, work: float, base: bool) -> Way:
    network = build_model("malleable-deresunet-lite", CLASSES, kernels=kernels).eval()
    return Way(name, network, repeated(scene(3, *size), batch), work, base)


def repeated(inputs: tuple[Tensor, ...], batch: int) -> tuple[Tensor, ...]:
    return tuple(value.repeat(batch, *(1 for _ in value.shape[1:])) for value in inputs)


def series(way: Callable[..., Way], sizes: tuple[tuple[int, int], ...]) -> Mapping[str, list[Way]]:
    middle = sizes[1]
    area = middle[0] * middle[1]
    return {
        "image": [
            way(f"{w}x{h}", size=(h, w), kernels=3, batch=1, work=h * w / area, base=(h, w) == middle)
            for h, w in sizes
        ],
        "kernels": [
            way(f"K={k}", size=middle, kernels=k, batch=1, work=k / 3, base=k == 3) for k in KERNELS
        ],
        "batch": [way(f"N={n}", size=middle, kernels=3, batch=n, work=n, base=n == 1) for n in BATCHES],
    }  # fmt: skip


def torch_call(way: Way) -> Call:
    module = way.module
    inputs = tuple(v.contiguous(memory_format=torch.channels_last) if v.dim() == 4 else v for v in way.inputs)
    return lambda: module(*inputs)


def openvino_call(way: Way) -> Call | None:
    """The same, exported and compiled as the engine compiles; None where that is not installed."""
    try:
        from segmentation.engines.openvino.compiled import compile_options
        from segmentation.engines.openvino.library import openvino_core

        core = openvino_core()
    except (ImportError, RuntimeError):
        return None
    names = ("x", "depth_m", "focal_px")
    with quiet_exporter():
        program = torch.onnx.export(way.module, way.inputs, dynamo=True, verbose=False, input_names=names)
    assert program is not None
    model = core.read_model(program.model_proto.SerializeToString())
    request = core.compile_model(model, "CPU", compile_options("fp32")).create_infer_request()
    feed: dict[str, Any] = {name: value.numpy() for name, value in zip(names, way.inputs, strict=True)}
    wanted = {name for entry in model.inputs for name in entry.get_names()}
    given = {name: value for name, value in feed.items() if name in wanted}
    return lambda: request.infer(given)


def report(
    title: str, ways: list[Way], make: Callable[[Way], Call | None], repeats: int, clock: Callable[[], float]
) -> None:
    calls = {way.name: make(way) for way in ways}
    ready = {name: call for name, call in calls.items() if call is not None}
    if len(ready) < len(ways):
        print(f"{title}: not installed")
        return
    ms = medians_ms(ready, repeats, clock)
    base = next(way for way in ways if way.base)
    cells = (
        f"{way.name} {ms[way.name]:.1f} ms {ms[way.name] / ms[base.name]:.2f} (work {way.work:.2f})" for way in ways
    )
    print(f"{title:<28}" + " | ".join(cells), flush=True)


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--processor", action="store_true")
    arguments = parser.parse_args()
    clock = time.process_time if arguments.processor else time.perf_counter
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    print_heading(f"Growth; layer: {CHANNELS} channels, 3x3; network: malleable-deresunet-lite, {CLASSES} classes")
    for what, way, sizes in (("layer", layer_way, LAYER_SIZES), ("network", network_way, NETWORK_SIZES)):
        for over, ways in series(way, sizes).items():
            for engine, make in (("torch", torch_call), ("OpenVINO", openvino_call)):
                report(f"{what}, {over}, {engine}", ways, make, arguments.repeats, clock)


if __name__ == "__main__":
    main()

"""The lite networks, malleable and plain, in every engine for a CPU that is installed; and against ESANet's figures.

One frame at a time, two threads, float32; all ways take turns in one process, and the table has medians. OpenVINO also
runs in bf16 where the CPU has it. A graph is exported for each network: some 10 seconds.

    python benchmarks/networks.py [--repeats N] [--size 320x256]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from _measure import THREADS, medians_ms, print_heading

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import class_set
from segmentation.engines.host_engine import HostEngine
from segmentation.engines.torch_engine import TorchEngine
from segmentation.errors import EngineUnavailableError
from segmentation.models import build_model, model_summary
from segmentation.networks.network import Network
from segmentation.preprocess import NetworkInput

CLASSES, TARGET = "sunrgbd37", 1.25
MALLEABLE, PLAIN = "malleable-deresunet-lite", "deresunet-lite"
# Where ESANet's code is not at hand: its R18-NBt1D in OpenVINO on such a machine with two threads, in a calm moment.
ESANET_R18 = {"size": (320, 256), "ms": 82.0, "gmac": 8.0}

Call = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument("--size", default="320x256", help="the networks' input; ESANet's figures are for 320x256")
    options = parser.parse_args()
    width, height = map(int, options.size.split("x"))
    torch.set_num_threads(THREADS)
    ways: dict[str, Call] = {}
    for name in (MALLEABLE, PLAIN):
        for engine, call in engines(name, (width, height)):
            ways[f"{name} {engine}"] = call
    ms = medians_ms(ways, options.repeats)
    print_heading(f"{len(class_set(CLASSES))} classes, input {width}x{height}, median of {options.repeats} in ms")
    gmac = [model_summary(name, len(class_set(CLASSES)), (width, height)).gmac for name in (MALLEABLE, PLAIN)]
    print(f"{'':20}{'malleable':>11}{'plain':>9}{'ratio':>8}{'target':>8}")
    print(f"{'GMAC':20}{gmac[0]:>11.2f}{gmac[1]:>9.2f}{gmac[0] / gmac[1]:>8.2f}")
    for engine in [way.partition(" ")[2] for way in ways if way.startswith(MALLEABLE)]:
        malleable, plain = ms[f"{MALLEABLE} {engine}"], ms[f"{PLAIN} {engine}"]
        target = f"{TARGET:>8.2f}" if engine == "openvino fp32" else ""
        print(f"{engine:20}{malleable:>11.1f}{plain:>9.1f}{malleable / plain:>8.2f}{target}")
    if (width, height) == ESANET_R18["size"] and f"{MALLEABLE} openvino fp32" in ms:
        print_esanet(ms[f"{MALLEABLE} openvino fp32"])


def print_esanet(ours_ms: float) -> None:
    """Two machines are compared, so the ratio is worth what their likeness is worth."""
    theirs_ms, gmac = ESANET_R18["ms"], ESANET_R18["gmac"]
    print(
        f"ESANet-R18-NBt1D, {gmac} GMAC: {theirs_ms} ms in OpenVINO by an earlier measurement on two cores, not in this"
        f" run; {MALLEABLE}: {ours_ms:.1f} ms, {theirs_ms / ours_ms:.1f} times as fast (target: 3)"
    )


def engines(name: str, size: tuple[int, int]) -> Iterator[tuple[str, Call]]:
    """The engines' names with a call that runs the network alone."""
    card = ModelCard(name, class_set(CLASSES), input_size=size)
    frame = noise(size)

    def network() -> Network:
        return build_model(name, len(card.classes)).eval()

    plain = network()
    yield "torch as trained", lambda: as_trained(plain, frame)
    yield "torch engine", runner(TorchEngine(card, network(), device="cpu"), frame)
    try:
        yield from graph_engines(card, network(), frame)
    except EngineUnavailableError as error:
        print(f"not measured: {error}")


def graph_engines(card: ModelCard, network: Network, frame: NetworkInput) -> Iterator[tuple[str, Call]]:
    from segmentation.engines.onnx_engine import OnnxEngine
    from segmentation.engines.openvino.compiled import compile_options
    from segmentation.engines.openvino.library import openvino_core
    from segmentation.engines.openvino_engine import OpenVinoEngine, resolve_precision
    from segmentation.graphs.export import export_graph

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "graph.onnx")
        export_graph(card, network, path)
        yield "onnx", runner(OnnxEngine(card, path), frame)
        for precision in ("fp32", "bf16"):
            try:
                resolve_precision(precision)
            except EngineUnavailableError as error:
                print(f"not measured: {error}")
                continue
            compiled = openvino_core().compile_model(str(path), "CPU", compile_options(precision))
            yield f"openvino {precision}", runner(OpenVinoEngine(card, compiled, precision), frame)


def runner(engine: HostEngine, frame: NetworkInput) -> Call:
    return lambda: engine.network_output(frame)


@torch.inference_mode()
def as_trained(network: torch.nn.Module, frame: NetworkInput) -> torch.Tensor:
    return network(frame.color, frame.depth_m, frame.focal_px)


def noise(size: tuple[int, int]) -> NetworkInput:
    width, height = size
    torch.manual_seed(0)
    color = torch.randn(1, 3, height, width).contiguous(memory_format=torch.channels_last)
    return NetworkInput(color, torch.rand(1, 1, height, width) * 4 + 0.5, torch.full((1, 2), 300.0))


if __name__ == "__main__":
    main()

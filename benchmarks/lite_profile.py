"""Where the lite network's time goes, part by part: OpenVINO and torch, one frame on the CPU.

python benchmarks/lite_profile.py [MODEL [THREADS]]
"""

from __future__ import annotations

import ast
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from _measure import THREADS, print_heading
from torch import Tensor, nn

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.folding import fold_batch_norm
from segmentation.graphs.export import export_graph
from segmentation.graphs.libraries import need
from segmentation.malleable import MalleableConv2d
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.networks.network import Network

SIZE, REPEATS = (320, 240), 40
openvino = need("openvino", "this benchmark")
# The first prefix that fits a layer's name is its part.
PARTS = {
    "malleable layer at 1/8": ("encoder.color.layer3.0.conv1",),
    "malleable layer at 1/16": ("encoder.color.layer4.0.conv1",),
    "colour: stem, 1/2": ("encoder.color.conv1", "encoder.color.bn1", "encoder.color.relu", "encoder.color.maxpool"),
    "colour: stage 1, 1/4": ("encoder.color.layer1",),
    "colour: stage 2, 1/8": ("encoder.color.layer2",),
    "colour: stage 3, 1/16": ("encoder.color.layer3",),
    "colour: stage 4, 1/32": ("encoder.color.layer4",),
    "depth encoder": ("encoder.depth",),
    "bridge, 1/32": ("bridge",),
    "up3, 1/16": ("up3",),
    "up2, 1/8": ("up2",),
    "up1, 1/4": ("up1",),
    "last 1x1": ("last_conv",),
}
REST = "the rest"  # padding, normalising depth, joining maps, changes of layout, labels and confidence
ALL = "all"


def main() -> None:
    model = sys.argv[1] if len(sys.argv) > 1 else DEFAULT_MODEL
    threads = int(sys.argv[2]) if len(sys.argv) > 2 else THREADS
    source = find_model(model)
    card = ModelCard(source.card.model, source.card.classes, input_size=SIZE)
    network = source.network()
    fold_batch_norm(network)
    mmac = multiply_adds(network)
    in_torch = torch_ms(network, threads)
    in_openvino = openvino_ms(card, source.network(), threads)  # exporting takes the network over
    print_heading(f"{model}, {SIZE[0]}x{SIZE[1]}, float32; each part at its quickest in {REPEATS} frames", threads)
    print(f"{'part':26} {'MMAC':>6} {'OpenVINO ms':>12} {'share':>6} {'GMAC/s':>7} {'torch ms':>9} {'share':>6}")
    for part in (*PARTS, REST, ALL):
        ms, slow_ms = in_openvino[part], in_torch[part]
        rate = f"{mmac[part] / ms:7.0f}" if mmac[part] and ms else f"{'':7}"
        shares = ms / in_openvino[ALL], slow_ms / in_torch[ALL]
        print(f"{part:26} {mmac[part]:6.0f} {ms:12.2f} {shares[0]:6.1%} {rate} {slow_ms:9.2f} {shares[1]:6.1%}")


def multiply_adds(network: Network) -> Counter[str]:
    """Millions of each part's convolutions; a malleable layer counts once for each of its kernels."""
    found: Counter[str] = Counter()

    def count(name: str) -> Callable[..., None]:
        def hook(layer: nn.Module, _: object, y: Tensor) -> None:
            millions = round(layer.get_parameter("weight").numel() * y.shape[-2] * y.shape[-1] / 1e6, 1)
            found.update({part_of(name): millions, ALL: millions})

        return hook

    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, (nn.Conv2d, MalleableConv2d))}
    handles = [layer.register_forward_hook(count(name)) for name, layer in layers.items()]
    with torch.inference_mode():
        network(*frame())
    for handle in handles:
        handle.remove()
    return found


def torch_ms(network: Network, threads: int) -> dict[str, float]:
    """Each part's milliseconds in torch. Time inside a part's layers counts; what lies between them is the rest."""
    spent, begun = defaultdict[str, float](float), dict[str, float]()

    def begin(name: str) -> Callable[..., None]:
        return lambda *_: begun.update({name: time.perf_counter()})

    def end(name: str) -> Callable[..., None]:
        def hook(*_: object) -> None:
            spent[part_of(name)] += 1e3 * (time.perf_counter() - begun[name])

        return hook

    for name, layer in network.named_modules():
        if not list(layer.children()):
            layer.register_forward_pre_hook(begin(name))
            layer.register_forward_hook(end(name))
    color, depth_m, focal_px = frame()
    color = color.contiguous(memory_format=torch.channels_last)
    taken = []
    torch.set_num_threads(threads)
    with torch.inference_mode():
        for _ in range(REPEATS):
            spent.clear()
            started_s = time.perf_counter()
            network(color, depth_m, focal_px)
            taken.append({**spent, ALL: 1e3 * (time.perf_counter() - started_s)})
    return quickest(taken)


def openvino_ms(card: ModelCard, network: Network, threads: int) -> dict[str, float]:
    """Each part's milliseconds in OpenVINO, by its own counters; a layer that it made itself belongs to the rest."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "graph.onnx")
        export_graph(card, network, path)
        layers = layers_of_nodes(onnx.load(path))
        settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "PERF_COUNT": True}
        compiled = openvino.Core().compile_model(path, "CPU", {"PERFORMANCE_HINT": "LATENCY", **settings})
        request = compiled.create_infer_request()
        arrays = [tensor.numpy() for tensor in frame()]
        taken = []
        for _ in range(REPEATS):
            request.infer(arrays)
            taken.append(by_part(request.profiling_info, layers))
    return quickest(taken)


def layers_of_nodes(graph: Any) -> dict[str, str]:
    """Which layer each node was exported from, by the scopes that torch's exporter notes at it."""
    found = {}
    for node in graph.graph.node:
        scopes = next((entry.value for entry in node.metadata_props if entry.key == "pkg.torch.onnx.name_scopes"), "[]")
        modules = ast.literal_eval(scopes)[:-1]  # the last one is the operator
        found[node.name] = modules[-1].removeprefix("network.") if modules else ""
    return found


def by_part(counters: Any, layers: Mapping[str, str]) -> dict[str, float]:
    """The counters of one frame, added up."""
    spent = defaultdict[str, float](float)
    for counter in counters:
        ms = 1e3 * counter.real_time.total_seconds()
        spent[part_of(layers.get(counter.node_name.partition("/")[0], ""))] += ms
        spent[ALL] += ms
    return spent


def part_of(layer: str) -> str:
    return next((part for part, prefixes in PARTS.items() if layer.startswith(prefixes)), REST)


def quickest(taken: list[dict[str, float]]) -> dict[str, float]:
    """Each part at its quickest, since a busy moment falls on some parts only; all of them together make up ALL."""
    for each in taken:
        each[REST] = each.pop(ALL) - sum(each.get(part, 0.0) for part in PARTS)
    found = {part: min(each.get(part, 0.0) for each in taken) for part in (*PARTS, REST)}
    return {**found, ALL: sum(found.values())}


def frame() -> tuple[Tensor, Tensor, Tensor]:
    """A frame of noise before a wall of noise, the same one every time."""
    torch.manual_seed(0)
    width, height = SIZE
    return torch.randn(1, 3, height, width), torch.rand(1, 1, height, width) * 4 + 0.5, torch.full((1, 2), 300.0)


if __name__ == "__main__":
    main()

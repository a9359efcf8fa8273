"""Which part of the default network has to stay float32 for int8 to keep its labels.

Each way quantises anew, by the frames that the product takes, and is compared with float32 on the 32 frames of the
parity gate, at the network's resolution: the share of the same labels among the confident pixels and among all.

    python benchmarks/int8_scope.py
"""

from __future__ import annotations

from typing import Any

from console.check_frames import demo_frames
from segmentation.engines.openvino.compiled import compile_options
from segmentation.engines.openvino.int8 import WEIGHTED, float_nodes, quiet_nncf, scaling_frames
from segmentation.engines.openvino.library import load_nncf, openvino_core
from segmentation.engines.openvino_engine import OpenVinoEngine, graph_inputs
from segmentation.engines.parity import CONFIDENT, LEAST_FRAMES
from segmentation.engines.request import EngineRequest
from segmentation.graphs.provide import obtain_graph
from segmentation.labels import BestClass
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.preprocess import Preprocessor


def main() -> None:
    nncf = load_nncf()
    source = find_model(DEFAULT_MODEL)
    graph = obtain_graph(EngineRequest(source))
    preprocess = Preprocessor(source.card.input_size, source.card.normalisation)
    frames = [preprocess(*frame) for frame in demo_frames()]
    compared, scaled_by = frames[:LEAST_FRAMES], scaling_frames(map(graph_inputs, frames))

    def labels(model: Any) -> list[BestClass]:
        compiled = openvino_core().compile_model(model, "CPU", compile_options("int8"))
        engine = OpenVinoEngine(source.card, compiled, "int8")
        return [best for frame in compared if (best := engine.network_output(frame).best)]

    model = openvino_core().read_model(graph)
    expected, stays = labels(model), float_nodes(model)
    kinds = {node.get_friendly_name(): node.get_type_name() for node in model.get_ops()}
    mixed = nncf.QuantizationPreset.MIXED
    ways: dict[str, tuple[Any, set[str]]] = {
        "NNCF's own choice": (None, set()),
        "its preset `mixed`": (mixed, set()),
        "and products and shares in float32": (mixed, {name for name in stays if kinds[name] not in WEIGHTED}),
        "and the first and last convolutions": (mixed, stays),
    }
    print(f"{'':38}{'confident':>10}{'all':>9}")
    for name, (preset, left) in ways.items():
        scope = nncf.IgnoredScope(names=sorted(left), validate=False)
        data = nncf.Dataset(scaled_by)
        with quiet_nncf():
            made = nncf.quantize(
                openvino_core().read_model(graph), data, preset=preset, subset_size=len(scaled_by), ignored_scope=scope
            )
        found = labels(made)
        print(f"{name:38}{_agreement(found, expected, CONFIDENT):>8.3f} %{_agreement(found, expected, 0):>7.2f} %")


def _agreement(found: list[BestClass], expected: list[BestClass], confident: float) -> float:
    """Per cent of the same labels where the expected ones are at least this sure."""
    pairs = list(zip(found, expected, strict=True))
    sure = sum(int((wanted.confidence >= confident).sum()) for _, wanted in pairs)
    same = sum(int((got.labels == wanted.labels)[wanted.confidence >= confident].sum()) for got, wanted in pairs)
    return 100 * same / sure


if __name__ == "__main__":
    main()

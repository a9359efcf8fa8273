"""Which part of the default network has to stay float32 for int8 to keep its labels.

Each way quantises anew, by the frames that the product takes, and is compared with float32 on the 32 frames of the
parity gate, at the network's resolution: the share of the same labels among the confident pixels and among all.

    python benchmarks/int8_scope.py
"""

from __future__ import annotations

import contextlib
import io
import logging
from itertools import islice
from typing import Any

import numpy as np

from console.check_frames import demo_frames
from segmentation.engines.openvino.compiled import compile_options
from segmentation.engines.openvino.int8 import CALIBRATION_FRAMES, EVERY, float_nodes
from segmentation.engines.openvino.library import load_nncf, openvino_core
from segmentation.engines.openvino_engine import OpenVinoEngine
from segmentation.engines.parity import CONFIDENT, LEAST_FRAMES
from segmentation.engines.request import EngineRequest
from segmentation.graphs.provide import obtain_graph
from segmentation.labels import BestClass
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.preprocess import NetworkInput, Preprocessor

CONVOLUTIONS = ("Convolution", "GroupConvolution", "MatMul")


def main() -> None:
    nncf = load_nncf()
    logging.getLogger("nncf").setLevel(logging.ERROR)
    source = find_model(DEFAULT_MODEL)
    graph = obtain_graph(EngineRequest(source))
    preprocess = Preprocessor(source.card.input_size, source.card.normalisation)
    frames = [preprocess(*frame) for frame in demo_frames()]
    compared, scaled_by = frames[:LEAST_FRAMES], list(islice(frames[LEAST_FRAMES::EVERY], CALIBRATION_FRAMES))

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
        "and products and shares in float32": (mixed, {name for name in stays if kinds[name] not in CONVOLUTIONS}),
        "and the first and last convolutions": (mixed, stays),
    }
    print(f"{'':38}{'confident':>10}{'all':>9}")
    for name, (preset, left) in ways.items():
        scope = nncf.IgnoredScope(names=sorted(left), validate=False)
        data = nncf.Dataset([_arrays(frame) for frame in scaled_by])
        with contextlib.redirect_stdout(io.StringIO()):
            made = nncf.quantize(
                openvino_core().read_model(graph), data, preset=preset, subset_size=len(scaled_by), ignored_scope=scope
            )
        found = labels(made)
        print(f"{name:38}{_agreement(found, expected, CONFIDENT):>8.3f} %{_agreement(found, expected, 0):>7.2f} %")


def _arrays(frame: NetworkInput) -> dict[str, np.ndarray[Any, Any]]:
    return {"color": frame.color.numpy(), "depth_m": frame.depth_m.numpy(), "focal_px": frame.focal_px.numpy()}


def _agreement(found: list[BestClass], expected: list[BestClass], confident: float) -> float:
    """Per cent of the same labels where the expected ones are at least this sure."""
    pairs = list(zip(found, expected, strict=True))
    sure = sum(int((wanted.confidence >= confident).sum()) for _, wanted in pairs)
    same = sum(int((got.labels == wanted.labels)[wanted.confidence >= confident].sum()) for got, wanted in pairs)
    return 100 * same / sure


if __name__ == "__main__":
    main()

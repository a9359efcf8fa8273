"""OpenVINO as the engine: the quickest way on a CPU. A graph is compiled once; later starts load what came of it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.cache import file_sha256
from segmentation.engines.choose import Candidate
from segmentation.engines.engine import PRECISIONS
from segmentation.engines.host_engine import HostEngine, NetworkOutput
from segmentation.engines.openvino.compiled import build_compiled, cpu_key, load_compiled
from segmentation.engines.openvino.int8 import quantised
from segmentation.engines.openvino.library import load_nncf, load_openvino, openvino_core, openvino_reason
from segmentation.engines.request import EngineRequest
from segmentation.engines.torch_engine import resolve_device
from segmentation.errors import CheckpointError, EngineFailedError, EngineUnavailableError
from segmentation.graphs.ends import INPUTS, OUTPUTS
from segmentation.graphs.provide import obtain_graph
from segmentation.labels import BestClass
from segmentation.preprocess import NetworkInput, Preprocessor

_log = logging.getLogger(__name__)


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """The engine for a request; what it prepares takes seconds, so it always may.

    Raises EngineUnavailableError, CheckpointError, ValueError.
    """
    load_openvino()
    check_device(request.device)
    precision = resolve_precision(request.precision)
    graph = obtain_graph(request)
    key = _key(request, graph, precision)
    compiled = request.cache.obtain(
        key,
        build=lambda folder: build_compiled(_model(request, graph, precision), folder, precision),
        load=lambda folder: load_compiled(folder, precision),
    )
    return Candidate(OpenVinoEngine(request.source.card, compiled, precision), key)


def _key(request: EngineRequest, graph: Path, precision: str) -> dict[str, str]:
    """What the engine's labels depend on."""
    key = {"kind": f"openvino-{precision}", "graph": file_sha256(graph), **cpu_key()}
    if precision != "int8":
        return key
    if request.check_frames is None:
        raise EngineUnavailableError("precision int8 is scaled by frames, and there are none at hand")
    return {**key, "nncf": load_nncf().__version__, "scaled_by": request.check_frames.name}


def _model(request: EngineRequest, graph: Path, precision: str) -> Any:
    """The openvino.Model to compile. Raises CheckpointError for a bad graph, EngineUnavailableError."""
    try:
        model = openvino_core().read_model(graph)
    except RuntimeError as error:
        raise CheckpointError(f"{graph}: OpenVINO cannot read it ({openvino_reason(error)})") from error
    _check(model, graph, request.source.card)
    if precision != "int8" or request.check_frames is None:
        return model
    card = request.source.card
    _log.warning(f"quantising {card.model} to int8, once: some 10 s for the lite network")
    preprocess = Preprocessor(card.input_size, card.normalisation)
    return quantised(model, (graph_inputs(preprocess(*frame)) for frame in request.check_frames()))


def _check(model: Any, graph: Path, card: ModelCard) -> None:
    """Raise CheckpointError unless the graph takes and gives what the card says."""
    width, height = card.input_size
    wanted = dict(zip(INPUTS, ([1, 3, height, width], [1, 1, height, width], [1, 2]), strict=True))
    found = {port.any_name: list(port.partial_shape.get_min_shape()) for port in model.inputs}
    if found != wanted:
        raise CheckpointError(f"{graph}: takes {found}, but its model takes {wanted}")
    given = {port.any_name: list(port.partial_shape.get_min_shape()) for port in model.outputs}
    if set(given) != set(OUTPUTS) or given["logits"][-1] != len(card.classes):
        raise CheckpointError(f"{graph}: gives {given}, but its model has {len(card.classes)} classes")


class OpenVinoEngine(HostEngine):
    """Runs a compiled graph with the inputs and outputs that segmentation.graphs describes.

    precision: "fp32", "bf16" or "int8". One frame at a time: whoever runs it on several threads has them wait.
    """

    name = "openvino"
    device_name = "cpu"

    def __init__(self, card: ModelCard, compiled: Any, precision: str) -> None:
        super().__init__(card)
        self.precision = precision
        self._tensor = load_openvino().Tensor
        self._request = compiled.create_infer_request()
        self._logits_shape = tuple(compiled.output("logits").shape)
        self._one_at_a_time = Lock()

    def network_output(self, network_input: NetworkInput) -> NetworkOutput:
        """See HostEngine."""
        # Written by OpenVINO, kept by whoever asks for scores later: its own buffer is overwritten by the next frame.
        logits = np.empty(self._logits_shape, np.float32)
        # OpenVINO reads and writes these arrays where they lie and does not keep them alive: their names here do.
        arrays = {**graph_inputs(network_input), "logits": logits}
        with self._one_at_a_time:
            self._infer(arrays)
            labels, confidence = (self._request.get_tensor(name).data[0] for name in OUTPUTS[:2])
            best = BestClass(labels.copy(), confidence.copy())
        return NetworkOutput(torch.from_numpy(logits).permute(0, 3, 1, 2), best)

    def _infer(self, arrays: Mapping[str, NDArray[np.float32]]) -> None:
        try:
            for name, array in arrays.items():
                self._request.set_tensor(name, self._tensor(array, shared_memory=True))
            self._request.infer()
        except RuntimeError as error:
            raise EngineFailedError(
                f"engine openvino: failed on a frame ({openvino_reason(error)}); use another --engine"
            ) from error


def graph_inputs(network_input: NetworkInput) -> dict[str, NDArray[np.float32]]:
    """What the graph takes, by name, of a frame that is preprocessed."""
    return {
        "color": np.ascontiguousarray(network_input.color.numpy()),
        "depth_m": np.ascontiguousarray(network_input.depth_m.numpy()),
        "focal_px": np.ascontiguousarray(network_input.focal_px.numpy()),
    }


def check_device(device: str) -> None:
    """Raise ValueError for a device that is none, EngineUnavailableError for one that is not the CPU."""
    if device != "auto" and resolve_device(device).type != "cpu":
        raise EngineUnavailableError(f"engine openvino runs on the CPU, not on {device}; use --device cpu or auto")


def resolve_precision(name: str) -> str:
    """The precision of this name; "auto" is fp32, whose labels are torch's on every CPU.

    Raises ValueError for another name, EngineUnavailableError for what OpenVINO does not have on this CPU.
    """
    if name not in PRECISIONS:
        raise ValueError(f"unknown precision {name!r}: use {', '.join(PRECISIONS)}")
    if name == "fp16":
        raise EngineUnavailableError("engine openvino: precision fp16 is for GPUs; use fp32, bf16 or int8")
    if name == "bf16" and "BF16" not in openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise EngineUnavailableError(
            "engine openvino: this CPU does not compute in bf16 (that takes AVX512-BF16 or AMX); use fp32 or int8"
        )
    return "fp32" if name == "auto" else name

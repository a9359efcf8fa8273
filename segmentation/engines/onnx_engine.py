"""ONNX Runtime as the engine, on a CPU or a CUDA device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.choose import Candidate
from segmentation.engines.cpu_threads import usable_threads
from segmentation.engines.engine import GraphPrecision
from segmentation.engines.host_engine import HostEngine, NetworkOutput
from segmentation.engines.request import EngineRequest
from segmentation.engines.torch_engine import resolve_device
from segmentation.errors import CheckpointError, EngineFailedError, EngineMemoryError, EngineUnavailableError, one_line
from segmentation.graphs.document import parse_precision
from segmentation.graphs.ends import INPUTS, OUTPUTS
from segmentation.graphs.libraries import need
from segmentation.graphs.provide import obtain_graph
from segmentation.labels import BestClass
from segmentation.preprocess import NetworkInput

CUDA_PROVIDER = "CUDAExecutionProvider"
# How its providers tell what the driver tells them.
DEVICE_FAILURE = re.compile("(CUDA|CUDNN|CUBLAS) failure")
LACK_OF_MEMORY = re.compile("out of memory|Failed to allocate memory|ALLOC_FAILED")
BAD_GRAPH = ("InvalidProtobuf", "InvalidGraph", "NoSuchFile", "NoModel", "InvalidArgument", "NotImplemented")


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """The engine for a request. On a CPU it is what an exported graph is compared with, so nothing remains to compare.

    Raises EngineUnavailableError, CheckpointError, ValueError.
    """
    runtime = need("onnxruntime", "engine onnx")
    device = _resolve_device(request.device, runtime)
    path = obtain_graph(request, precision=_resolve_precision(request.precision, device))
    source = request.source
    is_reference = source.is_graph and device.type == "cpu"
    engine = OnnxEngine(source.card, path, device=str(device), refuse_nan=is_reference)
    if request.precision not in ("auto", engine.precision):  # a graph has the one that it was made in
        raise EngineUnavailableError(
            f"engine onnx: {source.path} is {engine.precision}, not {request.precision}; use --precision auto"
        )
    return Candidate(engine, None if is_reference else _key(request, engine, runtime.__version__))


class OnnxEngine(HostEngine):
    """Runs a graph of ours. device_name: such as "cpu" or "cuda:0". precision: the graph's own.

    refuse_nan: raise EngineUnavailableError for a frame on which the graph gives NaN or infinity.
    Raises EngineUnavailableError where the device is not to be had, CheckpointError for a bad graph.
    """

    name = "onnx"

    def __init__(self, card: ModelCard, path: Path, *, device: str = "cpu", refuse_nan: bool = False) -> None:
        super().__init__(card)
        self.device_name = device
        self._refuse_nan = refuse_nan
        self._session = _open(path, torch.device(device))
        self.precision = parse_precision(path, self._session.get_modelmeta().custom_metadata_map)
        _check(path, card, self._session)

    def network_output(self, network_input: NetworkInput) -> NetworkOutput:
        """See HostEngine."""
        values = network_input.color.contiguous(), network_input.depth_m, network_input.focal_px
        fed = {name: value.numpy() for name, value in zip(INPUTS, values, strict=True)}
        labels, confidence, logits = self._session.run(list(OUTPUTS), fed)
        if self._refuse_nan and not np.isfinite(confidence).all():
            cure = "; export it anew, as fp32" if self.precision == "fp16" else ""
            raise EngineUnavailableError(f"engine onnx: {self.card.model} gives NaN or infinity{cure}")
        return NetworkOutput(torch.from_numpy(logits).permute(0, 3, 1, 2), BestClass(labels[0], confidence[0]))

    @contextmanager
    def device_errors(self) -> Iterator[None]:
        """See HostEngine."""
        try:
            yield
        except EngineUnavailableError:
            raise
        except Exception as error:  # ONNX Runtime's own kinds have no base of their own
            if not type(error).__module__.startswith("onnxruntime"):
                raise
            line = f"engine onnx on {self.device_name}: failed on a frame ({one_line(error)})"
            raise _kind_of(error)(line) from error


def _kind_of(error: Exception) -> type[EngineUnavailableError]:
    if LACK_OF_MEMORY.search(str(error)):
        return EngineMemoryError
    return EngineFailedError if DEVICE_FAILURE.search(str(error)) else EngineUnavailableError


def _resolve_device(name: str, runtime: Any) -> torch.device:
    has_cuda = CUDA_PROVIDER in runtime.get_available_providers()
    if name == "auto" and not has_cuda:
        return torch.device("cpu")
    device = resolve_device(name)
    if device.type == "cuda" and not has_cuda:
        raise EngineUnavailableError(
            f"engine onnx on {device} needs onnxruntime-gpu in place of onnxruntime: pip install onnxruntime-gpu"
        )
    return device


def _resolve_precision(name: str, device: torch.device) -> GraphPrecision:
    """As torch's engine has it: half precision is for GPUs."""
    if name == "auto":
        return "fp16" if device.type == "cuda" else "fp32"
    if name == "fp16" and device.type == "cpu":
        raise EngineUnavailableError("precision fp16 needs a CUDA device; use --precision fp32 or auto on a CPU")
    if name not in ("fp32", "fp16"):
        raise EngineUnavailableError(
            f"precision {name} is not one of engine onnx; use --engine openvino, or --precision auto"
        )
    return "fp16" if name == "fp16" else "fp32"


def _key(request: EngineRequest, engine: OnnxEngine, version: str) -> dict[str, str]:
    """What the engine's labels depend on."""
    on_cuda = engine.device_name.startswith("cuda")
    return {
        "kind": "onnx",
        "model": request.source.fingerprint,
        "input_size": "x".join(map(str, engine.card.input_size)),
        "onnxruntime": version,
        "device": torch.cuda.get_device_name(engine.device_name) if on_cuda else "cpu",
        "precision": engine.precision,
    }


def _open(path: Path, device: torch.device) -> Any:
    runtime = need("onnxruntime", "engine onnx")
    options = runtime.SessionOptions()
    options.log_severity_level = 4  # what goes wrong is raised too
    options.intra_op_num_threads = usable_threads()
    # A thread that spins for work takes the core from capture and drawing: docs/engines.md has what that costs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = runtime.InferenceSession(str(path), options, providers=_providers(device))
    except Exception as error:  # ONNX Runtime's own kinds have no base of their own
        if type(error).__name__ in BAD_GRAPH or "InferenceError" in str(error):  # of types or shapes
            raise CheckpointError(f"{path}: ONNX Runtime cannot load it ({one_line(error)})") from error
        raise EngineUnavailableError(f"engine onnx on {device}: cannot load {path} ({one_line(error)})") from error
    if device.type == "cuda" and session.get_providers()[0] != CUDA_PROVIDER:
        raise EngineUnavailableError(f"engine onnx on {device}: ONNX Runtime finds no CUDA libraries that fit it")
    return session


def _providers(device: torch.device) -> list[Any]:
    if device.type == "cpu":
        return ["CPUExecutionProvider"]
    # TF32 keeps ten bits of a float32: not what torch in float32 is.
    return [(CUDA_PROVIDER, {"device_id": device.index or 0, "use_tf32": 0}), "CPUExecutionProvider"]


def _check(path: Path, card: ModelCard, session: Any) -> None:
    """Raise CheckpointError unless the graph takes and gives what the card says."""
    width, height = card.input_size
    shapes = {entry.name: list(entry.shape) for entry in session.get_inputs()}
    wanted = dict(zip(INPUTS, ([1, 3, height, width], [1, 1, height, width], [1, 2]), strict=True))
    if shapes != wanted:
        raise CheckpointError(f"{path}: takes {shapes}, but its model takes {wanted}")
    outputs = {entry.name: entry.shape for entry in session.get_outputs()}
    if set(outputs) != set(OUTPUTS) or outputs["logits"][-1] not in (len(card.classes), None):
        raise CheckpointError(f"{path}: gives {outputs}, but its model has {len(card.classes)} classes")

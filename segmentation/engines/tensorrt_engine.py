"""TensorRT as the engine, on an NVIDIA GPU. A graph is built into a plan once, for minutes, and the plan is kept."""

from __future__ import annotations

import ctypes
import sys
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.cache import file_sha256
from segmentation.engines.choose import Candidate, NotBuiltError
from segmentation.engines.cuda.cuda_engine import CudaEngine
from segmentation.engines.engine import PRECISIONS, GraphPrecision
from segmentation.engines.request import EngineRequest
from segmentation.engines.tensorrt.build import build_plan
from segmentation.engines.tensorrt.library import gpu_device, load_tensorrt
from segmentation.engines.tensorrt.plan import Plan, Shapes
from segmentation.engines.torch_engine import device_errors
from segmentation.errors import EngineUnavailableError
from segmentation.graphs.document import graph_precision
from segmentation.graphs.ends import INPUTS, OUTPUTS
from segmentation.graphs.provide import has_graph, obtain_graph
from segmentation.preprocess import NetworkInput

PLAN_FILE = "network.engine"


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """The engine for a request.

    Raises EngineUnavailableError where there is no such GPU or no TensorRT, NotBuiltError where the plan would have to
    be built and may not, CheckpointError for a bad model file, ValueError for a device or precision that is none.
    """
    device = gpu_device(request.device)
    load_tensorrt()
    precision = resolve_precision(request)
    if not may_build and not has_graph(request, precision=precision):
        raise _not_built(device)
    graph = obtain_graph(request, precision=precision)
    key = engine_key(graph, device, request.source.card, precision)
    if not may_build and not request.cache.has(key):
        raise _not_built(device)

    def build(folder: Path) -> None:
        if not may_build:  # it is there, and stale
            raise _not_built(device)
        timing_folder = request.cache.path({"kind": "tensorrt-times", **machine(device)})
        (folder / PLAN_FILE).write_bytes(build_plan(graph, timing_folder, device))

    card = request.source.card
    with device_errors(device):
        plan = request.cache.obtain(key, build, partial(load_plan, card=card, device=device))
    return Candidate(CudaEngine(TensorRTNetwork(card, plan, device, precision)), key)


def request_key(request: EngineRequest) -> dict[str, str]:
    """The key of the entry that make() makes or finds. Raises what make() raises."""
    precision = resolve_precision(request)
    graph = obtain_graph(request, precision=precision)
    return engine_key(graph, gpu_device(request.device), request.source.card, precision)


def load_plan(folder: Path, *, card: ModelCard, device: torch.device) -> Plan:
    """The plan of an entry, for the inputs of a card. Raises StaleEntryError, EngineMemoryError."""
    return Plan(folder / PLAN_FILE, device, input_shapes(card), OUTPUTS)


def input_shapes(card: ModelCard) -> Shapes:
    """What a graph of this card's input size takes; see segmentation.graphs."""
    width, height = card.input_size
    return dict(zip(INPUTS, ((1, 3, height, width), (1, 1, height, width), (1, 2)), strict=True))


def engine_key(graph: Path, device: torch.device, card: ModelCard, precision: str) -> dict[str, str]:
    """All that a plan depends on."""
    return {
        "kind": f"tensorrt-{precision}",
        "graph": file_sha256(graph),
        "shape": "x".join(map(str, card.input_size)),
        "precision": precision,
        **machine(device),
    }


def machine(device: torch.device) -> dict[str, str]:
    """What a plan was built for: the version of TensorRT, the GPU, its driver, the system."""
    gpu = torch.cuda.get_device_properties(device)
    return {
        "tensorrt": load_tensorrt().__version__,
        "gpu": gpu.name,
        "compute": f"{gpu.major}.{gpu.minor}",
        "driver": str(driver_major()),
        "system": sys.platform,
    }


def driver_major() -> int:
    """The major version of CUDA that the installed driver is for; 0 where it cannot be asked."""
    version = ctypes.c_int(0)
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
        driver.cuDriverGetVersion(ctypes.byref(version))
    except (OSError, AttributeError):
        return 0
    return version.value // 1000


def resolve_precision(request: EngineRequest) -> GraphPrecision:
    """The precision of a request; "auto" is fp16, for an exported graph its own.

    Raises ValueError for a name that is none, EngineUnavailableError for what is not to be had.
    """
    asked, has = request.precision, ("fp16", "fp32")
    if asked not in PRECISIONS:
        raise ValueError(f"unknown precision {asked!r}: use {', '.join(PRECISIONS)}")
    if request.source.is_graph and request.source.path is not None:
        has = (graph_precision(request.source.path),)
    if asked != "auto" and asked not in has:
        raise EngineUnavailableError(f"engine tensorrt has no {asked} of this model: use --precision {has[0]} or auto")
    return has[0] if asked == "auto" else asked  # pyright: ignore[reportReturnType] - one of `has`


class TensorRTNetwork:
    """A plan as CudaEngine takes a network. precision: "fp16" or "fp32", in which the graph computes."""

    name = "tensorrt"
    dtype = torch.float32  # of the graph's inputs, in both precisions

    def __init__(self, card: ModelCard, plan: Plan, device: torch.device, precision: str) -> None:
        self.card, self.device, self.precision = card, device, precision
        self.device_name = str(device)
        self._plan = plan

    def logits(self, network_input: NetworkInput) -> Tensor:
        """See DeviceNetwork. Raises EngineFailedError."""
        values = network_input.color, network_input.depth_m, network_input.focal_px
        return self._plan.run(dict(zip(INPUTS, values, strict=True)))["logits"].permute(0, 3, 1, 2)

    def device_errors(self) -> AbstractContextManager[None]:
        """See DeviceNetwork."""
        return device_errors(self.device)

    def at_input_size(self, input_size: tuple[int, int]) -> TensorRTNetwork:
        """Raises EngineUnavailableError: a plan has one size."""
        width, height = self.card.input_size
        raise EngineUnavailableError(
            f"engine tensorrt: its network was built for {width}x{height}, not for {input_size[0]}x{input_size[1]};"
            " use --engine torch"
        )

    def close(self) -> None:
        """See DeviceNetwork."""
        self._plan.close()


def _not_built(device: torch.device) -> NotBuiltError:
    return NotBuiltError(
        f"engine tensorrt: not built for this model on {device} yet; --engine tensorrt builds it, which takes minutes"
    )

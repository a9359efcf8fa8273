"""PyTorch as the engine: float32 or bfloat16 on a CPU, half precision on a CUDA device, channels-last on both."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.choose import Candidate
from segmentation.engines.engine import DEVICE_NAME, PRECISIONS, Engine, Precision
from segmentation.engines.folding import convolutions_channels_last, fold_batch_norm
from segmentation.engines.host_engine import HostEngine, NetworkOutput
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineFailedError, EngineMemoryError, EngineUnavailableError, one_line
from segmentation.kernels.malleable_op import kernel_key
from segmentation.model_source import ModelSource
from segmentation.networks.network import Network
from segmentation.preprocess import NetworkInput, Preprocessor

# How torch, its libraries and Triton begin what the driver tells them; not all of it is a torch.AcceleratorError.
DEVICE_FAILURE = re.compile(
    r"CUDA error|CUDA driver error|cuDNN (Frontend )?error|Triton Error \[CUDA\]|CUBLAS_STATUS|CUDNN_STATUS"
    r"|unable to find an engine to execute this computation"
)
LACK_OF_MEMORY = re.compile("out of memory|ALLOC_FAILED")
DTYPES = {"fp32": torch.float32, "fp16": torch.float16, "bf16": torch.bfloat16}


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """The engine for a request; it builds nothing. Raises EngineUnavailableError, CheckpointError, ValueError."""
    network = request.source.network()
    engine = TorchEngine(request.source.card, network, device=request.device, precision=request.precision)
    key = None if engine.precision == "fp32" else engine_key(request.source, engine)
    return Candidate(on_its_device(engine), key)


@contextmanager
def device_errors(device: torch.device) -> Iterator[None]:
    """Turn what torch raises when a device fails or has no memory left for a frame into errors of engines."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise EngineMemoryError(_message(device, "has no memory left for a frame", error)) from error
    except RuntimeError as error:
        if isinstance(error, EngineUnavailableError) or not DEVICE_FAILURE.search(str(error)):
            raise
        if LACK_OF_MEMORY.search(str(error)):
            raise EngineMemoryError(_message(device, "has no memory left for a frame", error)) from error
        raise EngineFailedError(_message(device, "failed", error)) from error


def _message(device: torch.device, what: str, error: RuntimeError) -> str:
    return f"device {device}: {what} ({one_line(error)}); use --device cpu"


def on_its_device(engine: TorchEngine) -> Engine:
    """The engine itself on a CPU; on a GPU what keeps whole frames there."""
    if engine.device.type == "cpu":
        return engine
    from segmentation.engines.cuda.cuda_engine import CudaEngine

    return CudaEngine(engine)


def engine_key(source: ModelSource, engine: TorchEngine) -> dict[str, str]:
    """What an engine's labels depend on."""
    key = {
        "kind": engine.name,
        "model": source.fingerprint,
        "torch": torch.__version__,
        "device": "cpu",
        "precision": engine.precision,
    }
    if engine.device.type == "cpu":
        return key
    return {**key, "device": torch.cuda.get_device_name(engine.device), **kernel_key()}


class TorchEngine(HostEngine):
    """Runs a network, which it takes over and changes: batch norm is folded and the weights move to the device.

    device_name: such as "cpu" or "cuda:0". precision: "fp32", "fp16" or "bf16".
    Raises EngineUnavailableError where the device or precision is not to be had; ValueError for a name that is none.
    """

    name = "torch"

    def __init__(self, card: ModelCard, model: Network, *, device: str = "auto", precision: Precision = "auto") -> None:
        super().__init__(card)
        self.device = resolve_device(device)
        self.device_name = str(self.device)
        self.precision: str = resolve_precision(precision, self.device)
        self.dtype = DTYPES[self.precision]
        model = model.eval().requires_grad_(False)
        fold_batch_norm(model)  # in float32, before the weights are rounded
        try:
            model.to(self.device, self.dtype)
            convolutions_channels_last(model)
        except RuntimeError as error:  # no memory left, or a device that this build of torch cannot use
            kind = EngineMemoryError if isinstance(error, torch.OutOfMemoryError) else EngineUnavailableError
            raise kind(_message(self.device, "the network cannot be put there", error)) from error
        self._model = model

    def at_input_size(self, input_size: tuple[int, int]) -> TorchEngine:
        """See Engine."""
        other = copy.copy(self)
        other.card = replace(self.card, input_size=input_size)
        other._preprocess = Preprocessor(input_size, self.card.normalisation)
        return other

    def network_output(self, network_input: NetworkInput) -> NetworkOutput:
        """See HostEngine."""
        return NetworkOutput(self.logits(network_input))

    def wait(self) -> None:
        """See HostEngine."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    @contextmanager
    def device_errors(self) -> Iterator[None]:
        """See HostEngine."""
        with device_errors(self.device):
            yield

    @torch.inference_mode()
    def logits(self, network_input: NetworkInput) -> Tensor:
        """Logits (1, C, h, w) in the engine's precision, on its device; on CUDA they may still be under way."""
        # cuDNN may otherwise choose among algorithms that sum in different orders, or round float32 to fewer bits.
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            return self._model(
                network_input.color.to(self.device, self.dtype, memory_format=torch.channels_last),
                network_input.depth_m.to(self.device),  # metres stay float32
                network_input.focal_px.to(self.device),
            )


def resolve_device(name: str) -> torch.device:
    """The device of this name: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:N".

    Raises ValueError for another name, EngineUnavailableError for a CUDA device that is not there.
    """
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    if not DEVICE_NAME.fullmatch(name):
        raise ValueError(f"unknown device {name!r}: use auto, cpu, cuda or cuda:N")
    kind, _, number = name.partition(":")
    if kind == "cpu":
        return torch.device("cpu")
    found, index = torch.cuda.device_count() if torch.cuda.is_available() else 0, int(number or 0)
    if index >= found:
        raise EngineUnavailableError(f"device {name}: {found or 'no'} CUDA devices found; use --device cpu or auto")
    return torch.device("cuda", index)


def resolve_precision(name: str, device: torch.device) -> Literal["fp32", "fp16", "bf16"]:
    """The precision of this name; "auto" is fp16 on CUDA and fp32 on a CPU, where fp16 is slow and refused.

    Raises ValueError for another name, EngineUnavailableError for what the engine does not have there.
    """
    if name not in PRECISIONS:
        raise ValueError(f"unknown precision {name!r}: use {', '.join(PRECISIONS)}")
    if name == "int8":
        raise EngineUnavailableError("precision int8 needs --engine openvino")
    if name == "fp16" and device.type == "cpu":
        raise EngineUnavailableError("precision fp16 needs a CUDA device; use --precision fp32 or auto on a CPU")
    if name == "auto":
        return "fp16" if device.type == "cuda" else "fp32"
    return name  # pyright: ignore[reportReturnType] - what is left of PRECISIONS

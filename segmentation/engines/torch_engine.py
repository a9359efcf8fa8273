"""PyTorch as the engine: float32 on a CPU, half precision on a CUDA device, channels-last on both."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmentation.engines.engine import EngineResult
from segmentation.engines.folding import convolutions_channels_last, fold_batch_norm
from segmentation.errors import EngineUnavailableError, one_line
from segmentation.labels import LabelMap, label_map, probability_map
from segmentation.networks.network import Network
from segmentation.preprocess import NetworkInput
from segmentation.scores import Scores

Precision = Literal["auto", "fp32", "fp16"]


class TorchEngine:
    """Runs a network, which it takes over and changes: batch norm is folded and the weights move to the device.

    device_name: such as "cpu" or "cuda:0". precision: "fp32" or "fp16".
    Raises EngineUnavailableError where the device or precision is not to be had; ValueError for a name that is none.
    """

    name: str = "torch"

    def __init__(self, model: Network, *, device: str = "auto", precision: Precision = "auto") -> None:
        self.device = resolve_device(device)
        self.device_name = str(self.device)
        self.precision: str = resolve_precision(precision, self.device)
        self._dtype = torch.float16 if self.precision == "fp16" else torch.float32
        model = model.eval().requires_grad_(False)
        fold_batch_norm(model)  # in float32, before the weights are rounded
        try:
            model.to(self.device, self._dtype)
        except RuntimeError as error:  # no memory left, or a device that this build of torch cannot use
            raise self._unavailable("the network cannot be put there", error) from error
        convolutions_channels_last(model)
        self._model = model

    @torch.inference_mode()
    def run(self, network_input: NetworkInput, size: tuple[int, int]) -> EngineResult:
        """Labels and confidence of `size` (height, width). The arrays are the caller's.

        Raises EngineUnavailableError when the device has no memory left.
        """
        with self._memory_errors():
            return self._run(network_input, size)

    @torch.inference_mode()
    def probabilities(self, network_input: NetworkInput, size: tuple[int, int]) -> NDArray[np.float32]:
        """Every class's probability (C, H, W) of `size` (height, width). The array is the caller's.

        Raises EngineUnavailableError when the device has no memory left.
        """
        with self._memory_errors():
            return probability_map(self.logits(network_input), size).cpu().numpy()

    def _run(self, network_input: NetworkInput, size: tuple[int, int]) -> EngineResult:
        started_s = time.perf_counter()
        logits = self.logits(network_input)
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        inferred_s = time.perf_counter()
        labels, confidence = _to_host(label_map(logits, size))
        done_s = time.perf_counter()
        inference_ms, postprocess_ms = 1e3 * (inferred_s - started_s), 1e3 * (done_s - inferred_s)
        return EngineResult(labels, confidence, inference_ms, postprocess_ms, Scores(logits, size))

    @contextmanager
    def _memory_errors(self) -> Iterator[None]:
        try:
            yield
        except torch.OutOfMemoryError as error:
            raise self._unavailable("has no memory left for a frame", error) from error

    def _unavailable(self, what: str, error: RuntimeError) -> EngineUnavailableError:
        return EngineUnavailableError(f"device {self.device}: {what} ({one_line(error)}); use --device cpu")

    @torch.inference_mode()
    def logits(self, network_input: NetworkInput) -> Tensor:
        """Logits (1, C, h, w) in the engine's precision, on its device; on CUDA they may still be under way."""
        # cuDNN may otherwise choose among algorithms that sum in different orders, or round float32 to fewer bits.
        with torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            return self._model(
                network_input.color.to(self.device, self._dtype, memory_format=torch.channels_last),
                network_input.depth_m.to(self.device),  # metres stay float32
                network_input.focal_px.to(self.device),
            )


def resolve_device(name: str) -> torch.device:
    """The device of this name: "auto" (CUDA where there is one), "cpu", "cuda" or "cuda:N".

    Raises ValueError for another name, EngineUnavailableError for a CUDA device that is not there.
    """
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    kind, _, number = name.partition(":")
    if kind not in ("cpu", "cuda") or (number and not (kind == "cuda" and number.isascii() and number.isdigit())):
        raise ValueError(f"unknown device {name!r}: use auto, cpu, cuda or cuda:N")
    if kind == "cpu":
        return torch.device("cpu")
    found, index = torch.cuda.device_count() if torch.cuda.is_available() else 0, int(number or 0)
    if index >= found:
        raise EngineUnavailableError(f"device {name}: {found or 'no'} CUDA devices found; use --device cpu or auto")
    return torch.device("cuda", index)


def resolve_precision(name: str, device: torch.device) -> Literal["fp32", "fp16"]:
    """The precision of this name; "auto" is fp16 on CUDA and fp32 on a CPU, where fp16 is slow and refused."""
    if name not in ("auto", "fp32", "fp16"):
        raise ValueError(f"unknown precision {name!r}: use auto, fp32 or fp16")
    if name == "fp16" and device.type == "cpu":
        raise EngineUnavailableError("precision fp16 needs a CUDA device; use --precision fp32 or auto on a CPU")
    return "fp16" if name == "fp16" or (name == "auto" and device.type == "cuda") else "fp32"


def _to_host(result: LabelMap) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Both maps in one copy: no more leaves the device, the logits never do."""
    if result.labels.device.type == "cpu":
        return result.labels.numpy(), result.confidence.numpy()
    pixels = result.labels.numel()
    packed = torch.cat((result.confidence.reshape(-1).view(torch.uint8), result.labels.reshape(-1))).cpu().numpy()
    shape = tuple(result.labels.shape)
    return packed[2 * pixels :].reshape(shape), packed[: 2 * pixels].view(np.float16).reshape(shape)

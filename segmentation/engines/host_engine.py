"""The frame path of the engines that prepare frames and finish labels on the host: only the network differs."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.engine import Engine, EngineResult
from segmentation.errors import EngineUnavailableError
from segmentation.labels import BestClass, LabelMap, label_map, probability_map
from segmentation.preprocess import NetworkInput, Preprocessor
from segmentation.scores import Scores


class NetworkOutput(NamedTuple):
    """logits: (1, C, h, w) floating, on any device; channels-last is quickest.

    best: what the network's own graph found to be the best class, None where it did not look.
    """

    logits: Tensor
    best: BestClass | None = None


class HostEngine(ABC):
    """An Engine whose frames are prepared on the CPU; a member gives the network's output for them.

    name, device_name, precision: see Engine. card: says what frames become.
    """

    name: str
    device_name: str
    precision: str

    def __init__(self, card: ModelCard) -> None:
        self.card = card
        self._preprocess = Preprocessor(card.input_size, card.normalisation)

    @abstractmethod
    def network_output(self, network_input: NetworkInput) -> NetworkOutput:
        """What the network says of one frame; on a GPU it may still be under way."""

    def run(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> EngineResult:
        """See Engine."""
        started_s = time.perf_counter()
        network_input = self._preprocess(color, depth_m, focal_px)
        prepared_s = time.perf_counter()
        size = color.shape[0], color.shape[1]
        with self.device_errors():
            output = self.network_output(network_input)
            self.wait()
            inferred_s = time.perf_counter()
            labels, confidence = to_host(label_map(output.logits, size, output.best))
        done_s = time.perf_counter()
        return EngineResult(
            labels,
            confidence,
            preprocess_ms=1e3 * (prepared_s - started_s),
            inference_ms=1e3 * (inferred_s - prepared_s),
            postprocess_ms=1e3 * (done_s - inferred_s),
            scores=Scores(output.logits, size),
        )

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """See Engine."""
        network_input = self._preprocess(color, depth_m, focal_px)
        with self.device_errors():
            output = self.network_output(network_input)
            return probability_map(output.logits, (color.shape[0], color.shape[1])).cpu().numpy()

    def at_input_size(self, input_size: tuple[int, int]) -> Engine:
        """See Engine."""
        width, height = self.card.input_size
        if input_size == self.card.input_size:
            return self
        raise EngineUnavailableError(
            f"engine {self.name}: its network was built for {width}x{height}, not for {input_size[0]}x{input_size[1]};"
            " use --engine torch"
        )

    def close(self) -> None:
        """See Engine; there is nothing that memory management does not do."""
        return

    def wait(self) -> None:
        """Until the network's output is there; on a CPU it is."""
        return

    @contextmanager
    def device_errors(self) -> Iterator[None]:
        """Turn the device's failures into EngineUnavailableError."""
        yield


def to_host(result: LabelMap) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Both maps in one copy: no more leaves the device, the logits never do."""
    if result.labels.device.type == "cpu":
        return result.labels.numpy(), result.confidence.numpy()
    return unpack(pack(result).cpu().numpy(), (result.labels.shape[0], result.labels.shape[1]))


def pack(result: LabelMap) -> Tensor:
    """Both maps (H, W) in one row of bytes, the confidence first: three a pixel."""
    return torch.cat((result.confidence.reshape(-1).view(torch.uint8), result.labels.reshape(-1)))


def unpack(packed: NDArray[np.uint8], size: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Labels and confidence (H, W) as views of what was packed; size is (height, width)."""
    pixels = size[0] * size[1]
    return packed[2 * pixels :].reshape(size), packed[: 2 * pixels].view(np.float16).reshape(size)

"""A network on a GPU as the engine: raw frames up, labels down, and all between them one launch of a CUDA graph."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.cuda.frame_path import FramePath
from segmentation.engines.cuda.recording import record, timed_event
from segmentation.engines.engine import EngineResult
from segmentation.engines.host_engine import unpack
from segmentation.labels import probability_map
from segmentation.preprocess import NetworkInput, check_frame
from segmentation.scores import Scores

MOST_SIZES = 2  # frame sizes whose graphs are kept, each with the memory that its network needs
FOCAL_BYTES = 8
Work = Callable[[], tuple[Tensor, Tensor]]


class DeviceNetwork(Protocol):
    """A network on a device, such as a TorchEngine. dtype: in which it takes colours."""

    name: str
    device_name: str
    precision: str
    card: ModelCard
    device: torch.device
    dtype: torch.dtype

    def logits(self, network_input: NetworkInput) -> Tensor:
        """(1, C, h, w); they may still be under way, and the next ones may overwrite them."""
        ...

    def device_errors(self) -> AbstractContextManager[None]:
        """Turns the device's failures into those of engines."""
        ...

    def at_input_size(self, input_size: tuple[int, int]) -> DeviceNetwork:
        """See Engine."""
        ...

    def close(self) -> None:
        """See Engine."""
        ...


class CudaEngine:
    """An Engine around a network on a GPU, which it takes over. name, device_name, precision: of that one.

    Of its three stages, preprocess is what it takes to bring the frame there, inference all that is computed, and
    postprocess the way back, by the device's own clock. It is used by one thread at a time; scores by any.
    """

    def __init__(self, network: DeviceNetwork, *, recorded: Callable[[Work], Work] = record) -> None:
        self.network, self._recorded = network, recorded
        self.name, self.device_name, self.precision = network.name, network.device_name, network.precision
        self._sizes: OrderedDict[tuple[int, int], _FrameSize] = OrderedDict()

    def run(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> EngineResult:
        """See Engine."""
        check_frame(color, depth_m, focal_px)
        with self.network.device_errors():
            return self._of_size(color).run(color, depth_m, focal_px)

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """See Engine."""
        check_frame(color, depth_m, focal_px)
        with self.network.device_errors():
            return self._of_size(color).probabilities(color, depth_m, focal_px)

    def at_input_size(self, input_size: tuple[int, int]) -> CudaEngine:
        """See Engine."""
        if input_size == self.network.card.input_size:
            return self
        return CudaEngine(self.network.at_input_size(input_size), recorded=self._recorded)

    def close(self) -> None:
        """See Engine; graphs keep their memory until they go."""
        self._sizes.clear()
        self.network.close()

    def _of_size(self, color: NDArray[np.uint8]) -> _FrameSize:
        size = color.shape[0], color.shape[1]
        if size not in self._sizes:
            while len(self._sizes) >= MOST_SIZES:
                self._sizes.popitem(last=False)
            self._sizes[size] = _FrameSize(size, self.network, self._recorded)
        self._sizes.move_to_end(size)
        return self._sizes[size]


class _FrameSize:
    """The buffers and the graph for frames of one size (height, width)."""

    def __init__(self, size: tuple[int, int], network: DeviceNetwork, recorded: Callable[[Work], Work]) -> None:
        self._size, self._network, self._recorded = size, network, recorded
        device, pixels = network.device, size[0] * size[1]
        self._path = FramePath(size, network.card, device, network.dtype)
        # One buffer, so one copy: focal lengths, depth, colour.
        on_gpu = device.type == "cuda"
        self._frame = torch.zeros(FOCAL_BYTES + 7 * pixels, dtype=torch.uint8, pin_memory=on_gpu)
        self._frame_there = torch.zeros_like(self._frame, device=device)
        self._packed = torch.zeros(3 * pixels, dtype=torch.uint8, pin_memory=on_gpu)
        self._step: Work | None = None
        self._events = [timed_event(device) for _ in range(4)]

    @torch.inference_mode()
    def run(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> EngineResult:
        with torch.cuda.device_of(self._frame_there):
            if self._step is None:
                self._bring(color, depth_m, focal_px)  # what is run to be recorded must make sense
                self._step = self._recorded(self._work)
            start, brought, computed, returned = self._events
            start.record()
            self._bring(color, depth_m, focal_px)
            brought.record()
            logits, packed = self._step()
            kept = logits.clone()  # the next frame overwrites the graph's own, while somebody may still look at these
            computed.record()
            self._packed.copy_(packed, non_blocking=True)
            returned.record()
            returned.synchronize()
        labels, confidence = unpack(self._packed.numpy().copy(), self._size)
        times_ms = (first.elapsed_time(second) for first, second in pairwise(self._events))
        return EngineResult(labels, confidence, *times_ms, scores=Scores(kept, self._size))

    @torch.inference_mode()
    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        with torch.cuda.device_of(self._frame_there):
            self._bring(color, depth_m, focal_px)
            return probability_map(self._logits(), self._size).cpu().numpy()

    def _bring(self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]) -> None:
        """Copy a frame there. The buffer is free: every frame is waited for."""
        width, height = self._network.card.input_size
        focal, depth, colors = self._parts(self._frame)
        focal.numpy()[:] = focal_px[0] * width / self._size[1], focal_px[1] * height / self._size[0]
        np.copyto(depth.numpy(), depth_m)
        np.copyto(colors.numpy(), color)
        self._frame_there.copy_(self._frame, non_blocking=True)

    def _work(self) -> tuple[Tensor, Tensor]:
        logits = self._logits()
        return logits, self._path.finish(logits)

    def _logits(self) -> Tensor:
        focal_px, depth_m, color = self._parts(self._frame_there)
        return self._network.logits(self._path.prepare(color, depth_m, focal_px))

    def _parts(self, frame: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Views of a buffer: focal lengths (2,) and depth (H, W) float32, colour (H, W, 3) uint8."""
        depth_end = FOCAL_BYTES + 4 * self._size[0] * self._size[1]
        focal_px, depth_m = frame[:FOCAL_BYTES].view(torch.float32), frame[FOCAL_BYTES:depth_end].view(torch.float32)
        return focal_px, depth_m.view(self._size), frame[depth_end:].view(*self._size, 3)

"""A plan on its GPU, ready to run: the tensors that go in and come out lie at fixed places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segmentation.engines.cache import StaleEntryError
from segmentation.engines.tensorrt.library import load_tensorrt, messages, started
from segmentation.errors import EngineFailedError, EngineMemoryError, EngineUnavailableError

LACK_OF_MEMORY = re.compile("out of memory|could not be allocated", re.IGNORECASE)
Shapes = Mapping[str, tuple[int, ...]]
TYPES = {"FLOAT": torch.float32, "HALF": torch.float16, "INT32": torch.int32, "INT64": torch.int64}


class Plan:
    """A plan that was built before.

    inputs: what must go in, by name. outputs: what must come out, by name. Raises StaleEntryError for what is no plan,
    or one of another TensorRT, GPU, model or size; EngineMemoryError where the GPU has no memory left for it.
    """

    def __init__(self, path: Path, device: torch.device, inputs: Shapes, outputs: tuple[str, ...]) -> None:
        trt = load_tensorrt()
        self._device = device
        with torch.cuda.device(device):
            self._runtime: Any = started(trt.Runtime)
            self._engine: Any = self._runtime.deserialize_cuda_engine(path.read_bytes())
            if self._engine is None:
                raise self._not_loaded(messages().take())
            self._check(inputs, outputs)
            self._context: Any = self._engine.create_execution_context()
            if self._context is None:
                raise EngineMemoryError(f"device {device}: no memory left for the network ({messages().take()})")
            self._stream = torch.cuda.Stream(device)
            self._tensors = {name: self._bound(name) for name in self._names()}
        self._inputs = tuple(inputs)

    def run(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What comes out for these inputs, on the device; it may still be under way on the current stream.

        The outputs are overwritten by the next run. Raises EngineFailedError.
        """
        current = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(current)  # nobody reads the outputs of the last run any more
        with torch.cuda.stream(self._stream):
            for name in self._inputs:
                self._tensors[name].copy_(inputs[name], non_blocking=True)
            launched = self._context.execute_async_v3(self._stream.cuda_stream)
        if not launched:
            raise EngineFailedError(f"device {self._device}: TensorRT failed ({messages().take()})")
        current.wait_stream(self._stream)
        return {name: tensor for name, tensor in self._tensors.items() if name not in self._inputs}

    def close(self) -> None:
        """Give the GPU's memory back, what depends on the other first."""
        with suppress(RuntimeError):  # of a device that failed: then there is nothing to wait for
            torch.cuda.synchronize(self._device)
        self._tensors = {}
        self._context = self._engine = self._runtime = None

    def _not_loaded(self, reason: str) -> EngineUnavailableError:
        """What took minutes to build is not stale because something else fills the GPU at present."""
        if LACK_OF_MEMORY.search(reason):
            return EngineMemoryError(f"device {self._device}: no memory left for the network ({reason})")
        return StaleEntryError(reason)

    def _names(self) -> list[str]:
        return [self._engine.get_tensor_name(index) for index in range(self._engine.num_io_tensors)]

    def _check(self, inputs: Shapes, outputs: tuple[str, ...]) -> None:
        names = self._names()
        if missing := {*inputs, *outputs} - {*names}:
            raise StaleEntryError(f"it has {', '.join(names)}, not {', '.join(sorted(missing))}")
        for name, expected in inputs.items():
            if (shape := tuple(self._engine.get_tensor_shape(name))) != expected:
                raise StaleEntryError(f"its input {name} is {shape}, not {expected}")

    def _bound(self, name: str) -> Tensor:
        kind = TYPES[self._engine.get_tensor_dtype(name).name]
        tensor = torch.empty(tuple(self._engine.get_tensor_shape(name)), dtype=kind, device=self._device)
        if not self._context.set_tensor_address(name, tensor.data_ptr()):
            raise StaleEntryError(f"{name} cannot be bound ({messages().take()})")
        return tensor

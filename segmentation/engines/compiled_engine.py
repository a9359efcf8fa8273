"""PyTorch on a GPU, the network compiled by torch.compile: fewer and larger kernels, for a first start of minutes."""

from __future__ import annotations

import numpy as np
import torch

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.choose import Candidate
from segmentation.engines.engine import Precision
from segmentation.engines.request import EngineRequest
from segmentation.engines.torch_engine import TorchEngine, engine_key, on_its_device, resolve_device
from segmentation.errors import EngineUnavailableError, one_line
from segmentation.networks.network import Network


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """The engine for a request, compiled while it is made; torch keeps what it compiled in its own cache.

    Raises EngineUnavailableError, CheckpointError, ValueError.
    """
    if resolve_device(request.device).type == "cpu":
        raise EngineUnavailableError(
            "engine torch-compile needs a CUDA device: on a CPU it gains little for half a minute of compiling;"
            " use --engine torch or openvino"
        )
    network = request.source.network()
    engine = CompiledEngine(request.source.card, network, device=request.device, precision=request.precision)
    return Candidate(on_its_device(engine), engine_key(request.source, engine))


class CompiledEngine(TorchEngine):
    """A TorchEngine whose network is compiled for the input's size; the malleable layers stay the kernels they are."""

    name = "torch-compile"

    def __init__(self, card: ModelCard, model: Network, *, device: str = "auto", precision: Precision = "auto") -> None:
        super().__init__(card, model, device=device, precision=precision)
        with self.device_errors():
            self.logits(self._preprocess(*_blank_frame()))  # folds weights, which a graph takes as they are then
        self._model = torch.compile(self._model, dynamic=False)
        try:
            with self.device_errors():
                self.logits(self._preprocess(*_blank_frame()))  # compiles now: frames are waited for in seconds
        except EngineUnavailableError:
            raise
        except Exception as error:  # no C compiler, no Triton, what it cannot compile: any type
            raise EngineUnavailableError(
                f"engine torch-compile: the network cannot be compiled ({one_line(error)}); use --engine torch"
            ) from error


def _blank_frame() -> tuple[np.ndarray, np.ndarray, tuple[float, float]]:
    return np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.float32), (8.0, 8.0)

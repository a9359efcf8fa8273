"""PyTorch on a GPU, the network compiled by torch.compile: fewer and larger kernels, for a first start of minutes."""

from __future__ import annotations

import torch

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.choose import Candidate
from segmentation.engines.cuda.frame_path import FramePath
from segmentation.engines.engine import Precision
from segmentation.engines.request import EngineRequest
from segmentation.engines.torch_engine import TorchEngine, engine_key, on_its_device, resolve_device
from segmentation.errors import EngineUnavailableError, one_line
from segmentation.networks.network import Network

BLANK_SIZE = (8, 8)


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
        self._run_blank_frame()  # folds weights, which a graph takes as they are then
        self._model = torch.compile(self._model, dynamic=False)
        try:
            self._run_blank_frame()  # compiles now: frames are waited for in seconds
        except EngineUnavailableError:
            raise
        except Exception as error:  # no C compiler, no Triton, what it cannot compile: any type
            raise EngineUnavailableError(
                f"engine torch-compile: the network cannot be compiled ({one_line(error)}); use --engine torch"
            ) from error

    @torch.inference_mode()
    def _run_blank_frame(self) -> None:
        """As a CudaEngine has frames run: for tensors of other strides or kinds torch would compile once more."""
        path = FramePath(BLANK_SIZE, self.card, self.device, self.dtype)
        color = torch.zeros((*BLANK_SIZE, 3), dtype=torch.uint8, device=self.device)
        depth_m, focal_px = torch.zeros(BLANK_SIZE, device=self.device), torch.ones(2, device=self.device)
        with self.device_errors():
            self.logits(path.prepare(color, depth_m, focal_px))

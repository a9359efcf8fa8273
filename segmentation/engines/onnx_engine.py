"""The engine of this name is not written yet."""

from __future__ import annotations

from pathlib import Path

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.choose import Candidate
from segmentation.engines.host_engine import HostEngine, NetworkOutput
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineUnavailableError
from segmentation.preprocess import NetworkInput


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """Refuse."""
    raise EngineUnavailableError("engine onnx is not in this version")


class OnnxEngine(HostEngine):
    """Refuses to be made."""

    def __init__(self, card: ModelCard, path: Path | None, *, device: str) -> None:
        raise EngineUnavailableError("engine onnx is not in this version")

    def network_output(self, network_input: NetworkInput) -> NetworkOutput:
        """Never called."""
        raise NotImplementedError

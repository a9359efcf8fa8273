"""ONNX Runtime as the engine, on a CPU or a CUDA device."""

from __future__ import annotations

from pathlib import Path

import torch

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.choose import Candidate
from segmentation.engines.host_engine import HostEngine, NetworkOutput
from segmentation.engines.request import EngineRequest
from segmentation.graphs.ends import INPUTS
from segmentation.graphs.libraries import need
from segmentation.graphs.provide import obtain_graph
from segmentation.labels import BestClass
from segmentation.preprocess import NetworkInput


def make(request: EngineRequest, *, may_build: bool) -> Candidate:
    """The engine for a request."""
    path = obtain_graph(request)
    return Candidate(OnnxEngine(request.source.card, path, device="cpu"), None)


class OnnxEngine(HostEngine):
    """Runs a graph."""

    name = "onnx"

    def __init__(self, card: ModelCard, path: Path | None, *, device: str = "cpu") -> None:
        super().__init__(card)
        ort = need("onnxruntime", "engine onnx")
        options = ort.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.device_name, self.precision = "cpu", "fp32"

    def network_output(self, network_input: NetworkInput) -> NetworkOutput:
        """See HostEngine."""
        fed = network_input.color.contiguous(), network_input.depth_m, network_input.focal_px
        feed = {name: value.numpy() for name, value in zip(INPUTS, fed, strict=True)}
        labels, confidence, logits = self._session.run(None, feed)
        return NetworkOutput(torch.from_numpy(logits).permute(0, 3, 1, 2), BestClass(labels[0], confidence[0]))

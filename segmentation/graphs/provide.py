"""The graph of a model, from the cache where it was made before."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import torch

from segmentation.engines.request import EngineRequest
from segmentation.graphs.export import EXPORTER_VERSION, GraphPrecision, export_graph

GRAPH_FILE = "graph.onnx"
_log = logging.getLogger(__name__)


def obtain_graph(request: EngineRequest, *, precision: GraphPrecision = "fp32") -> Path:
    """The file of a request's graph: itself where it is one already, else one that is exported once and kept.

    Raises EngineUnavailableError where it cannot be exported, CheckpointError for a bad model file.
    """
    source = request.source
    if source.is_graph:
        assert source.path is not None
        return source.path

    def build(folder: Path) -> None:
        _log.warning(f"preparing {source.card.model} for other engines than torch, once; about 10 s")
        export_graph(
            source.card, source.network(), folder / GRAPH_FILE, precision=precision, fingerprint=source.fingerprint
        )

    return request.cache.obtain(_key(request, precision), build, lambda folder: folder / GRAPH_FILE)


def has_graph(request: EngineRequest, *, precision: GraphPrecision = "fp32") -> bool:
    """Whether obtain_graph would export nothing."""
    return request.source.is_graph or request.cache.has(_key(request, precision))


def _key(request: EngineRequest, precision: str) -> dict[str, str]:
    card = request.source.card
    return {
        "kind": "graph",
        "model": request.source.fingerprint,
        "options": json.dumps(card.as_document()["options"], sort_keys=True),
        "input_size": "x".join(map(str, card.input_size)),
        "precision": precision,
        "exporter": str(EXPORTER_VERSION),
        "torch": torch.__version__,
    }

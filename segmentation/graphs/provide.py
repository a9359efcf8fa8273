"""The graph of a model, from the cache where it was made before."""

from __future__ import annotations

import json
import logging
from functools import partial
from pathlib import Path

import torch

from segmentation.engines.cache import EngineCache
from segmentation.engines.engine import GraphPrecision
from segmentation.engines.request import EngineRequest
from segmentation.graphs.adapt import adapt_graph
from segmentation.graphs.document import read_document
from segmentation.graphs.export import EXPORTER_VERSION, export_graph
from segmentation.malleable import MalleableConv2d
from segmentation.model_source import ModelSource
from segmentation.networks.network import Network

GRAPH_FILE = "graph.onnx"
_log = logging.getLogger(__name__)


def obtain_graph(request: EngineRequest, *, precision: GraphPrecision = "fp32") -> Path:
    """The file of a request's graph: itself where it is one of ours, else one that is made once and kept.

    A graph comes in the precision that it was made in. Raises EngineUnavailableError where it cannot be exported,
    CheckpointError for a bad file.
    """
    path = _own_graph(request.source)
    if path is not None:
        return path
    build = partial(_build, request.source, precision)
    # Giving a graph other ends takes milliseconds, so that is done in a cache too in which nothing is to be made.
    cache = EngineCache(request.cache.wanted_folder) if request.source.is_graph else request.cache
    return cache.obtain(_key(request.source, precision), build, lambda folder: folder / GRAPH_FILE)


def has_graph(request: EngineRequest, *, precision: GraphPrecision = "fp32") -> bool:
    """Whether obtain_graph would export nothing."""
    return request.source.is_graph or request.cache.has(_key(request.source, precision))


def _own_graph(source: ModelSource) -> Path | None:
    if source.is_graph and source.path is not None and read_document(source.path) is not None:
        return source.path
    return None


def _build(source: ModelSource, precision: GraphPrecision, folder: Path) -> None:
    out = folder / GRAPH_FILE
    if source.is_graph and source.path is not None:
        adapt_graph(source.path, out)
        return
    network = source.network()
    _log.warning(f"preparing {source.card.model} for engines other than torch, once: about {_seconds(network)} s")
    export_graph(source.card, network, out, precision=precision, fingerprint=source.fingerprint)


def _key(source: ModelSource, precision: str) -> dict[str, str]:
    card = source.card
    return {
        "kind": "graph",
        "model": source.fingerprint,
        "options": json.dumps(card.as_document()["options"], sort_keys=True),
        "input_size": "x".join(map(str, card.input_size)),
        "precision": precision,
        "exporter": str(EXPORTER_VERSION),
        "torch": torch.__version__,
    }


def _seconds(network: Network) -> int:
    """How long an export takes on two cores: every malleable layer is a hundred nodes."""
    return 3 + 3 * sum(isinstance(layer, MalleableConv2d) for layer in network.modules())

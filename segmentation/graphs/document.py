"""What a graph says of itself: JSON under one key of its metadata, or beside the graphs of others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.cache import file_sha256
from segmentation.engines.engine import GRAPH_PRECISIONS, GraphPrecision
from segmentation.errors import CheckpointError, one_line
from segmentation.graphs.description import description_path
from segmentation.graphs.foreign import ForeignGraph, described_card, external_files
from segmentation.graphs.libraries import need

KEY = "rgbd_live"
GRAPH_VERSION = 1


@dataclass(frozen=True, slots=True)
class GraphFacts:
    """What a graph is beside its model.

    precision: "fp32" or "fp16". weights: the fingerprint of the model it was made of. made_with: versions, by library.
    output_stride: pixels of the input per pixel of the logits; None where that is not known.
    """

    precision: str
    weights: str
    made_with: Mapping[str, str]
    output_stride: int | None = None


def own_document(card: ModelCard, facts: GraphFacts) -> str:
    """The JSON that goes into a graph."""
    graph = {"version": GRAPH_VERSION, **asdict(facts), "logits_layout": "NHWC"}
    return json.dumps({"card": card.as_document(), "graph": graph})


def read_document(path: Path) -> Mapping[str, Any] | None:
    """The document inside a graph of ours; None for a graph of others. Raises CheckpointError for what is no graph."""
    return parse_document(path, _metadata(_read(path)))


def parse_document(path: Path, metadata: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The same, of metadata that a runtime has read already."""
    text = metadata.get(KEY)
    if text is None:
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: its metadata {KEY!r} cannot be read ({one_line(error)})") from error


def read_graph_card(path: Path) -> ModelCard:
    """The model of a graph: as it says itself, or as the JSON beside it says.

    Raises CheckpointError for a file that is missing, bad, or not described; EngineUnavailableError without onnx.
    """
    document = read_document(path)
    if document is None:
        return described_card(path)
    try:
        return ModelCard.from_document(document["card"])
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise CheckpointError(f"{path}: its metadata {KEY!r} describes no model ({one_line(error)})") from error


def graph_precision(path: Path) -> GraphPrecision:
    """Of a graph, one of ours or one that is described beside it. Raises CheckpointError."""
    metadata = _metadata(_read(path))
    return parse_precision(path, metadata) if KEY in metadata else ForeignGraph(path).precision


def parse_precision(path: Path, metadata: Mapping[str, str]) -> GraphPrecision:
    """Of a graph of ours, as its metadata say. Raises CheckpointError for any other."""
    document = parse_document(path, metadata) or {}
    try:
        return GRAPH_PRECISIONS[GRAPH_PRECISIONS.index(document["graph"]["precision"])]
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: its metadata do not say its precision; export it again") from error


def graph_fingerprint(path: Path) -> str:
    """What tells a graph from every other: its bytes, and those of what describes it and of its weights beside it.

    Raises CheckpointError.
    """
    model = _read(path)
    beside = {path.parent / name for name in external_files(model)}
    if KEY not in _metadata(model):
        beside.add(description_path(path))
    elif beside:
        raise CheckpointError(f"{path}: its weights lie in other files; those of a graph of ours are inside")
    try:
        return "-".join(file_sha256(each) for each in (path, *sorted(beside)))
    except OSError as error:
        raise CheckpointError(f"{error.filename}: cannot be read ({error.strerror})") from error


def _metadata(model: Any) -> Mapping[str, str]:
    return {entry.key: entry.value for entry in model.metadata_props}


def _read(path: Path) -> Any:
    """onnx's model, without weights in other files."""
    onnx = need("onnx", f"reading {path}")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such file") from error
    except Exception as error:  # protobuf's own kinds
        raise CheckpointError(f"{path}: not an ONNX graph, or damaged ({one_line(error)})") from error
    if not model.graph.node:  # protobuf takes an empty file for an empty message
        raise CheckpointError(f"{path}: not an ONNX graph, or damaged (it has no nodes)")
    return model

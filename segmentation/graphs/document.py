"""What a graph says of itself: JSON under one key of its metadata, or beside the graphs of others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.cache import file_sha256
from segmentation.errors import CheckpointError, one_line
from segmentation.graphs.description import description_path
from segmentation.graphs.foreign import described_card
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
    return parse_document(path, _metadata(path))


def parse_document(path: Path, metadata: Mapping[str, str]) -> Mapping[str, Any] | None:
    """The same, of metadata that a runtime has read already."""
    text = metadata.get(KEY)
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
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
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"{path}: its metadata {KEY!r} describes no model ({one_line(error)})") from error


def parse_precision(path: Path, metadata: Mapping[str, str]) -> str:
    """Of a graph of ours, as its metadata say. Raises CheckpointError for any other."""
    document = parse_document(path, metadata) or {}
    try:
        return str(document["graph"]["precision"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"{path}: its metadata do not say its precision; export it again") from error


def graph_fingerprint(path: Path) -> str:
    """What tells a graph from every other: its bytes, and those of what describes it."""
    digest = file_sha256(path)
    return digest if read_document(path) is not None else f"{digest}-{file_sha256(description_path(path))}"


def _metadata(path: Path) -> Mapping[str, str]:
    onnx = need("onnx", f"reading {path}")
    try:
        model = onnx.load(str(path), load_external_data=False)
    except FileNotFoundError as error:
        raise CheckpointError(f"{path}: no such file") from error
    except Exception as error:  # protobuf's own kinds
        raise CheckpointError(f"{path}: not an ONNX graph, or damaged ({one_line(error)})") from error
    if not model.graph.node:  # protobuf takes an empty file for an empty message
        raise CheckpointError(f"{path}: not an ONNX graph, or damaged (it has no nodes)")
    return {entry.key: entry.value for entry in model.metadata_props}

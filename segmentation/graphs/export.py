"""A network as an ONNX graph of one size: standard operators only, with all that an engine must know inside."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.engine import GraphPrecision
from segmentation.engines.folding import fold_batch_norm
from segmentation.errors import EngineUnavailableError
from segmentation.graphs.document import KEY, GraphFacts, own_document
from segmentation.graphs.ends import INPUTS, OUTPUTS, GraphNetwork
from segmentation.graphs.libraries import need
from segmentation.networks.network import Network

OPSET = 18
EXPORTER_VERSION = 1  # raised whenever the same network and size would become another graph
LARGEST_FILE_BYTES = (1 << 31) - (1 << 20)  # protobuf's limit, with room for everything that is not weights


@dataclass(frozen=True, slots=True)
class GraphReport:
    """What was written. nodes: of the graph. bytes: of the file. ops: how often each operator occurs."""

    nodes: int
    bytes: int
    ops: Mapping[str, int]


def export_graph(
    card: ModelCard, network: Network, path: Path, *, precision: GraphPrecision = "fp32", fingerprint: str = ""
) -> GraphReport:
    """Write a network, which it takes over and changes, as an ONNX graph for the card's input size.

    Inputs are INPUTS and outputs OUTPUTS, of the same types in both precisions: see ends.GraphNetwork. The relative
    depth of malleable layers is float32 in both. fingerprint: of the weights, for the graph's document.

    Raises EngineUnavailableError where the exporter is not installed or the graph would not fit one file; OSError where
    it cannot be written.
    """
    onnxscript = need("onnxscript", "exporting a graph")
    _check_size(network, precision)
    network = _prepared(network, precision)
    with quiet_exporter(), torch.no_grad():
        program = torch.onnx.export(
            GraphNetwork(network), _blank(card.input_size), dynamo=True, opset_version=OPSET, verbose=False,
            input_names=list(INPUTS), output_names=list(OUTPUTS), optimize=False,
        )  # fmt: skip
        assert program is not None
        _simplify(program.model)
    model: Any = program.model_proto
    made_with = {"torch": torch.__version__, "onnxscript": onnxscript.__version__}
    facts = GraphFacts(precision, fingerprint, made_with, network.output_stride)
    model.metadata_props.add(key=KEY, value=own_document(card, facts))
    written = path.write_bytes(model.SerializeToString())
    return GraphReport(len(model.graph.node), written, Counter(node.op_type for node in model.graph.node))


def _prepared(network: Network, precision: str) -> Network:
    """Ready to be traced: nothing to be learned, batch norm and rebalancing folded in before weights are rounded."""
    network = network.eval().requires_grad_(False)
    fold_batch_norm(network)
    if precision == "fp16":
        network.half()
    with torch.no_grad():  # a first frame, however small, folds malleable weights; a trace would repeat that
        side = network.coarsest_stride
        color, depth_m, focal_px = _blank((side, side))
        network(color.to(network.last_conv.weight.dtype), depth_m, focal_px)
    return network


def _simplify(model: Any) -> None:
    """Fold constants, drop what nobody reads, keep one of what is there twice.

    The exporter's own optimiser tries some hundred rewriting rules besides, for three times as long and two nodes less.
    """
    optimizer = need("onnxscript.optimizer", "exporting a graph")
    passes = need("onnx_ir.passes.common", "exporting a graph")
    optimizer.fold_constants(model)
    for each in (
        passes.RemoveUnusedNodesPass(),
        passes.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        passes.DeduplicateInitializersPass(),
        passes.CommonSubexpressionEliminationPass(),
        passes.RemoveUnusedOpsetsPass(),
    ):
        each(model)


def _blank(size: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
    width, height = size
    return torch.zeros(1, 3, height, width), torch.zeros(1, 1, height, width), torch.full((1, 2), float(width))


def _check_size(network: Network, precision: str) -> None:
    weights = sum(weight.numel() for weight in network.state_dict().values())
    if weights * (2 if precision == "fp16" else 4) > LARGEST_FILE_BYTES:
        raise EngineUnavailableError(
            f"a graph of {weights / 1e6:.0f} million weights in {precision} does not fit an ONNX file of 2 GB;"
            f" {'use --precision fp16 or ' if precision == 'fp32' else 'use '}--engine torch"
        )


@contextmanager
def quiet_exporter() -> Iterator[None]:
    """The exporter warns of packages that this network does not need, and of changes within itself."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            logger.setLevel(level)

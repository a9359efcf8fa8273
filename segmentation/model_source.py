"""Where a model comes from: a name whose weights are shipped or made, a file of weights, or an exported graph."""

from __future__ import annotations

import hashlib
from functools import cached_property
from pathlib import Path

import torch

from segmentation.assets import asset_path
from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import State, load_checkpoint
from segmentation.checkpoints.restore import restore_model
from segmentation.classes import class_set
from segmentation.engines.cache import file_sha256
from segmentation.errors import CheckpointError, EngineUnavailableError
from segmentation.models import MODEL_NAMES, build_model, check_model_name
from segmentation.networks.network import Network

UNTRAINED_CLASSES = "sunrgbd37"
FILE_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth")
GRAPH_SUFFIX = ".onnx"
PLAN_SUFFIXES = (".engine", ".plan")  # of TensorRT


class ModelSource:
    """A model that can be loaded as often as somebody needs a network of their own.

    card: its description. path: its file, None for weights that are made from a seed. state: of the file, where it was
    read already.
    """

    def __init__(self, card: ModelCard, path: Path | None, state: State | None = None) -> None:
        self.card, self.path = card, path
        self._state = state

    @property
    def is_graph(self) -> bool:
        """Whether it is an exported graph, which has no torch network."""
        return self.path is not None and self.path.suffix == GRAPH_SUFFIX

    def network(self) -> Network:
        """A network of one's own with these weights, in evaluation mode, float32, on the CPU.

        Raises CheckpointError; EngineUnavailableError for a graph.
        """
        if self.is_graph:
            raise EngineUnavailableError(f"{self.path} is an exported graph; use --engine openvino, onnx or tensorrt")
        if self.path is not None:
            state = load_checkpoint(self.path)[1] if self._state is None else self._state
            self._state = None  # the network takes the tensors over
            return restore_model(self.card, state, self.path)
        with torch.no_grad():
            return build_model(self.card.model, len(self.card.classes)).eval()

    @cached_property
    def fingerprint(self) -> str:
        """What tells this model from every other: of its file's bytes, or of its name where the weights are made."""
        if self.path is None:
            return hashlib.sha256(f"{self.card.model}, seed, torch {torch.__version__}".encode()).hexdigest()
        if self.is_graph:
            from segmentation.graphs.document import graph_fingerprint

            return graph_fingerprint(self.path)
        return file_sha256(self.path)


def find_model(model: str | Path) -> ModelSource:
    """The model of a name or file. A name takes the weights that come with the program, else ones of a fixed seed.

    Raises UnknownModelError; CheckpointError for a file that is missing or bad.
    """
    path = _model_file(model)
    if path is not None and path.suffix in PLAN_SUFFIXES:
        raise CheckpointError(
            f"{path}: a TensorRT engine does not say what its classes are; give the model that it was built from, with"
            " --engine tensorrt: an engine that was built here is found again"
        )
    if path is None:
        return ModelSource(ModelCard(str(model), class_set(UNTRAINED_CLASSES)), None)
    if path.suffix == GRAPH_SUFFIX:
        from segmentation.graphs.document import read_graph_card

        return ModelSource(read_graph_card(path), path)
    card, state = load_checkpoint(path)
    return ModelSource(card, path, state)


def _model_file(model: str | Path) -> Path | None:
    """The file to read: the one named, or the one that comes with the program for this name; None if it has none."""
    if isinstance(model, str) and model in MODEL_NAMES:
        shipped = asset_path(f"models/{model}.safetensors")
        return shipped if shipped.is_file() else None
    path = Path(model)
    suffixes = (*FILE_SUFFIXES, GRAPH_SUFFIX, *PLAN_SUFFIXES)
    if isinstance(model, str) and path.suffix not in suffixes and len(path.parts) == 1 and not path.exists():
        check_model_name(model)  # raises: it looks like a name, not like a file
    return path

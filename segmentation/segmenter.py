"""Frames in, labels out: the one door to the networks for everyone who thinks in arrays."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from segmentation.assets import asset_path
from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import load_checkpoint
from segmentation.checkpoints.restore import restore_model
from segmentation.classes import ClassSet, class_set
from segmentation.engines.engine import Engine
from segmentation.engines.torch_engine import Precision, TorchEngine
from segmentation.errors import EngineUnavailableError
from segmentation.models import DEFAULT_MODEL, MODEL_NAMES, build_model, check_model_name
from segmentation.networks.network import Network
from segmentation.preprocess import Preprocessor
from segmentation.result import Segmentation

UNTRAINED_CLASSES = "sunrgbd37"
FILE_SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth")
ENGINE_NAMES = ("auto", "torch", "onnx", "openvino", "tensorrt")


class Segmenter:
    """Labels every pixel of a frame.

    model_name, classes, trained: of the network. engine_name, device_name, precision: how it runs.
    """

    def __init__(self, card: ModelCard, engine: Engine) -> None:
        self.card = card
        self.model_name = card.model
        self.classes: ClassSet = card.classes
        self.trained = card.trained
        self.engine_name, self.device_name, self.precision = engine.name, engine.device_name, engine.precision
        self._engine = engine
        self._preprocess = Preprocessor(card.input_size, card.normalisation)

    def predict(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> Segmentation:
        """Label a frame of any size, at that size.

        color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32 metres aligned to it, 0 = no reading; what is negative or
        not finite counts as no reading, and a frame without any is fine. focal_px: fx, fy in pixels of these images.
        The same frame gives the same bytes. Raises ValueError for shapes, types and focal lengths that are others.
        """
        started_s = time.perf_counter()
        network_input = self._preprocess(color, depth_m, focal_px)
        preprocess_ms = 1e3 * (time.perf_counter() - started_s)
        result = self._engine.run(network_input, (color.shape[0], color.shape[1]))
        stages_ms = {
            "preprocess": preprocess_ms,
            "inference": result.inference_ms,
            "postprocess": result.postprocess_ms,
        }
        return Segmentation(
            result.labels, result.confidence, self.classes, self.trained, stages_ms, scores=result.scores
        )

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """Every class's probability at every pixel of a frame, (C, H, W) float32: for scores, not for live use.

        Takes what predict takes. The best class is predict's label, but where two are equal up to rounding.
        """
        return self._engine.probabilities(self._preprocess(color, depth_m, focal_px), (color.shape[0], color.shape[1]))

    def at_input_size(self, input_size: tuple[int, int]) -> Segmenter:
        """The same network, sharing its engine, that turns frames into another size (width, height) first.

        Raises ValueError for a size out of range.
        """
        return Segmenter(replace(self.card, input_size=input_size), self._engine)

    def warm_up(self, size: tuple[int, int] | None = None) -> None:
        """Pay for what only the first frame costs, with a blank one of `size` (width, height)."""
        width, height = size or self.card.input_size
        blank = np.zeros((height, width, 3), np.uint8)
        self.predict(blank, np.zeros((height, width), np.float32), (float(width), float(width)))


def load_segmenter(
    model: str | Path = DEFAULT_MODEL, *, engine: str = "auto", device: str = "auto", precision: Precision = "auto"
) -> Segmenter:
    """The segmenter of a model's name or file.

    A name takes the weights that come with the program, and untrained ones of a fixed seed where none do.
    engine: "auto" or "torch". device: "auto", "cpu", "cuda" or "cuda:N". precision: "auto", "fp32" or "fp16".

    Raises UnknownModelError; CheckpointError for a file that is missing or bad; EngineUnavailableError for what cannot
    run here; ValueError for an engine, device or precision that is none.
    """
    if engine not in ENGINE_NAMES:
        raise ValueError(f"unknown engine {engine!r}: use one of {', '.join(ENGINE_NAMES)}")
    if engine not in ("auto", "torch"):
        raise EngineUnavailableError(f"engine {engine} is not in this version; use --engine torch or auto")
    card, network = _load_model(model)
    return Segmenter(card, TorchEngine(network, device=device, precision=precision))


def _load_model(model: str | Path) -> tuple[ModelCard, Network]:
    path = _model_file(model)
    if path is not None:
        card, state = load_checkpoint(path)
        return card, restore_model(card, state, path)
    card = ModelCard(str(model), class_set(UNTRAINED_CLASSES))
    with torch.no_grad():
        return card, build_model(card.model, len(card.classes))


def _model_file(model: str | Path) -> Path | None:
    """The file to read: the one named, or the one that comes with the program for this name; None if it has none."""
    if isinstance(model, str) and model in MODEL_NAMES:
        shipped = asset_path(f"models/{model}.safetensors")
        return shipped if shipped.is_file() else None
    path = Path(model)
    if isinstance(model, str) and path.suffix not in FILE_SUFFIXES and len(path.parts) == 1 and not path.exists():
        check_model_name(model)  # raises: it looks like a name, not like a file
    return path

"""Frames in, labels out: the one door to the networks for everyone who thinks in arrays."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmentation.checkpoints.card import ModelCard
from segmentation.classes import ClassSet
from segmentation.engines.choose import choose_engine
from segmentation.engines.engine import Engine, Precision
from segmentation.engines.history import EngineHistory
from segmentation.engines.isolated.enduring import EnduringEngine, start_enduring
from segmentation.engines.request import CheckFrames, EngineRequest
from segmentation.model_source import find_model
from segmentation.models import DEFAULT_MODEL
from segmentation.result import Segmentation


class Segmenter:
    """Labels every pixel of a frame.

    model_name, classes, trained: of the network. history: what became of its engine since it was chosen.
    """

    def __init__(
        self, card: ModelCard, engine: Engine, *, engine_reason: str = "", history: EngineHistory | None = None
    ) -> None:
        self.card = card
        self.model_name = card.model
        self.classes: ClassSet = card.classes
        self.trained = card.trained
        self.history = history or EngineHistory()
        self._chosen_because = engine_reason
        self._engine = engine

    @property
    def engine_reason(self) -> str:
        """Why it runs at present on the engine that it runs on."""
        return self.history.changes[-1] if self.history.changes else self._chosen_because

    @property
    def engine_name(self) -> str:
        """Such as "torch"."""
        return self._engine.name

    @property
    def device_name(self) -> str:
        """Where it runs at present, such as "cpu" or "cuda:0"."""
        return self._engine.device_name

    @property
    def precision(self) -> str:
        """Such as "fp32"."""
        return self._engine.precision

    def predict(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> Segmentation:
        """Label a frame of any size, at that size.

        color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32 metres aligned to it, 0 = no reading; what is negative or
        not finite counts as no reading, and a frame without any is fine. focal_px: fx, fy in pixels of these images.
        The same frame gives the same bytes. Raises ValueError for shapes, types and focal lengths that are others.
        """
        result = self._engine.run(color, depth_m, focal_px)
        stages_ms = {
            "preprocess": result.preprocess_ms,
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
        return self._engine.probabilities(color, depth_m, focal_px)

    def at_input_size(self, input_size: tuple[int, int]) -> Segmenter:
        """The same network, sharing its weights, that turns frames into another size (width, height) first.

        Raises ValueError for a size out of range, EngineUnavailableError where the network was built for one size.
        """
        engine = self._engine.at_input_size(input_size)
        return Segmenter(
            replace(self.card, input_size=input_size),
            engine,
            engine_reason=self._chosen_because,
            history=self.history,
        )

    def abandon(self) -> None:
        """Have predict() fail from now on, also where another thread waits in it, if the engine is its own process.

        Any other engine ends with the frame that it is at, and nothing happens.
        """
        if isinstance(self._engine, EnduringEngine):
            self._engine.close()

    def close(self) -> None:
        """Give back what the engine holds outside this process's memory; the segmenter is not used any more."""
        self._engine.close()

    def warm_up(self, size: tuple[int, int] | None = None) -> None:
        """Pay for what only the first frame costs, with a blank one of `size` (width, height)."""
        width, height = size or self.card.input_size
        blank = np.zeros((height, width, 3), np.uint8)
        self.predict(blank, np.zeros((height, width), np.float32), (float(width), float(width)))


def load_segmenter(
    model: str | Path = DEFAULT_MODEL,
    *,
    engine: str = "auto",
    device: str = "auto",
    precision: Precision = "auto",
    check_frames: CheckFrames | None = None,
    isolated: bool = False,
) -> Segmenter:
    """The segmenter of a model's name or file.

    A name takes the weights that come with the program, and untrained ones of a fixed seed where none do.
    engine: one of ENGINE_NAMES. device: "auto", "cpu", "cuda" or "cuda:N". precision: one of PRECISIONS. check_frames:
    at least 32, on which an engine's labels are compared with torch's before it is used for the first time; without
    them nothing is prepared: "auto" takes an engine that was accepted before, or torch in float32. isolated: run what
    runs on a CUDA device in a process of its own, which is replaced when the device fails, in the end by the CPU (Linux
    only; elsewhere it makes no difference).

    Raises UnknownModelError; CheckpointError for a file that is missing or bad; EngineUnavailableError for what cannot
    run here; ValueError for an engine, device or precision that is none.
    """
    source = find_model(model)
    request = EngineRequest(source, device=device, precision=precision, check_frames=check_frames)
    history = EngineHistory()
    on_gpu = partial(start_enduring, history=history) if isolated and hasattr(os, "memfd_create") else None
    chosen = choose_engine(engine, request, on_gpu=on_gpu)
    return Segmenter(source.card, chosen.engine, engine_reason=chosen.reason, history=history)

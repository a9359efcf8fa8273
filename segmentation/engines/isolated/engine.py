"""An engine that runs in a process of its own."""

from __future__ import annotations

import threading
import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmentation.engines.engine import EngineResult
from segmentation.engines.isolated.messages import GetLogits, GetProbabilities, Numbers, Ran, Run, Start, Started
from segmentation.engines.isolated.process import EngineProcess
from segmentation.engines.isolated.recipe import Recipe
from segmentation.engines.isolated.shared_frames import FrameArrays, SharedFrames
from segmentation.errors import EngineFailedError, EngineUnavailableError
from segmentation.preprocess import check_frame
from segmentation.scores import Scores, ScoresLostError

FIRST_FRAME_S = 60.0  # of a size, for which engines may prepare something
FRAME_S = 10.0
BUSY_S = 0.5  # as long as someone who clicks waits for frames that are under way
_NOT_FINITE = 0x7C00  # the bits of a float16's infinity; all that are no numbers are above it


class IsolatedEngine:
    """An Engine whose frames and labels go through shared memory, and whose logits come only when asked for.

    A frame's scores are lost with the process, or when it has labelled some more frames. Where the process ends, or
    does not answer in time, EngineFailedError is raised, and after that only close() is of use.
    """

    def __init__(self, recipe: Recipe, *, timeout_s: float | None = None) -> None:
        """timeout_s: for its start, which may build something for minutes. Raises what the recipe raises."""
        self._recipe = recipe
        self._known_sizes: set[tuple[int, int]] = set()
        self._one_frame = threading.Lock()
        self._memory = SharedFrames()
        self._process = EngineProcess(self._memory)
        try:
            started = self._process.ask(Start(recipe), Started, timeout_s)
        except BaseException:
            self.close()
            raise
        self.name, self.device_name, self.precision = started.name, started.device_name, started.precision
        self.reason = started.reason

    @property
    def process_id(self) -> int:
        """The operating system's number of the process."""
        return self._process.process_id

    def run(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> EngineResult:
        """See Engine."""
        with self._one_frame:
            started_s = time.perf_counter()
            frame, size = self._hand_over(color, depth_m, focal_px)
            handed_s = time.perf_counter()
            ran = self._process.ask(Run(size, focal_px), Ran, FRAME_S if size in self._known_sizes else FIRST_FRAME_S)
            self._known_sizes.add(size)
            labels, confidence = frame.labels.copy(), frame.confidence.copy()
        if confidence.view(np.uint16).max() >= _NOT_FINITE:
            raise EngineUnavailableError(f"engine {self.name} on {self.device_name}: its results are not all numbers")
        took_ms = 1e3 * (time.perf_counter() - started_s)
        preprocess_ms = ran.preprocess_ms + 1e3 * (handed_s - started_s)
        return EngineResult(
            labels,
            confidence,
            preprocess_ms=preprocess_ms,
            inference_ms=ran.inference_ms,
            postprocess_ms=took_ms - preprocess_ms - ran.inference_ms,
            scores=None if ran.frame is None else Scores(_Logits(self._process, ran.frame), size),
        )

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """See Engine."""
        with self._one_frame:
            _, size = self._hand_over(color, depth_m, focal_px)
            values = self._process.ask(GetProbabilities(size, focal_px), Numbers, FIRST_FRAME_S).values
        if values is None:
            raise TypeError(f"engine {self.name}: gave no probabilities")
        return values

    def at_input_size(self, input_size: tuple[int, int]) -> IsolatedEngine:
        """See Engine; it is another process with its own weights."""
        return IsolatedEngine(self._recipe.resized(input_size))

    def close(self) -> None:
        """See Engine. Also ends a run() that waits."""
        self._process.close()
        self._memory.close()

    def _hand_over(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> tuple[FrameArrays, tuple[int, int]]:
        check_frame(color, depth_m, focal_px)
        size = color.shape[0], color.shape[1]
        frame = self._memory.arrays(size)
        frame.color[...], frame.depth_m[...] = color, depth_m
        return frame, size


class _Logits:
    """Fetches the logits of a frame from the process that made them."""

    def __init__(self, process: EngineProcess, frame: int) -> None:
        self._process, self._frame = process, frame

    def __call__(self) -> Tensor:
        """Raises ScoresLostError."""
        try:
            values = self._process.ask(GetLogits(self._frame), Numbers, FRAME_S, wait_s=BUSY_S).values
        except (EngineFailedError, TimeoutError, OSError) as error:
            raise ScoresLostError(str(error)) from error
        if values is None:
            raise ScoresLostError("other frames have come since")
        return torch.from_numpy(values)

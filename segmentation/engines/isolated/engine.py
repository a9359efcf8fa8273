"""An engine that runs in a process of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from segmentation.engines.engine import EngineResult
from segmentation.engines.isolated.messages import GetLogits, GetProbabilities, Numbers, Ran, Run, Start, Started
from segmentation.engines.isolated.process import EngineProcess
from segmentation.engines.isolated.recipe import Recipe
from segmentation.engines.isolated.shared_memory import FrameArrays, SharedMemory
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

    def __init__(
        self,
        recipe: Recipe,
        *,
        timeout_s: float | None = None,
        begun: Callable[[IsolatedEngine], None] = lambda _: None,
    ) -> None:
        """timeout_s: for its start, which may build something for minutes. begun: is given the engine before its start,
        so that another thread can close it meanwhile.

        Raises what the recipe raises, and EngineFailedError.
        """
        self._recipe = recipe
        self._known_sizes: set[tuple[int, int]] = set()
        self._one_frame, self._one_answer = threading.Lock(), threading.Lock()
        try:
            self._frames, self._answers = SharedMemory(), SharedMemory()
            self._process = EngineProcess(self._frames, self._answers)
        except OSError as error:
            raise EngineFailedError(f"the inference process cannot be started ({error.strerror})") from error
        try:
            begun(self)
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
            scores=None if ran.frame is None else Scores(partial(self.logits, ran.frame), size),
        )

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """See Engine."""
        with self._one_frame:
            _, size = self._hand_over(color, depth_m, focal_px)
            values = self._numbers(GetProbabilities(size, focal_px), FIRST_FRAME_S)
        if values is None:
            raise TypeError(f"engine {self.name}: gave no probabilities")
        return values

    def at_input_size(self, input_size: tuple[int, int]) -> IsolatedEngine:
        """See Engine; it is another process with its own weights."""
        return IsolatedEngine(self._recipe.resized(input_size))

    def close(self) -> None:
        """See Engine. Also ends a run() that waits."""
        self._process.close()
        with self._one_frame:
            self._frames.close()
        with self._one_answer:
            self._answers.close()

    def logits(self, frame: int) -> Tensor:
        """Those of a frame that was run lately, by Ran.frame: (1, C, h, w) float32. Raises ScoresLostError."""
        try:
            values = self._numbers(GetLogits(frame), FRAME_S, wait_s=BUSY_S)
        except (EngineFailedError, TimeoutError, OSError) as error:
            raise ScoresLostError(str(error)) from error
        if values is None:
            raise ScoresLostError("other frames have come since")
        return torch.from_numpy(values).permute(0, 3, 1, 2)

    def _numbers(
        self, question: GetLogits | GetProbabilities, timeout_s: float, wait_s: float = -1
    ) -> NDArray[np.float32] | None:
        if not self._one_answer.acquire(timeout=wait_s):
            raise TimeoutError("somebody else is answered")
        try:
            shape = self._process.ask(question, Numbers, timeout_s, wait_s).shape
            return None if shape is None else self._answers.array(shape).copy()
        finally:
            self._one_answer.release()

    def _hand_over(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> tuple[FrameArrays, tuple[int, int]]:
        check_frame(color, depth_m, focal_px)
        size = color.shape[0], color.shape[1]
        try:
            frame = self._frames.frame(size)
        except OSError as error:  # no memory, or it was closed
            raise EngineFailedError(f"the inference process cannot be given a frame ({error.strerror})") from error
        frame.color[...], frame.depth_m[...] = color, depth_m
        return frame, size

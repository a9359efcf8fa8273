"""The program of the engine's process."""

from __future__ import annotations

import logging
import os
import select
import sys
import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from segmentation.engines.isolated.messages import (
    Answer,
    GetLogits,
    GetProbabilities,
    Numbers,
    Question,
    Raised,
    Ran,
    Remark,
    Run,
    Start,
    Started,
)
from segmentation.engines.isolated.shared_memory import SharedMemory
from segmentation.errors import CheckpointError, EngineFailedError, EngineUnavailableError, one_line

KEPT_FRAMES = 16  # whose logits can still be asked for: more than a slow view lags behind


def main() -> None:
    """Answer until the other end is gone; its arguments are the numbers of the line and of EngineProcess's memories.

    It ends the process at once, since drivers may abort or hang while they clean up.
    """
    numbers = [int(text) for text in sys.argv[1:]]
    line = Connection(numbers[0])
    threading.Thread(target=_end_with, args=(line.fileno(),), name="lifeline", daemon=True).start()
    try:
        _serve(line, Server(*map(SharedMemory, numbers[1:])))
    except (EOFError, ConnectionError):
        os._exit(0)  # the program has gone
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def _serve(line: Connection, server: Server) -> NoReturn:
    one_at_a_time = threading.Lock()

    def tell(message: Answer | Raised | Remark) -> None:
        with one_at_a_time:  # remarks come from any thread
            line.send(message)

    sys.path[1:] = line.recv()
    _pass_on_remarks(tell)
    while True:
        tell(server.answer(line.recv()))


def _end_with(number: int) -> None:
    """End this process when the other end of the line is closed, even if by kill -9 while a frame is being labelled."""
    watch = select.poll()
    watch.register(number, 0)  # nothing but that it has been hung up
    watch.poll()
    os._exit(0)


def _pass_on_remarks(tell: Callable[[Remark], None]) -> None:
    class PassOn(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            tell(Remark(record.name, record.getMessage()))

    for package in ("segmentation", "sensors"):
        logger = logging.getLogger(package)
        logger.handlers = [PassOn(logging.WARNING)]
        logger.propagate = False


class Server:
    """Makes the engine and runs it. frames, answers: see EngineProcess."""

    def __init__(self, frames: SharedMemory, answers: SharedMemory) -> None:
        self._frames, self._answers = frames, answers
        self._engine: Any = None
        self._frame = 0
        self._scores: OrderedDict[int, Any] = OrderedDict()

    def answer(self, question: Question) -> Answer | Raised:
        """To one question; what is raised is an answer as well."""
        try:
            return self._answer(question)
        except (EngineUnavailableError, CheckpointError) as error:
            return Raised(error)
        except ValueError as error:
            return Raised(ValueError(str(error)))
        except Exception as error:
            return Raised(EngineFailedError(f"{type(error).__name__}: {one_line(error)} ({_place(error)})"))

    def _answer(self, question: Question) -> Answer:
        if isinstance(question, Start):
            self._engine, reason = question.recipe()
            return Started(self._engine.name, self._engine.device_name, self._engine.precision, reason)
        if isinstance(question, Run):
            return self._run(question)
        if isinstance(question, GetProbabilities):
            frame = self._frames.frame(question.size)
            return self._numbers(self._engine.probabilities(frame.color, frame.depth_m, question.focal_px))
        return self._logits(question)

    def _run(self, question: Run) -> Ran:
        frame = self._frames.frame(question.size)
        result = self._engine.run(frame.color, frame.depth_m, question.focal_px)
        frame.labels[...], frame.confidence[...] = result.labels, result.confidence
        number = None if result.scores is None else self._keep(result.scores)
        return Ran(number, result.preprocess_ms, result.inference_ms, result.postprocess_ms)

    def _keep(self, scores: Any) -> int:
        self._frame += 1
        self._scores[self._frame] = scores
        if len(self._scores) > KEPT_FRAMES:
            self._scores.popitem(last=False)
        return self._frame

    def _logits(self, question: GetLogits) -> Numbers:
        scores = self._scores.get(question.frame)
        logits = None if scores is None else scores.logits
        if logits is None:
            return Numbers(None)
        # Pixel by pixel, as they mostly lie in memory, and as labels are read from them.
        return self._numbers(logits.float().cpu().numpy().transpose(0, 2, 3, 1))

    def _numbers(self, values: NDArray[np.float32]) -> Numbers:
        self._answers.array(values.shape)[...] = values
        return Numbers(values.shape)


def _place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}:{last.lineno}"

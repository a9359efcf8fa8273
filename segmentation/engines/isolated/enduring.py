"""An engine that goes on when its device fails, and says so."""

from __future__ import annotations

import logging
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from segmentation.engines.choose import Choice, choose_on_device
from segmentation.engines.engine import Engine, EngineResult
from segmentation.engines.history import EngineHistory
from segmentation.engines.isolated.engine import IsolatedEngine
from segmentation.engines.isolated.recipe import Recipe
from segmentation.engines.request import EngineRequest
from segmentation.errors import EngineFailedError, EngineMemoryError, EngineUnavailableError

T = TypeVar("T")
InputSize = tuple[int, int]  # width, height
MOST_RESTARTS, WITHIN_S = 3, 600.0  # long enough that also a frame that hangs every time is given up
RESTART_S = 60.0  # the engine was prepared before, so it need only be loaded
_log = logging.getLogger(__name__)


def start_enduring(name: str, request: EngineRequest, history: EngineHistory) -> Choice:
    """What choose_on_device gives, as an EnduringEngine. Raises the same, and EngineFailedError."""
    on_cpu = partial(choose_on_cpu, replace(request, device="cpu", precision="auto"))
    engine = EnduringEngine(Recipe.of(name, request), on_cpu, history)
    return Choice(engine, engine.reason)


def choose_on_cpu(request: EngineRequest, input_size: InputSize | None) -> Choice:
    """The best on the CPU; for an input size that is not the model's, torch: it alone has others than it was made for.

    Raises what choose_on_device raises.
    """
    if input_size is None:
        return choose_on_device("auto", request)
    choice = choose_on_device("torch", request)
    return choice._replace(engine=choice.engine.at_input_size(input_size))


class EnduringEngine:
    """An Engine in a process of its own, and what takes its place when that fails; a frame that failed is run again.

    A process that ends, hangs or fails is replaced, MOST_RESTARTS times within WITHIN_S. Where memory lacks, frames
    become half as wide and high for the network. Where neither helps, on_cpu gives an engine for the rest of the run,
    whose failures are raised. name, device_name, precision: of the engine at present.
    """

    def __init__(
        self,
        recipe: Recipe,
        on_cpu: Callable[[InputSize | None], Choice],
        history: EngineHistory,
        *,
        input_size: InputSize | None = None,
        start: Callable[..., IsolatedEngine] = IsolatedEngine,
    ) -> None:
        """input_size: where it is not the model's; on_cpu is given it too.

        Raises what the recipe raises, and EngineFailedError where the process fails at once.
        """
        self._on_cpu, self._history, self._start, self._input_size = on_cpu, history, start, input_size
        engine = start(recipe)
        self.reason = engine.reason
        self._recipe = recipe.pinned(engine.name, engine.precision)
        self._failures_s: deque[float] = deque(maxlen=MOST_RESTARTS + 1)
        self._is_last = False
        self._take(engine)

    def run(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> EngineResult:
        """See Engine."""
        return self._endure(lambda engine: engine.run(color, depth_m, focal_px))

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """See Engine."""
        return self._endure(lambda engine: engine.probabilities(color, depth_m, focal_px))

    def at_input_size(self, input_size: tuple[int, int]) -> EnduringEngine:
        """See Engine; it is another process with its own weights."""
        recipe = self._recipe.resized(input_size)
        return EnduringEngine(recipe, self._on_cpu, self._history, input_size=input_size, start=self._start)

    def close(self) -> None:
        """See Engine. Also ends a run() that waits, whether for a frame or for another process to start."""
        self._is_last = True  # or a frame under way would have another process started
        self._end()

    def _endure(self, work: Callable[[Engine], T]) -> T:
        while True:
            try:
                return work(self._running())
            except EngineUnavailableError as error:
                if self._is_last:
                    raise
                self._mend(error)

    def _running(self) -> Engine:
        if self._engine is not None:
            return self._engine
        engine = self._start(self._recipe, timeout_s=RESTART_S, begun=self._begin)
        self._take(engine)
        return engine

    def _begin(self, engine: IsolatedEngine) -> None:
        self._engine = engine  # for close()
        if self._is_last:  # close() came before there was anything to end
            engine.close()

    def _take(self, engine: Engine) -> None:
        self._engine: Engine | None = engine
        self.name, self.device_name, self.precision = engine.name, engine.device_name, engine.precision

    def _mend(self, error: EngineUnavailableError) -> None:
        """Decide what runs next; the engine that failed goes first, to free what it holds."""
        self._end()
        self._engine = None
        if isinstance(error, EngineMemoryError) and not self._recipe.is_smaller:
            self._recipe = self._recipe.smaller()
            width, height = self._recipe.input_size
            self._change(error, f"the network's input is {width}x{height} from now on")
        elif isinstance(error, EngineFailedError) and self._may_restart():
            self._history.restarts += 1
            _log.warning(f"{_cause(error)}: it is started anew (restart {self._history.restarts})")
        else:
            self._leave(error)

    def _end(self) -> None:
        engine = self._engine  # which another thread may replace meanwhile
        if engine is not None:
            engine.close()

    def _may_restart(self) -> bool:
        self._failures_s.append(time.monotonic())
        is_full = len(self._failures_s) > MOST_RESTARTS
        return not is_full or self._failures_s[-1] - self._failures_s[0] > WITHIN_S

    def _leave(self, error: EngineUnavailableError) -> None:
        self._is_last = True
        self._take(self._on_cpu(self._input_size).engine)
        self._change(error, f"engine {self.name} on {self.device_name}, {self.precision} from now on")

    def _change(self, error: EngineUnavailableError, what: str) -> None:
        line = f"{_cause(error)}: {what}"
        self._history.changes.append(line)
        _log.warning(line)


def _cause(error: EngineUnavailableError) -> str:
    """Without the advice at its end, which is for who starts the program."""
    return re.sub(r"; use --[^;]*$", "", str(error))

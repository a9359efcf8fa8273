"""An engine that does what a script says at each frame, here or in a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from segmentation.engines.engine import EngineResult
from segmentation.engines.isolated.recipe import Recipe
from segmentation.errors import CheckpointError, EngineFailedError, EngineMemoryError, EngineUnavailableError

CLASSES = 5


class Frame(NamedTuple):
    color: np.ndarray
    depth_m: np.ndarray
    focal_px: tuple[float, float] = (60.0, 61.0)


def frame(seed: int = 0, size: tuple[int, int] = (6, 8)) -> Frame:
    rng = np.random.default_rng(seed)
    color = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
    return Frame(color, rng.uniform(0.5, 4, size).astype(np.float32))


class Steps:
    """Logits of a frame which tell it from all others, for a process that need not import torch."""

    def __init__(self, number: int):
        self.logits = self
        self._values = np.arange(CLASSES * 6, dtype=np.float32).reshape(1, CLASSES, 2, 3) + number

    def float(self) -> Steps:
        return self

    def cpu(self) -> Steps:
        return self

    def numpy(self) -> np.ndarray:
        return self._values


class ScriptedEngine:
    """Labels by brightness, at a size of its own for the network's input; acts: what happens at each frame, in turn."""

    name, device_name, precision = "scripted", "gpu", "fp16"

    def __init__(self, acts: tuple[str, ...] = (), *, input_size: tuple[int, int] = (64, 48), labels_add: int = 0):
        self.acts, self.input_size, self.labels_add, self.frames, self.closed = acts, input_size, labels_add, 0, False

    def run(self, color, depth_m, focal_px) -> EngineResult:
        act = self.acts[self.frames] if self.frames < len(self.acts) else "work"
        self.frames += 1
        ACTS[act](self)
        labels = ((color.astype(int).sum(axis=-1) + self.labels_add) % CLASSES + 1).astype(np.uint8)
        confidence = np.minimum(depth_m / 4, 1).astype(np.float16)
        if act == "nan":
            confidence[0, 0] = np.nan
        return EngineResult(labels, confidence, 1.0, 2.0, 3.0, Steps(self.frames))

    def probabilities(self, color, depth_m, focal_px) -> np.ndarray:
        return np.broadcast_to(depth_m, (CLASSES, *depth_m.shape)).copy()

    def at_input_size(self, input_size: tuple[int, int]) -> ScriptedEngine:
        if "one size only" in self.acts:
            raise EngineUnavailableError("built for one size")
        return ScriptedEngine(self.acts, input_size=input_size)

    def close(self) -> None:
        self.closed = True


def _raise(error: type[Exception], text: str) -> Callable[[ScriptedEngine], None]:
    def act(_: ScriptedEngine) -> None:
        raise error(text)

    return act


def _fill(engine: ScriptedEngine) -> None:
    """Memory is short for all but small inputs."""
    if engine.input_size[0] > 32:
        raise EngineMemoryError("device gpu: has no memory left for a frame (2 GiB wanted); use --device cpu")


def _hang_for_good(_: ScriptedEngine) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        time.sleep(1)


ACTS: dict[str, Callable[[ScriptedEngine], Any]] = {
    "work": lambda _: None,
    "nan": lambda _: None,
    "one size only": lambda _: None,
    "fail": _raise(EngineFailedError, "device gpu: an illegal memory access was encountered; use --device cpu"),
    "defect": _raise(IndexError, "list index out of range"),
    "bad frame": _raise(ValueError, "color: expected another"),
    "bad file": _raise(CheckpointError, "m.safetensors: its weights do not fit"),
    "refuse": _raise(EngineUnavailableError, "device gpu: cannot do this"),
    "full": _raise(EngineMemoryError, "device gpu: has no memory left for a frame; use --device cpu"),
    "fill": _fill,
    "exit": lambda _: os._exit(7),
    "kill": lambda _: os.kill(os.getpid(), signal.SIGKILL),
    "crash": lambda _: os.kill(os.getpid(), signal.SIGSEGV),
    "hang": _hang_for_good,
    "print": lambda _: print("a library prints", flush=True),
    "remark": lambda _: logging.getLogger("segmentation.engines").warning("a remark"),
}


@dataclass(frozen=True, slots=True)
class ScriptedRecipe(Recipe):
    """Makes a scripted engine; lives: the acts of one process after the other, the last for all that follow.

    log: a file that gets a line with the process's number and engine's facts for each engine made. start: an act at
    the start of each, in turn.
    """

    lives: tuple[tuple[str, ...], ...] = ((),)
    starts: tuple[str, ...] = ()
    log: Path = Path(os.devnull)

    def __call__(self) -> tuple[ScriptedEngine, str]:
        life = len(self.log.read_text().splitlines()) if self.log.is_file() else 0
        with self.log.open("a") as log:
            log.write(f"{os.getpid()} {self.engine} {self.precision} {self.input_size}\n")
        engine = ScriptedEngine(self.lives[min(life, len(self.lives) - 1)])
        if life < len(self.starts):
            ACTS[self.starts[life]](engine)
        return engine.at_input_size(self.input_size) if self.is_smaller else engine, "as scripted"


def scripted(log: Path | None, *lives: tuple[str, ...], **changes: Any) -> ScriptedRecipe:
    recipe = ScriptedRecipe("auto", "a model", "gpu", "auto", Path("none"), None, (64, 48), lives=lives or ((),))
    return replace(recipe, log=log or Path(os.devnull), **changes)


def processes_of(log: Path) -> list[int]:
    return [int(line.split()[0]) for line in log.read_text().splitlines()] if log.is_file() else []


def is_running(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False

"""The process that trains one run: `rgbd-train` itself with the run's words, then the mark that it is finished."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from console.errors import OutputError, UsageError
from console.interrupt import Interrupt
from console.main import run_program
from training.ablate.runs.files import GridRunFiles, read_history, read_json, result_of, write_result
from training.jobs.folder import alone
from training.outputs import RunFiles

TURN_S = 30.0  # how long the process of a grid that was killed may take to notice


def main() -> None:
    """Train the run whose folder is the one argument; ends the process. Standard input must end with the grid."""
    threading.Thread(target=_die_with_grid, daemon=True).start()
    sys.exit(run_program("rgbd-train", _train))


def _train(arguments: list[str], interrupt: Interrupt, started_s: float) -> int:
    folder = Path(arguments[0])
    with ExitStack() as stack:
        _take_turn(stack, folder)
        return train_run(folder, interrupt, started_s)


def train_run(folder: Path, interrupt: Interrupt, started_s: float) -> int:
    """Train what folder/run.json asks for, or go on with it, and leave result.json; returns the exit code."""
    from training.command_line import run

    asked = read_json(GridRunFiles(folder).configuration)
    if asked is None:
        raise OutputError(
            f"{GridRunFiles(folder).configuration} is missing here; --out must be a folder that all machines see"
        )
    code = run([*asked["arguments"], "--resume"], interrupt, started_s)
    if code == 0:
        files = RunFiles(folder)
        history = read_history(files.history)
        write_result(folder, result_of(history, _parameters(files.best)))
    return code


def _parameters(model_file: Path) -> int:
    """How many numbers the network has that training may change or hold."""
    import torch

    from segmentation.checkpoints.checkpoint import load_checkpoint
    from segmentation.models import construct_model

    if not model_file.exists():  # no epoch has a score, which result_of tells
        return 0
    card, _ = load_checkpoint(model_file)
    with torch.device("meta"):
        network = construct_model(card.model, len(card.classes), **card.options)
    return sum(parameter.numel() for parameter in network.parameters())


def _take_turn(stack: ExitStack, folder: Path) -> None:
    """Wait until no other process trains this run."""
    until_s = time.monotonic() + TURN_S
    while True:
        try:
            stack.enter_context(alone(folder))
            return
        except UsageError:
            if time.monotonic() > until_s:
                raise
        time.sleep(0.2)


def _die_with_grid() -> None:
    """However the grid ends, nothing of it goes on: what standard input is connected to is closed by then."""
    while os.read(0, 1):
        pass
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # the processes that read data, too
    os._exit(1)

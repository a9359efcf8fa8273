"""A run's process as the bench sees it: started, waited for, and its answer or what became of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.bench.case import Case, Run, Setup
from app.bench.options import BenchOptions
from app.doctor.probe import what_ended
from app.options import LiveOptions
from console.exit_codes import ExitCode

ROOT = Path(__file__).resolve().parents[2]
# Not -m, which would look for our packages in whatever folder the user is in.
_BOOT = "import sys; sys.path[0] = sys.argv.pop(1); from app.bench.play import main; main()"
_LOOK_S = 0.1  # how long a signal may wait for an answer
_PASSED_ON = ("bag", "frames", "model", "engine", "device", "precision", "view", "real_time", "loop")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing was measured, in one line. code: the exit code that `rgbd-live` would have left with."""

    reason: str
    code: int


Outcome = tuple[Setup, Run] | Refusal


def measure(
    case: Case, options: BenchOptions, *, frames: int, warm_up: int, interrupted: Callable[[], bool]
) -> Outcome:
    """One run of a case in a process of its own. Raises KeyboardInterrupt, the process ended, when interrupted."""
    with tempfile.TemporaryDirectory(prefix="rgbd-live-bench-") as name:
        answer = Path(name, "answer.json")
        asked = {
            "options": _passed_on(options.as_live(case.engine, case.model)),
            "frames": frames,
            "warm_up": warm_up,
            "answer": str(answer),
            "spawned_unix_s": time.time(),
        }
        command = [sys.executable, "-c", _BOOT, str(ROOT), json.dumps(asked)]
        return read_answer(answer, run_process(command, Path(name, "said.txt"), interrupted))


def run_process(command: Sequence[str], said: Path, interrupted: Callable[[], bool]) -> str:
    """What ended it, should that be a crash; what it says goes to a file meanwhile. Raises KeyboardInterrupt."""
    with said.open("wb") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,  # never written to: it ends with this process, however that ends
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us, not for the child
        )
    try:
        while not _has_ended(process):
            if interrupted():
                raise KeyboardInterrupt
    finally:
        _end(process)
    return what_ended(process.returncode, said.read_text(errors="replace").splitlines())


def read_answer(answer: Path, ended: str) -> Outcome:
    """What a process left behind; ended: why it left nothing, if it did not."""
    try:
        document: dict[str, Any] = json.loads(answer.read_text())
    except (OSError, ValueError):
        return Refusal(ended, ExitCode.DEFECT)
    if "refused" in document:
        return Refusal(document["refused"], document["exit_code"])
    return Setup(**document["setup"]), Run(**document["run"])


def _passed_on(options: LiveOptions) -> dict[str, Any]:
    given = {name: getattr(options, name) for name in _PASSED_ON}
    return {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}


def _has_ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def _end(process: subprocess.Popen[bytes]) -> None:
    """With all that it started, should anything still run."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()

"""Children that try what may kill, hang or confuse a process: importing native libraries, opening windows, drivers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signal import Signals
from typing import Any

PROBE_FOLDER = Path(__file__).parent / "probes"
LIMIT_S = 60.0  # generous: torch alone takes long from a cold disk
CHILDREN_AT_ONCE = 3


Answer = Mapping[str, Any]
Question = Callable[[], Answer]


class ProbeError(RuntimeError):
    """A child raised, died or hung; the message is its last line, or what ended it."""


class Probes:
    """Runs slow or dangerous questions beside each other; `probes["torch"]` waits for the answer to one.

    Asking raises what the question raised: ProbeError where a child did not answer.
    """

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._pool = ThreadPoolExecutor(CHILDREN_AT_ONCE)
        self._answers = {name: self._pool.submit(question) for name, question in questions.items()}

    def __getitem__(self, name: str) -> Answer:
        return self._answers[name].result()

    def close(self) -> None:
        """Forget the questions that nobody has begun to answer."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def run_probe(name: str, *arguments: str, limit_s: float = LIMIT_S) -> Answer:
    """Run probes/probe_NAME.py and return the JSON object it printed last. Raises ProbeError."""
    output = run_command([sys.executable, str(PROBE_FOLDER / f"probe_{name}.py"), *arguments], limit_s=limit_s)
    for line in reversed(output.splitlines()):  # native libraries may print after our answer
        if line.startswith("{"):
            return json.loads(line)
    raise ProbeError("gave no answer")


def run_command(command: Sequence[str], *, limit_s: float = LIMIT_S) -> str:
    """Standard output of a command. Raises ProbeError when it is missing, fails, dies or takes longer than limit_s."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProbeError(f"no answer within {limit_s:g} s") from None
    except OSError as error:
        raise ProbeError(f"cannot run {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise ProbeError(what_ended(done.returncode, [*done.stdout.splitlines(), *done.stderr.splitlines()]))
    return done.stdout


def what_ended(returncode: int, lines: Iterable[str]) -> str:
    """What ended a child. A native library that aborts says why last; Python's own errors end with "Kind: message"."""
    said = [line.strip() for line in lines if line.strip()]
    last = said[-1] if said else ""
    if returncode < 0:
        return f"the process was killed by {_signal_name(-returncode)}" + (f" ({last})" if last else "")
    return last or f"ended with exit code {returncode}"


def _signal_name(number: int) -> str:
    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"

"""Why a run has no result."""

from __future__ import annotations

import signal
from pathlib import Path

from console.exit_codes import ExitCode
from training.ablate.runs.files import GridRunFiles

PROGRAM = "rgbd-train: "  # how a program's own lines begin
DEFECT = "this is a defect of ours"  # said behind a traceback, whose last line tells more
LOST = -1000  # the code of a run whose machine has gone


def meets_every_run(code: int) -> bool:
    """Whether what ended a run (usage, data, libraries, a full disk) would end every other one as well."""
    return code in (ExitCode.USAGE, ExitCode.BAD_INPUT, ExitCode.CANNOT, ExitCode.OUTPUT)


def reason_of(code: int, folder: Path) -> str:
    """One line for a run that ended with this code (negative: of a signal)."""
    if code == LOST:
        return "the machine it ran on has gone"
    if code == -signal.SIGKILL:
        return "its process was killed, as the system does when memory runs out"
    if code < 0:
        return f"its process died of signal {-code}"
    return _last_words(folder) or f"it ended with code {code}"


def _last_words(folder: Path) -> str:
    try:
        lines = GridRunFiles(folder).log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    if lines and lines[-1].startswith(PROGRAM + DEFECT):
        return lines[-2] if len(lines) > 1 else ""
    said = [line.removeprefix(PROGRAM) for line in lines if line.startswith(PROGRAM)]
    return said[-1] if said else ""

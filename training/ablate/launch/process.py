"""A run as a process of its own, which cannot outlive the one that started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from console.atomic import make_folder, output_errors
from training.ablate.runs.files import GridRunFiles

ROOT = Path(__file__).resolve().parents[3]
# Not -m, which would look for our packages in whatever folder the user is in.
_BOOT = "import sys; sys.path[0] = sys.argv.pop(1); from training.ablate.runs.child import main; main()"
_INTERRUPTED = 130


class RunProcess:
    """See launcher.Handle. environment: beside this process's own. Raises OutputError where the log cannot be written.

    It is in a session of its own: Ctrl-C in the terminal reaches only the grid, which then asks it to stop.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        log = GridRunFiles(folder).log
        make_folder(folder)
        with output_errors(log), log.open("ab") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, str(ROOT), str(folder)],
                stdin=subprocess.PIPE,  # never written to: it ends with this process, however that ends
                stdout=file,
                stderr=subprocess.STDOUT,
                env={**os.environ, **environment},
                start_new_session=True,
            )
        self._stopped = False

    def code(self) -> int | None:
        """See Handle."""
        return self._process.poll()

    def wait(self) -> int:
        """The exit code, once it has ended."""
        return self._process.wait()

    def stop(self) -> None:
        """See Handle."""
        if not self._stopped:  # a second signal would end it before its files are closed
            self._stopped = True
            self._process.terminate()

    def kill(self) -> None:
        """See Handle."""
        if self.code() is None:  # else its number may be another's by now
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()

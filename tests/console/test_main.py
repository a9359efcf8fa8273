"""What surrounds a command line bears the name of whichever it is."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

import console.main
from console.errors import UsageError
from console.main import run_program


@pytest.mark.parametrize("program", ["rgbd-live", "rgbd-train"])
def test_every_line_bears_the_programs_name(monkeypatch, capsys, program) -> None:
    def run(arguments, interrupt, started_s):
        raise UsageError(f"unknown {arguments[0]}")

    monkeypatch.setattr(console.main.Interrupt, "install", lambda self: None)
    assert run_program(program, run, ["--word"]) == 2
    assert capsys.readouterr().err == f"{program}: unknown --word\n"


def test_a_stop_that_was_noticed_is_told_and_is_130(monkeypatch, capsys) -> None:
    def run(arguments, interrupt, started_s):
        interrupt.requested = True
        interrupt.check()
        return 0

    monkeypatch.setattr(console.main.Interrupt, "install", lambda self: None)
    assert run_program("rgbd-train", run, []) == 130
    assert capsys.readouterr().err == "rgbd-train: stopped\n"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_a_signal_that_ends_it_at_once_bears_the_name_too() -> None:
    script = (
        "import time\n"
        "from console.main import run_program\n"
        "def run(arguments, interrupt, started_s):\n"
        "    print('ready', flush=True)\n"
        "    while True: time.sleep(0.01)\n"
        "run_program('rgbd-train', run, [])\n"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=20)
    assert (child.returncode, errors) == (130, "rgbd-train: stopped\n")

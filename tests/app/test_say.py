"""Standard output and error that are closed, full, or that nobody reads."""

from __future__ import annotations

import json
import logging
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from console.say import name_program, say_remarks

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell"),
    pytest.mark.timeout(60),
]
ROOT = Path(__file__).resolve().parent.parent.parent
PLAY = ("--model", "none", "--view", "none", "--loop", "--max-frames", "40")


def shell(line: str, *arguments: object) -> tuple[int, str]:
    """Run a line of shell in which PROGRAM stands for rgbd-live with its arguments; its exit code and output."""
    program = shlex.join([sys.executable, "-m", "app.main", *map(str, arguments)])
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        ["sh", "-c", line.replace("PROGRAM", program)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("where", ["2>&-", ">&- 2>&-", "2>/dev/full", "2>&1 | true"])
def test_nobody_to_tell_is_no_reason_to_stop(picture_folder, tmp_path, where) -> None:
    stats = tmp_path / "s.json"
    code, said = shell(f"PROGRAM {where}", "--frames", picture_folder, *PLAY, "--stats", stats)
    assert (code, said) == (0, "")
    assert json.loads(stats.read_text())["counters"]["segmented"] == 40


def test_a_full_standard_output_is_one_line() -> None:
    code, said = shell("PROGRAM >/dev/full", "devices")
    assert (code, said) == (6, "rgbd-live: cannot write to standard output: No space left on device\n")


@pytest.mark.parametrize("command", ["devices", "models"])  # one prints by itself, one by rich
def test_a_reader_that_has_enough_is_no_trouble(command: str) -> None:
    _, said = shell("(PROGRAM; echo $? >&2) | true", command)
    assert said == "0\n"


def test_a_remark_is_a_line_of_ours_and_comes_once(capsys) -> None:
    name_program("rgbd-live")
    say_remarks()
    for _ in range(2):
        logging.getLogger("sensors.folders.folder").warning("%s: depth unit\n guessed", "a")
    logging.getLogger("sensors.folders.folder").info("not for the terminal")
    assert capsys.readouterr().err == "rgbd-live: a: depth unit guessed\n"

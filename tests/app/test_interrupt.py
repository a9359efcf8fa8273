"""Ctrl-C at any moment: exit code 130, and whatever was begun is whole."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from console.interrupt import SIGNALS, Interrupt

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals"),
    pytest.mark.timeout(120),
]


def lines_of(stream) -> list[str]:
    """What a child says, collected while it runs, so that it never waits for a full pipe."""
    lines: list[str] = []
    threading.Thread(target=lambda: lines.extend(stream), daemon=True).start()
    return lines


def wait_until(condition, timeout_s: float = 30.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("after_s", [0.0, 0.3, 0.9])
def test_everything_that_was_begun_is_whole(start_program, picture_folder, tmp_path, number, after_s) -> None:
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("nohup keeps this signal from the suite, and from the program")
    child = start_program(
        *("--frames", picture_folder, "--loop", "--model", "none", "--view", "none"),
        *("--save-video", tmp_path / "v.mp4", "--save-cloud", tmp_path / "c{index}.ply"),
        *("--record", tmp_path / "r.db3", "--stats", tmp_path / "s.json", "--screenshot", tmp_path / "s.png"),
    )
    wait_until(lambda: list(tmp_path.glob("c*.ply")))
    time.sleep(after_s)
    child.send_signal(number)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == 130, errors
    assert "Traceback" not in errors
    assert errors.splitlines()[-1] == "rgbd-live: stopped"
    segmented = json.loads((tmp_path / "s.json").read_text())["counters"]["segmented"]
    reader = cv2.VideoCapture(str(tmp_path / "v.mp4"))
    frames = 0
    while reader.read()[0]:
        frames += 1
    assert frames == segmented > 0
    Image.open(tmp_path / "s.png").load()
    from sensors.recordings.reader import open_recording

    with open_recording(tmp_path / "r.db3", "python") as source:
        assert sum(1 for _ in source) >= segmented
    assert not [path.name for path in tmp_path.iterdir() if "part" in path.name]


@pytest.mark.parametrize("after_s", [0.15, 0.3, 0.5, 0.8, 1.2, 1.8])
def test_starting_up_can_be_stopped(start_program, picture_folder, tmp_path, after_s) -> None:
    """With a model, so that the signal meets torch's import and the loading of weights."""
    masks = tmp_path / "m"
    child = start_program("--frames", picture_folder, "--loop", "--view", "none", "--save-masks", masks)
    time.sleep(after_s)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=30)
    assert child.returncode == 130, errors
    assert "Traceback" not in errors
    for path in masks.glob("*.png"):
        with Image.open(path) as image:
            assert np.array(image).shape == (48, 64)
    assert not list(tmp_path.rglob("*.part*"))


def test_the_first_signal_only_notes_while_something_is_open() -> None:
    interrupt = Interrupt()
    interrupt.check()
    with interrupt.shielded():
        interrupt._handle(signal.SIGINT, None)
        assert interrupt.requested
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()


@pytest.mark.parametrize("after_s", [0.1, 0.3, 0.45, 0.6, 0.75, 0.9])
def test_a_command_that_prints_can_be_stopped(start_program, after_s) -> None:
    child = start_program("models")
    time.sleep(after_s)
    child.send_signal(signal.SIGINT)
    out, errors = child.communicate(timeout=30)
    assert (child.returncode, out, errors) == (130, "", "rgbd-live: stopped\n")


def started_script(*lines: str) -> subprocess.Popen[str]:
    """A program that takes signals, does what the lines say, and is at its last line now."""
    script = ["import time", "from console.interrupt import Interrupt", "interrupt = Interrupt()"]
    script += ["interrupt.install()", *lines]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    child = subprocess.Popen([sys.executable, "-c", "\n".join(script)], text=True, **pipes)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def test_a_first_signal_ends_a_program_at_once_while_nothing_is_written_yet() -> None:
    child = started_script(
        "with interrupt.shielded(), interrupt.unshielded():",
        "    print('ready', flush=True)",
        "    while True: time.sleep(0.01)",
    )
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=10)[1] == "rgbd-live: stopped\n"
    assert child.returncode == 130


def test_what_was_noted_before_ends_it_too_and_afterwards_signals_are_noted_again() -> None:
    interrupt = Interrupt()
    with interrupt.shielded():
        with interrupt.unshielded():
            pass
        interrupt._handle(signal.SIGINT, None)
        with pytest.raises(KeyboardInterrupt), interrupt.unshielded():
            pytest.fail("went on")


def test_nohup_is_respected(monkeypatch) -> None:
    taken = []
    monkeypatch.setattr(signal, "signal", lambda number, _: taken.append(number))
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    Interrupt().install()
    assert taken == [signal.SIGINT, signal.SIGTERM]


def test_a_second_signal_ends_a_program_that_hangs() -> None:
    child = started_script(
        "with interrupt.shielded():",
        "    print('ready', flush=True)",
        "    while True: time.sleep(0.01)",
    )
    child.send_signal(signal.SIGINT)
    time.sleep(0.3)
    assert child.poll() is None
    child.send_signal(signal.SIGINT)
    assert child.communicate(timeout=10)[1] == "rgbd-live: stopped\n"
    assert child.returncode == 130

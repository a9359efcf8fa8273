"""`rgbd-train evaluate` as a program: what the shell gets to see."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path

import pytest

from segmentation.engines.request import CheckFrames
from segmentation.errors import EngineUnavailableError
from segmentation.segmenter import Segmenter
from training.main import main

ROOT = Path(__file__).resolve().parent.parent.parent.parent


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "training.main", "evaluate", "--dataset", "rooms", "--device", "cpu"]
    pipe = subprocess.PIPE
    return subprocess.Popen([*command, *map(str, arguments)], cwd=ROOT, stdout=pipe, stderr=pipe, text=True)


def test_ctrl_c_while_scoring_ends_with_130_and_leaves_nothing(make_prepared, tmp_path: Path) -> None:
    child = start("--data", make_prepared(60, (320, 240)), "--out", tmp_path / "report")
    assert child.stderr is not None
    assert "scoring 60 frames" in child.stderr.readline()
    os.kill(child.pid, signal.SIGINT)
    out, errors = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, "")
    assert errors.strip() == "rgbd-train: stopped"
    assert not (tmp_path / "report").exists()


def test_engine_and_precision_reach_the_segmenter(
    make_prepared, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, str]] = []

    def load(*_: object, engine: str, precision: str, check_frames: CheckFrames, **__: object) -> Segmenter:
        asked.append((engine, precision))
        assert len(list(islice(check_frames(), 32))) == 32
        raise EngineUnavailableError("that will do")

    monkeypatch.setattr("training.evaluate.choose.load_segmenter", load)
    arguments = ["evaluate", "--data", str(make_prepared(1)), "--engine", "openvino", "--precision", "int8"]
    assert main(arguments) == 5
    assert asked == [("openvino", "int8")]
    assert capsys.readouterr().err.strip() == "rgbd-train: that will do"


def test_a_damaged_image_ends_with_3_and_one_line(make_prepared) -> None:
    data = make_prepared(3)
    (data / "color" / "001.png").write_bytes(b"\x89PNG\r\n\x1a\n half of it")
    child = start("--data", data)
    out, errors = child.communicate(timeout=60)
    assert (child.returncode, out) == (3, "")
    assert "Traceback" not in errors
    assert errors.splitlines()[-1].startswith(f"rgbd-train: {data}/color/001.png: damaged")


def test_a_reader_that_has_enough_is_no_error(make_prepared) -> None:
    child = start("--data", make_prepared(1))
    assert child.stdout is not None
    child.stdout.close()
    child.stdout = None
    _, errors = child.communicate(timeout=60)
    assert child.returncode == 0
    assert "Traceback" not in errors

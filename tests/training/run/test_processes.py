"""Two processes on the CPU, with gloo, stand in for many GPUs."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from segmentation.checkpoints.checkpoint import load_checkpoint
from sensors.prepared import read_index

pytestmark = [pytest.mark.timeout(240), pytest.mark.skipif(sys.platform == "win32", reason="gloo on POSIX")]
ROOT = Path(__file__).resolve().parent.parent.parent.parent


def run_program(*words: object) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def words_of(planes: Path, folder: Path, *, epochs: int) -> list[object]:
    words = ["--data", planes, "--dataset", "rooms", "--out", folder, "--device", "cpu", "--devices", 2, "--workers", 0]
    return ["-m", "training.main", *words, "--epochs", epochs, "--batch-size", 2, "--input-size", "64x48", "--lr", 3e-3]


@pytest.fixture(scope="module")
def trained(planes, tmp_path_factory) -> tuple[Path, str]:
    """A run of two processes, and what it said."""
    folder = tmp_path_factory.mktemp("processes") / "run"
    return folder, run_program(*words_of(planes, folder, epochs=5))


def test_two_processes_learn_together_and_speak_once(trained) -> None:
    folder, said = trained
    with (folder / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 5
    assert float(rows[-1]["train_loss"]) < 0.9 * float(rows[0]["train_loss"])
    assert float(rows[-1]["val_loss"]) < float(rows[0]["val_loss"])
    assert load_checkpoint(folder / "best.safetensors")[0].trained
    assert sum("epoch 1 of 5" in line for line in said.splitlines()) == 1


def test_one_and_two_processes_count_the_same_pixels_once(trained, planes, tmp_path) -> None:
    """Three validation samples for two processes: a padding sampler would count one of them twice."""
    folder, _ = trained
    counts = []
    for processes in (1, 2):
        file = tmp_path / f"{processes}.npy"
        run_program(ROOT / "tests" / "support" / "validate_program.py", planes, folder, processes, file)
        counts.append(np.load(file))
    index = read_index(planes)
    labelled = sum(int((index.read(sample).label > 0).sum()) for sample in index.samples if sample.split == "val")
    assert counts[0].sum() == labelled
    assert np.array_equal(counts[0], counts[1])


def test_a_signal_to_one_stops_both(planes, tmp_path) -> None:
    """To the first alone, as a scheduler sends it; a terminal's Ctrl-C reaches all."""
    folder = tmp_path / "run"
    command = [sys.executable, *map(str, words_of(planes, folder, epochs=1000))]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    child = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    deadline_s = time.monotonic() + 120
    while not (folder / "best.safetensors").exists():
        assert child.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=100)
    assert child.returncode == 130, said
    assert said.splitlines()[-1] == "rgbd-train: stopped"
    assert "Traceback" not in said
    load_checkpoint(folder / "last.ckpt")

"""A grid as the user starts it: real processes, killed and started again."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import wait_until

from console.errors import UsageError
from segmentation.segmenter import load_segmenter
from training.ablate.runs.files import read_history, read_result
from training.jobs.folder import alone

pytestmark = pytest.mark.timeout(280)
ROOT = Path(__file__).resolve().parents[3]
EPOCHS = 5


def start(planes: Path, out: Path) -> subprocess.Popen[str]:
    words = ["ablate", "--data", planes, "--dataset", "rooms", "--host", "deresunet-lite", "--seeds", "1"]
    words += ["--only", "convolution", "--epochs", EPOCHS, "--batch-size", 2, "--input-size", "64x48", "--out", out]
    command = [sys.executable, "-m", "training.main", *map(str, words), "--device", "cpu", "--workers", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)


def is_trained(folder: Path) -> bool:
    """Whether a process has the run's folder for itself."""
    try:
        with alone(folder):
            return False
    except UsageError:
        return True


def test_a_killed_grid_leaves_no_run_behind_and_the_same_command_goes_on(planes, tmp_path) -> None:
    out = tmp_path / "grid"
    full, plain = (out / "runs" / name / "seed-0" for name in ("full", "plain"))
    with start(planes, out) as grid:
        wait_until(lambda: len(read_history(full / "history.csv")) >= 2)
        assert is_trained(full)
        grid.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_trained(full), seconds=20)
    assert read_result(full) is None
    before = len(read_history(full / "history.csv"))
    assert before < EPOCHS

    with start(planes, out) as grid:
        _, said = grid.communicate()
        assert grid.returncode == 0, said
    assert "2 runs of deresunet-lite" in said
    assert "plain, seed 0: mIoU" in said
    log = (full / "log.txt").read_text()
    assert f"goes on from {full / 'last.ckpt'}" in log
    assert all(
        log.count(f"epoch {epoch} of {EPOCHS}:") == 1 for epoch in range(1, before)
    )  # the last may not have been kept

    with (out / "ablation.csv").open() as file:
        rows = {row["variant"]: row for row in csv.DictReader(file)}
    for folder in (full, plain):
        history, result = read_history(folder / "history.csv"), read_result(folder)
        assert len(history) == EPOCHS
        assert result is not None
        assert result.miou == float(history[-1]["miou"]) == pytest.approx(float(rows[folder.parent.name]["miou_mean"]))
    assert float(rows["plain"]["parameters"]) < float(rows["full"]["parameters"])
    assert "What was learned" in (out / "ablation.md").read_text()

    asked = json.loads((full / "run.json").read_text())
    card = load_segmenter(full / "best.safetensors").card
    assert card.options["stages"] == asked["options"]["network_options"]["stages"] == [1, 2, 3, 4]
    assert asked["data"]["training_samples"] == 6

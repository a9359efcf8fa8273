"""What goes wrong in the middle of a run: one line, the right exit code, and a checkpoint that is whole."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from prepared_planes import write_planes
from run_files import is_whole

from console.errors import OutputError, StoppedError
from console.exit_codes import exit_code_of
from segmentation.checkpoints.checkpoint import load_checkpoint
from sensors.prepared import PreparedDataError, read_index
from training.module import SegmentationModule

pytestmark = [pytest.mark.timeout(180), pytest.mark.skipif(sys.platform == "win32", reason="POSIX processes")]
ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.fixture
def own_planes(planes, tmp_path) -> Path:
    """A copy that a test may damage."""
    return shutil.copytree(planes, tmp_path / "data")


def start_run(options, *more: str) -> subprocess.Popen[str]:
    words = ["--data", options.data, "--out", options.out, "--dataset", "rooms", "--device", "cpu", "--workers", "0"]
    sizes = ["--input-size", "64x48", "--batch-size", "2", "--epochs", str(options.epochs)]
    command = [sys.executable, "-m", "training.main", *map(str, words), *sizes, *more]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], object], child: subprocess.Popen[str]) -> None:
    deadline_s = time.monotonic() + 90
    while not condition():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < deadline_s
        time.sleep(0.01)


def sometimes(value: float):
    return pytest.param(value, marks=pytest.mark.slow)


def epochs_of(folder: Path) -> int:
    history = folder / "history.csv"
    return len(history.read_text().splitlines()) - 1 if history.exists() else 0


@pytest.mark.parametrize("workers", [0, 2])
def test_a_corrupt_image_is_named_and_the_checkpoint_is_whole(train, own_planes, workers) -> None:
    folder = train(data=own_planes)
    index = read_index(own_planes)
    victim = own_planes / "color" / f"{index.samples[4].name}.png"
    victim.write_bytes(victim.read_bytes()[:100])
    before = (folder / "last.ckpt").read_bytes()
    with pytest.raises(PreparedDataError) as caught:
        train(data=own_planes, epochs=3, resume=True, workers=workers)
    assert exit_code_of(caught.value) == 3
    assert str(victim) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in str(caught.value)
    # Beginning again wrote the same state: nothing was learned from part of an epoch.
    assert load_checkpoint(folder / "last.ckpt")[1].keys()
    victim.unlink()
    assert len((folder / "last.ckpt").read_bytes()) == pytest.approx(len(before), rel=0.01)
    assert is_whole(folder)


@pytest.mark.parametrize("recipe", ["strong", "slides"])
def test_a_label_outside_the_classes_is_named(train, own_planes, recipe) -> None:
    path = own_planes / "label" / f"{read_index(own_planes).samples[1].name}.png"
    cv2.imwrite(str(path), np.full((48, 64), 77, np.uint8))
    with pytest.raises(PreparedDataError, match=rf"{path.name}: has label 77"):
        train(data=own_planes, recipe=recipe)


def test_a_folder_that_will_not_do_leaves_no_output(train, tmp_path, own_planes) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    for data in (tmp_path / "nowhere", empty):
        with pytest.raises(PreparedDataError, match=str(data)):
            train(data=data)
    (own_planes / "index.json").unlink()
    with pytest.raises(PreparedDataError, match="half-written"):
        train(data=own_planes)
    assert not (tmp_path / "run").exists()


def test_another_data_set_is_told_apart(train, tmp_path) -> None:
    data = write_planes(tmp_path / "nyu", class_set="nyu40").root
    with pytest.raises(PreparedDataError, match="nyu40"):
        train(data=data)


def test_a_loss_that_is_no_number_names_its_samples(train, planes) -> None:
    with pytest.raises(StoppedError) as caught:
        train(learning_rate=1e30, epochs=5, precision="fp32")
    said = str(caught.value)
    assert exit_code_of(caught.value) == 1
    named = [sample.name for sample in read_index(planes).samples if sample.name in said]
    assert len(named) == 2
    assert "lower --lr" in said


@pytest.mark.parametrize(("room_for", "advice"), [(4, "3 fit: give --batch-size 3"), (0, "nor for single samples")])
def test_out_of_memory_says_what_fits(train, monkeypatch, room_for, advice) -> None:
    honest = SegmentationModule.loss_of

    def loss_of(self, batch):
        if len(batch["index"]) > room_for:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        return honest(self, batch)

    monkeypatch.setattr(SegmentationModule, "loss_of", loss_of)
    with pytest.raises(StoppedError) as caught:
        train(batch_size=6)
    assert exit_code_of(caught.value) == 1
    assert "memory is not enough for batches of 6 at 64x48" in str(caught.value)
    assert advice in str(caught.value)


def test_a_full_disk_leaves_the_earlier_checkpoint(options_for, train) -> None:
    """A limit on the size of files stands in for a full disk: the operating system refuses in the middle of a file."""
    folder = train()
    before = (folder / "last.ckpt").read_bytes()
    limited = (
        "import resource, runpy, sys\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "runpy.run_module('training.main', run_name='__main__')\n"
    )
    options = options_for()
    words = [
        "--data",
        options.data,
        "--out",
        folder,
        "--dataset",
        "rooms",
        "--epochs",
        "2",
        "--resume",
        "--workers",
        "0",
    ]
    words += ["--input-size", "64x48", "--batch-size", "2", "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, "-c", limited, *map(str, words)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 6, done.stderr
    assert done.stderr.splitlines()[-1] == f"rgbd-train: cannot write {folder / 'last.ckpt'}: File too large"
    assert "Traceback" not in done.stderr
    assert (folder / "last.ckpt").read_bytes() == before
    assert is_whole(folder)


def test_no_room_for_the_logs_is_an_output_that_cannot_be_written(train, monkeypatch) -> None:
    def full(*_args, **_more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("training.callbacks.pictures.Pictures.draw", full)
    with pytest.raises(OutputError, match="No space left on device"):
        train()


@pytest.mark.parametrize("number", [signal.SIGINT, sometimes(signal.SIGTERM)])
def test_ctrl_c_leaves_what_was_learned_and_can_go_on(options_for, train, number) -> None:
    options = options_for(epochs=1000)
    child = start_run(options)
    wait_for(lambda: epochs_of(options.out) >= 2, child)
    child.send_signal(number)
    _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said
    assert said.splitlines()[-1] == "rgbd-train: stopped"
    assert "Traceback" not in said
    assert is_whole(options.out)
    done = epochs_of(options.out)
    train(epochs=done + 1, resume=True)
    assert epochs_of(options.out) == done + 1


@pytest.mark.parametrize("after_s", [0.0, *map(sometimes, (0.05, 0.11, 0.17, 0.23, 0.3, 0.37))])
def test_kill_at_any_moment_loses_at_most_one_epoch(options_for, train, after_s) -> None:
    options = options_for(epochs=1000)
    child = start_run(options)
    wait_for(lambda: epochs_of(options.out) >= 2, child)
    time.sleep(after_s)
    os.kill(child.pid, signal.SIGKILL)
    child.communicate(timeout=30)
    written = epochs_of(options.out)
    for name in ("last.ckpt", "best.safetensors"):
        load_checkpoint(options.out / name)
    state = torch.load(options.out / "last.ckpt", weights_only=True)
    assert len(state["callbacks"]["keep"]["rows"]) >= written - 1
    train(epochs=written + 1, resume=True)
    assert epochs_of(options.out) == written + 1


@pytest.mark.parametrize(
    ("changed", "code", "said"),
    [
        ({"device": "cuda"}, 5, "--device cuda: no CUDA device"),
        ({"strategy": "telepathy"}, 2, "--strategy telepathy"),
        ({"precision": "fp16"}, 2, "--precision fp16"),
    ],
)
def test_what_the_machine_does_not_have_is_one_line(train, monkeypatch, changed, code, said) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(Exception, match=said) as caught:
        train(**changed)
    assert exit_code_of(caught.value) == code

"""What cannot be scored, and what is left behind then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from random_models import save_model

from console.errors import OutputError, UsageError
from console.exit_codes import exit_code_of
from console.interrupt import Interrupt
from segmentation.errors import CheckpointError, EngineUnavailableError, UnknownModelError
from sensors.errors import MissingLibraryError, PreparedDataError
from sensors.prepared import SPLITS
from training.evaluate import EvaluateOptions, run
from training.evaluate import options as known

LABEL_SIZE = (96, 72)  # larger than the network's input


@pytest.mark.usefixtures("no_pictures")
def test_what_exists_is_kept_or_replaced_as_told(options: dict) -> None:
    options["out"].mkdir()
    kept = options["out"] / "evaluation.json"
    kept.write_text("an older one")
    with pytest.raises(UsageError, match=r"--out .*report: exists and is not empty; add --overwrite"):
        run(EvaluateOptions(**options), Interrupt())
    assert kept.read_text() == "an older one"
    assert run(EvaluateOptions(**options, overwrite=True, limit=1), Interrupt()) == 0
    assert json.loads(kept.read_text())["frames"] == 1


def test_a_damaged_image_is_named_and_nothing_is_written(options: dict) -> None:
    damaged = options["data"] / "depth" / "004.png"
    damaged.write_bytes(damaged.read_bytes()[:200])
    with pytest.raises(PreparedDataError, match=r"depth/004\.png: damaged") as caught:
        run(EvaluateOptions(**options), Interrupt())
    assert exit_code_of(caught.value) == 3
    assert not options["out"].exists()


def test_a_signal_ends_it_with_nothing_written(options: dict) -> None:
    interrupt = Interrupt()
    interrupt.requested = True
    with pytest.raises(KeyboardInterrupt):
        run(EvaluateOptions(**options), interrupt)
    assert not options["out"].exists()


@pytest.mark.parametrize(
    ("changes", "error", "code", "message"),
    [
        ({"data": Path("no/such")}, PreparedDataError, 3, "no/such: no such folder"),
        ({"split": "test"}, PreparedDataError, 3, "has no sample for test, only for val"),
        ({"depth": "refined"}, PreparedDataError, 3, "data: has raw depth only; leave out --depth refined"),
        ({"model": "unet"}, UnknownModelError, 2, "unknown model 'unet'"),
        ({"model": "missing.safetensors"}, CheckpointError, 3, "model file not found"),
        ({"device": "abacus"}, UsageError, 2, "unknown device 'abacus'"),
        ({"device": "cuda:99"}, EngineUnavailableError, 5, "use --device cpu"),
        ({"engine": "abacus"}, UsageError, 2, "unknown engine 'abacus'"),
        ({"precision": "fp16"}, EngineUnavailableError, 5, "use --precision fp32 or auto on a CPU"),
        ({"out": Path(__file__)}, OutputError, 6, "is not a folder"),
        ({"out": Path(__file__) / "report"}, OutputError, 6, "is not a folder"),
    ],
)
def test_what_cannot_be_done_is_said(options: dict, changes: dict, error, code: int, message: str) -> None:
    with pytest.raises(error, match=message) as caught:
        run(EvaluateOptions(**{**options, **changes}), Interrupt())
    assert exit_code_of(caught.value) == code
    assert "\n" not in str(caught.value)
    assert not options["out"].exists()


@pytest.mark.parametrize("classes", ["nyu13", "nyu40"])
def test_a_model_of_other_or_more_classes_is_refused(options: dict, tmp_path: Path, classes: str) -> None:
    other = save_model(tmp_path / "other.safetensors", classes)
    with pytest.raises(PreparedDataError, match=rf"has the labels of sunrgbd37, but .* was trained on {classes}"):
        run(EvaluateOptions(**{**options, "model": str(other)}), Interrupt())
    assert not options["out"].exists()


def test_rooms_without_test_rooms_say_which_command_makes_some(prepare, options: dict, tmp_path: Path) -> None:
    with pytest.raises(PreparedDataError, match=r"\(--split\); rgbd-train rooms --seed 70000 .* makes test rooms$"):
        run(EvaluateOptions(**options, split="test"), Interrupt())
    other = prepare(tmp_path / "other", 1, LABEL_SIZE, dataset="sunrgbd")
    with pytest.raises(PreparedDataError, match=r"has no sample for test, only for val \(--split\)$"):
        run(EvaluateOptions(**{**options, "data": other, "dataset": None}, split="test"), Interrupt())
    tests_only = prepare(tmp_path / "tests", 1, LABEL_SIZE, split="test", dataset="rooms")
    with pytest.raises(PreparedDataError, match=r"has no sample for val, only for test \(--split\)$"):
        run(EvaluateOptions(**{**options, "data": tests_only}), Interrupt())


def test_cityscapes_cannot_be_scored_on_its_test_images(prepare, options: dict, tmp_path: Path) -> None:
    data = prepare(tmp_path / "city", 1, LABEL_SIZE, class_set="cityscapes19", dataset="cityscapes", split="test")
    with pytest.raises(UsageError, match="labels of Cityscapes' test images are not public; use --split val"):
        run(EvaluateOptions(**{**options, "data": data, "dataset": None}, split="test"), Interrupt())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": "imagenet"}, "--dataset imagenet: use one of sunrgbd, nyuv2, cityscapes, rooms"),
        ({"split": "all"}, "--split all: use one of train, val, test"),
        ({"split": "train+val"}, r"--split train\+val: use one of train, val, test"),
        ({"depth": "filled"}, "--depth filled: use one of raw, refined"),
        ({"limit": 0}, "--limit 0: give a number from 1"),
    ],
)
def test_options_that_are_none_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        EvaluateOptions(**{"data": Path("d"), "model": "m", **changes})


def test_the_splits_are_those_of_prepared_samples() -> None:
    assert known.SPLITS == SPLITS


def test_a_missing_library_is_said_before_anything_is_read(options: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.evaluate.find_spec", lambda name: None)
    with pytest.raises(MissingLibraryError, match=r"needs matplotlib.*pip install 'rgbd-live\[train\]'"):
        run(EvaluateOptions(**{**options, "data": Path("none")}), Interrupt())

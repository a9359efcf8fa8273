"""--resume goes on with the same run, and with no other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from prepared_planes import write_planes
from run_files import history, is_whole

from console.errors import UsageError
from console.exit_codes import exit_code_of
from console.interrupt import Interrupt
from segmentation.checkpoints.checkpoint import load_checkpoint
from segmentation.errors import CheckpointError
from training.begin import resume
from training.options import TrainOptions
from training.start import start

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def begun(planes, tmp_path_factory) -> TrainOptions:
    """The options of a run that has done two epochs; never to be changed."""
    torch.set_num_threads(1)
    options = TrainOptions(
        data=planes, out=tmp_path_factory.mktemp("begun") / "run", epochs=2, batch_size=2, input_size=(64, 48),
        device="cpu", workers=0,
    )  # fmt: skip
    assert start(options, Interrupt()) == 0
    return options


@pytest.fixture
def again(begun, options_for) -> Callable[..., int]:
    """Ask to go on with it, with other options."""

    def run(**changed: Any) -> int:
        return start(
            options_for(**{"out": begun.out, "dataset": None, "epochs": 3, "resume": True, **changed}), Interrupt()
        )

    return run


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"recipe": "slides"}, "begun with --recipe strong and with --lr 0.001"),
        ({"loss": "lovasz"}, "begun with --loss ce"),
        ({"learning_rate": 3e-4}, "begun with --lr 0.001"),
        ({"batch_size": 3}, "begun with --batch-size 2"),
        ({"seed": 1}, "begun with --seed 0"),
        ({"depth": "refined"}, "begun with --depth raw"),
        ({"split": "train+val"}, "begun with --split train"),
        ({"limit_train_batches": 1}, "begun without --limit-train-batches"),
        ({"epochs": 1}, "--epochs 1: .*has done 2 already; give that many or more"),
    ],
)
def test_another_choice_is_refused_with_the_one_it_was_begun_with(begun, again, changed, said) -> None:
    before = (begun.out / "last.ckpt").read_bytes()
    with pytest.raises(UsageError, match=said) as caught:
        again(**changed)
    assert exit_code_of(caught.value) == 2
    assert str(begun.out / "last.ckpt") in str(caught.value)
    assert "\n" not in str(caught.value)
    assert (begun.out / "last.ckpt").read_bytes() == before
    assert is_whole(begun.out)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"no_depth": True}, "was begun without --no-depth: go on with that, or begin anew"),
        ({"input_size": (96, 64)}, "was begun with --input-size 64x48"),
        ({"network_options": {"kernels": 2}}, "was begun without --network kernels"),
        ({"network_options": {"farthest_m": 5.0}}, "was begun with --network farthest_m=10.0"),
        ({"model": "deresunet-lite"}, "give --model malleable-deresunet-lite"),
    ],
)
def test_another_network_is_refused(begun, again, changed, said) -> None:
    with pytest.raises(CheckpointError, match=said) as caught:
        again(**changed)
    assert exit_code_of(caught.value) == 3
    assert is_whole(begun.out)


def test_a_run_of_before_there_was_a_choice_of_its_end_says_what_it_needs(begun, again, tmp_path) -> None:
    folder = shutil.copytree(begun.out, tmp_path / "run")
    content = torch.load(folder / "last.ckpt", weights_only=True)
    content["state_dict"]["model.up0.convs.0.conv.weight"] = torch.zeros(24, 28, 3, 3)
    torch.save(content, folder / "last.ckpt")
    with pytest.raises(CheckpointError, match="was begun with --network output_stride=2: go on with that"):
        again(out=folder)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            {"splits": ("train",) * 6 + ("val",) * 2},
            "was begun on 9 samples of sunrgbd37, here are 8 of sunrgbd37: give",
        ),
        ({"splits": ("val",) * 3 + ("train",) * 6}, "here are 9 of sunrgbd37 of other names: give the --data"),
        ({"class_set": "nyu40"}, r"last\.ckpt knows 37 classes \(sunrgbd37\), the data have 40"),
    ],
)
def test_other_samples_are_refused(again, tmp_path, written, said) -> None:
    data = write_planes(tmp_path / "other", **written).root
    with pytest.raises(CheckpointError, match=said) as caught:
        again(data=data)
    assert exit_code_of(caught.value) == 3


def test_the_same_choices_in_other_words_go_on(begun, again, planes, tmp_path) -> None:
    """In a folder that was moved, from data that were moved, with the recipe's own figure spelled out."""
    folder = shutil.copytree(begun.out, tmp_path / "moved")
    data = shutil.copytree(planes, tmp_path / "data")
    assert again(out=folder, data=data, dataset="sunrgbd", learning_rate=1e-3, limit_val_batches=1, workers=1) == 0
    rows = history(folder)
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert float(rows[2]["seconds"]) > float(rows[1]["seconds"])


def test_without_depth_stays_without(train) -> None:
    train(no_depth=True)
    with pytest.raises(CheckpointError, match="was begun with --no-depth: go on with that"):
        train(no_depth=False, resume=True)


def test_last_ckpt_is_read_once_for_all_checks(again, monkeypatch) -> None:
    read = []
    monkeypatch.setattr(resume, "read_weights_only", lambda path: read.append(path) or torch.load(path))
    with pytest.raises(UsageError, match="--seed 0"):
        again(seed=5)
    assert len(read) == 1


def test_what_the_run_started_from_is_not_needed_again(train, cut_short, tmp_path) -> None:
    first = train(out=tmp_path / "first", epochs=1) / "best.safetensors"
    settings = {"out": tmp_path / "second", "init": str(first), "split": "train+val"}  # whose last epoch is the best
    folder = cut_short(**settings, epochs=2)
    first.unlink()
    train(**settings, epochs=None, resume=True)
    assert len(history(folder)) == 2
    assert "; before that 6 train samples" in (load_checkpoint(folder / "best.safetensors")[0].training or "")


def test_resuming_nothing_begins(train) -> None:
    assert len(history(train(resume=True))) == 1


def test_what_is_done_is_said_and_trains_no_more(begun, again, tmp_path, capsys) -> None:
    folder = shutil.copytree(begun.out, tmp_path / "run")
    before = history(folder)
    assert again(out=folder, epochs=None) == 0
    assert history(folder) == before
    assert "after epoch 2: that was its last, --epochs gives more" in capsys.readouterr().err


def test_a_budget_that_is_spent_trains_no_more(train, capsys) -> None:
    folder = train(epochs=None, max_minutes=0.02)
    before = history(folder)
    for minutes in (None, 0.01):
        train(epochs=None, max_minutes=minutes, resume=True)
        assert history(folder) == before
    assert "its 0.02 minutes are spent, --max-minutes gives more" in capsys.readouterr().err


def test_a_checkpoint_that_is_damaged_is_refused(begun, again, tmp_path) -> None:
    folder = shutil.copytree(begun.out, tmp_path / "run")
    last = folder / "last.ckpt"
    last.write_bytes(last.read_bytes()[:5000])
    with pytest.raises(CheckpointError, match=r"last\.ckpt is truncated or damaged"):
        again(out=folder)


@pytest.mark.parametrize("missing", ["run", "card"])
def test_a_checkpoint_that_does_not_tell_of_its_run_is_refused(begun, again, tmp_path: Path, missing) -> None:
    folder = shutil.copytree(begun.out, tmp_path / "run")
    content = torch.load(folder / "last.ckpt", weights_only=True)
    del content["hyper_parameters"][missing]
    torch.save(content, folder / "last.ckpt")
    with pytest.raises(CheckpointError, match=r"does not tell how its run was begun .*--init .*last\.ckpt$"):
        again(out=folder)

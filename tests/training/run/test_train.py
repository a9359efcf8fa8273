"""Short runs, from the options to the files."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.error import URLError

import numpy as np
import pytest
import torch
from prepared_planes import write_planes
from run_files import figures, history, same, states

from console.errors import UsageError
from console.interrupt import Interrupt
from segmentation.checkpoints.checkpoint import load_checkpoint
from segmentation.checkpoints.restore import restore_model
from segmentation.errors import CheckpointError
from segmentation.models import build_model
from segmentation.segmenter import load_segmenter
from training.start import start

pytestmark = pytest.mark.timeout(180)


def test_it_learns_and_leaves_what_it_promises(train) -> None:
    folder = train(epochs=6, learning_rate=3e-3)
    rows = history(folder)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert float(rows[-1]["train_loss"]) < 0.8 * float(rows[0]["train_loss"])
    assert float(rows[-1]["val_loss"]) < float(rows[0]["val_loss"])
    assert set(rows[0]) == {"epoch", "train_loss", "val_loss", "miou", "pixel_accuracy", "lr", "seconds"}
    assert {path.name for path in folder.iterdir()} == {"best.safetensors", "last.ckpt", "history.csv", "tensorboard"}


def test_the_best_model_is_the_average_and_plays_without_conversion(train) -> None:
    folder = train()
    best, state = load_checkpoint(folder / "best.safetensors")
    _, last_state = load_checkpoint(folder / "last.ckpt")
    restore_model(best, state, folder)  # every name and shape is the network's: no side heads
    whole = states(folder / "last.ckpt")
    assert any(name.startswith("side_heads.") for name in whole)
    assert same(state, last_state)
    assert any(not torch.equal(whole["model." + name], whole["network." + name]) for name in state)
    assert best.trained
    assert best.input_size == (64, 48)
    assert best.scores["miou"] == pytest.approx(float(history(folder)[0]["miou"]), rel=1e-4)
    assert "6 train samples of rooms, raw depth, recipe strong, batch 2, seed 0; epoch" in (best.training or "")
    for file in ("best.safetensors", "last.ckpt"):
        segmenter = load_segmenter(str(folder / file))
        assert segmenter.trained
        result = segmenter.predict(np.zeros((48, 64, 3), np.uint8), np.ones((48, 64), np.float32), (60.0, 60.0))
        assert result.labels.shape == (48, 64)


def test_a_seed_repeats_exactly_whatever_the_workers(train, tmp_path) -> None:
    first = train(epochs=2, out=tmp_path / "a", seed=3)
    again = train(epochs=2, out=tmp_path / "b", seed=3, workers=2)
    other = train(epochs=2, out=tmp_path / "c", seed=4)
    assert same(states(first / "last.ckpt"), states(again / "last.ckpt"))
    assert not same(states(first / "last.ckpt"), states(other / "last.ckpt"))


# Worker processes fetch the first batches before the loop has said which epoch it is.
@pytest.mark.parametrize(
    ("recipe", "workers", "split"), [("strong", 2, "train"), ("slides", 0, "train"), ("strong", 0, "train+val")]
)
def test_going_on_equals_never_having_stopped(train, cut_short, tmp_path, monkeypatch, recipe, workers, split) -> None:
    import training.run as run

    # The slides' learning rate must have dropped, and its early stopping have counted, across the break.
    slides = run.RECIPES["slides"]
    impatient = dataclasses.replace(slides, plateau=dataclasses.replace(slides.plateau, patience=0), learning_rate=0.1)
    monkeypatch.setitem(run.RECIPES, "slides", impatient)
    settings = {"epochs": 4, "recipe": recipe, "workers": workers, "split": split}
    whole = train(**settings, out=tmp_path / "whole")
    broken = cut_short(**settings, out=tmp_path / "broken")
    assert [row["epoch"] for row in history(broken)] == ["1"]
    resumed = train(**{**settings, "epochs": None}, out=broken, resume=True)
    assert figures(whole) == figures(resumed)
    assert same(states(whole / "last.ckpt"), states(resumed / "last.ckpt"))
    cards = [load_checkpoint(folder / "best.safetensors")[0] for folder in (whole, resumed)]
    assert cards[0].training == cards[1].training


def test_an_earlier_run_is_not_lost_by_accident(train) -> None:
    folder = train(epochs=2)
    before = (folder / "best.safetensors").read_bytes()
    with pytest.raises(UsageError, match=r"last\.ckpt exists: go on with it by --resume, or replace it by --overwrite"):
        train()
    assert (folder / "best.safetensors").read_bytes() == before
    assert len(history(train(overwrite=True))) == 1


def test_fast_dev_run_goes_through_everything_once(train) -> None:
    folder = train(fast_dev_run=True, epochs=50)
    assert len(history(folder)) == 1
    assert load_checkpoint(folder / "best.safetensors")[0].trained


def test_a_time_budget_ends_the_run_and_the_learning_rate_with_it(train) -> None:
    folder = train(epochs=None, max_minutes=0.05)
    rows = history(folder)
    assert float(rows[-1]["lr"]) < 0.2 * max(float(row["lr"]) for row in rows) or len(rows) == 1
    assert load_checkpoint(folder / "best.safetensors")[0].trained


def test_half_precision_export_is_half_as_large(train, tmp_path) -> None:
    full = train(out=tmp_path / "full")
    half = train(out=tmp_path / "half", export="fp16")
    sizes = [(folder / "best.safetensors").stat().st_size for folder in (full, half)]
    assert sizes[1] < 0.52 * sizes[0]
    state = load_checkpoint(half / "best.safetensors")[1]
    assert state["last_conv.weight"].dtype == torch.float16
    load_segmenter(str(half / "best.safetensors"))


def test_colour_only_stays_colour_only_wherever_it_is_loaded(train) -> None:
    folder = train(no_depth=True, model="deresunet-lite")
    card, state = load_checkpoint(folder / "best.safetensors")
    assert card.options["farthest_m"] == 0
    assert "without depth" in (card.training or "")
    model = restore_model(card, state, folder)
    color, focal_px = torch.rand(1, 3, 48, 64), torch.full((1, 2), 60.0)
    with torch.inference_mode():
        with_depth, without = (
            model(color, depth, focal_px) for depth in (torch.ones(1, 1, 48, 64), torch.zeros(1, 1, 48, 64))
        )
    assert torch.equal(with_depth, without)


def test_the_depth_that_is_asked_for_is_trained_on_and_told(train, monkeypatch) -> None:
    from training.module import SegmentationModule

    holes, loss_of = [], SegmentationModule.loss_of
    counted = lambda module, batch: holes.append(int((batch["depth_m"] == 0).sum())) or loss_of(module, batch)  # noqa: E731
    monkeypatch.setattr(SegmentationModule, "loss_of", counted)
    monkeypatch.setattr("training.data.build_augmentation", lambda *_, **__: lambda frame, _rng: frame)
    folder = train(depth="refined")
    assert holes == [0, 0, 0]
    assert "of rooms, refined depth, recipe" in (load_checkpoint(folder / "best.safetensors")[0].training or "")
    train(depth="raw", overwrite=True)
    assert all(holes[3:])


def test_the_slides_say_which_weights_they_start_from(train, capsys) -> None:
    folder = train(recipe="slides", encoder_weights="none")
    assert "starts from scratch, encoders too" in capsys.readouterr().err
    card, _ = load_checkpoint(folder / "best.safetensors")
    assert card.normalisation.mean == (0.485, 0.45, 0.406)
    assert "recipe slides, batch 2" in (card.training or "")


def test_there_are_no_imagenet_weights_for_the_narrow_encoders(train) -> None:
    with pytest.raises(UsageError, match="there are none for malleable-deresunet-lite"):
        train(encoder_weights="download")


def test_weights_that_cannot_be_downloaded_are_told_with_the_option_that_helps(
    train, tmp_path, monkeypatch, capsys
) -> None:
    def offline(*_: Any, **__: Any) -> None:
        raise URLError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(torch.hub, "urlopen", offline)
    with pytest.raises(CheckpointError, match=r"no route to host.*: --encoder-weights FILE, or none to start from"):
        train(recipe="slides", model="deresunet-r18", data=write_planes(tmp_path / "data").root)
    said = capsys.readouterr().err.splitlines()
    assert [line.partition(" https")[0] for line in said] == ["rgbd-live: downloading ImageNet weights"]


def test_imagenet_weights_from_a_file_are_used_and_named(options_for, tmp_path, monkeypatch) -> None:
    import training.build
    from segmentation.classes import class_set

    path = tmp_path / "resnet18.pth"
    taken = []
    monkeypatch.setattr(training.build, "imagenet_state", lambda kind, file, **_: taken.append((kind, file)) or {})
    monkeypatch.setattr(training.build, "start_from_imagenet", lambda network, state: taken.append(state))
    options = options_for(model="deresunet-r18", encoder_weights=str(path))
    said = training.build.build_network(options, class_set("sunrgbd37"), "rooms").origin
    assert taken == [("resnet18", path), {}]
    assert said == f"encoders start from ImageNet's {path}"
    options = options_for(model="deresunet-r18", recipe="slides")
    assert "resnet18-f37072fd.pth" in training.build.build_network(options, class_set("sunrgbd37"), "rooms").origin
    assert taken[2:] == [("resnet18", None), {}]


@pytest.mark.parametrize("loss", ["lovasz", "jaccard"])
def test_losses_that_follow_iou_train(train, loss) -> None:
    rows = history(train(loss=loss, epochs=3, learning_rate=3e-3))
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])


def test_tensorboard_has_scalars_and_pictures(train) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    folder = train(epochs=5)  # 15 batches; every tenth is logged
    events = accumulator.EventAccumulator(str(folder / "tensorboard"))
    events.Reload()
    tags = events.Tags()
    for name in ("train_loss", "lr", "val_loss", "val_miou", "val_pixel_accuracy", "val_iou/wall", "val_miou/planes-a"):
        assert name in tags["scalars"]
    (pictures,) = (events.Images(tag) for tag in tags["images"])
    assert [picture.step for picture in pictures] == [3, 15]
    assert (pictures[0].width, pictures[0].height) == (4 * 64, 3 * 48)


def test_the_last_epoch_is_validated_whatever_the_rhythm(train) -> None:
    rows = history(train(epochs=3, validate_every=2))
    assert [bool(row["miou"]) for row in rows] == [False, True, True]


def test_choices_within_the_network_travel_with_its_file_and_bind_resuming(train, options_for) -> None:
    chosen = {"stages": (1, 2), "kernels": 2, "learn_range": False}
    folder = train(network_options=chosen)
    card, state = load_checkpoint(folder / "best.safetensors")
    assert {name: card.options[name] for name in chosen} == {"stages": [1, 2], "kernels": 2, "learn_range": False}
    build_model(card.model, len(card.classes), **card.options).load_state_dict(state)
    with pytest.raises(CheckpointError, match="was begun with --network kernels=2: go on with that"):
        start(options_for(network_options={**chosen, "kernels": 3}, resume=True), Interrupt())
    train(network_options=chosen, resume=True)


def test_a_choice_that_the_model_does_not_have_is_refused(options_for) -> None:
    with pytest.raises(UsageError, match="--network: deresunet-lite has no malleable layers, so no option kernels"):
        start(options_for(model="deresunet-lite", network_options={"kernels": 2}), Interrupt())


@pytest.mark.parametrize(("recipe", "momentum"), [("strong", 0.1), ("malleable", 0.01)])
def test_running_statistics_follow_the_recipe_batch_by_batch(train, monkeypatch, recipe, momentum) -> None:
    import training.module as module

    made, batches = [], []

    class Watched(module.RunningStatistics):
        def __init__(self, network: torch.nn.Module, share: float) -> None:
            made.append((network, share))
            super().__init__(network, share)

        def before_batch(self) -> None:
            batches.append(next(m for m in made[0][0].modules() if isinstance(m, torch.nn.BatchNorm2d)).momentum)
            super().before_batch()

    monkeypatch.setattr(module, "RunningStatistics", Watched)
    folder = train(recipe=recipe, encoder_weights="none", epochs=2)
    assert [share for _, share in made] == [momentum]
    assert batches == [None] * 6
    stem = states(folder / "last.ckpt")
    assert stem["network.encoder.color.bn1.num_batches_tracked"] == 6

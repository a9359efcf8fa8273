"""--split train+val: all labelled samples that are not for tests, no validation, nothing chosen."""

from __future__ import annotations

import pytest
import torch
from prepared_planes import write_planes
from run_files import history, same

import training.run
from segmentation.checkpoints.checkpoint import load_checkpoint
from sensors.prepared import PreparedDataError
from training.callbacks.keep import COLUMNS

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def both(tmp_path):
    """A folder of six training, two validation and a test sample whose images cannot be read."""
    index = write_planes(tmp_path / "data", dataset="sunrgbd")
    (test,) = [sample for sample in index.samples if sample.split == "test"]
    for folder, suffix in (("color", test.color_suffix), ("depth", ".png"), ("label", ".png")):
        (index.root / folder / f"{test.name}{suffix}").write_bytes(b"not to be looked at")
    return index.root


def test_it_trains_on_both_and_keeps_the_last_weights(train, both, monkeypatch, capsys) -> None:
    weighed, seen = [], set()
    count, loss_of = training.run.count_labels, training.run.SegmentationModule.loss_of
    monkeypatch.setattr(
        training.run,
        "count_labels",
        lambda index, samples, classes: weighed.extend(samples) or count(index, samples, classes),
    )
    monkeypatch.setattr(
        training.run.SegmentationModule,
        "loss_of",
        lambda self, batch: seen.update(batch["index"].tolist()) or loss_of(self, batch),
    )
    folder = train(data=both, dataset=None, split="train+val", epochs=3)
    assert [sample.split for sample in weighed] == ["train"] * 6 + ["val"] * 2
    assert seen == set(range(8))
    card, state = load_checkpoint(folder / "best.safetensors")
    assert same(state, load_checkpoint(folder / "last.ckpt")[1])
    assert card.scores == {}
    assert (card.training or "").startswith("8 train+val samples of sunrgbd, raw depth, recipe strong")
    assert (card.training or "").endswith("epoch 3")
    rows = history(folder)
    assert [tuple(row) for row in rows] == [COLUMNS] * 3
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert all(row["train_loss"] and row["lr"] and row["seconds"] for row in rows)
    assert not any(row[name] for row in rows for name in ("val_loss", "miou", "pixel_accuracy"))
    said = capsys.readouterr().err
    assert "8 training samples (train+val), no validation: the last epoch's weights count" in said
    assert f"nothing was chosen: {folder / 'best.safetensors'} holds the last epoch's weights" in said
    assert "mIoU" not in said


def test_the_model_file_follows_every_epoch(cut_short, both, tmp_path) -> None:
    folder = cut_short(out=tmp_path / "run", data=both, dataset=None, split="train+val", epochs=3)
    card, state = load_checkpoint(folder / "best.safetensors")
    assert (card.training or "").endswith("epoch 1")
    assert same(state, load_checkpoint(folder / "last.ckpt")[1])


def test_its_weights_are_the_average_that_the_recipe_keeps(train, both) -> None:
    folder = train(data=both, dataset=None, split="train+val", epochs=2)
    whole = torch.load(folder / "last.ckpt", weights_only=True)["state_dict"]
    _, state = load_checkpoint(folder / "best.safetensors")
    assert all(torch.equal(state[name], whole[f"model.{name}"]) for name in state)
    assert any(not torch.equal(state[name], whole[f"network.{name}"]) for name in state)


def test_a_folder_without_validation_samples_is_for_the_final_run_alone(train, tmp_path) -> None:
    data = write_planes(tmp_path / "data", splits=("train",) * 6).root
    with pytest.raises(
        PreparedDataError, match=r"no samples of the val split, .*all there are with --split train\+val"
    ):
        train(data=data)
    assert not (tmp_path / "run").exists()
    card, _ = load_checkpoint(train(data=data, split="train+val") / "best.safetensors")
    assert (card.training or "").startswith("6 train+val samples")

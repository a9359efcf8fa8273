from __future__ import annotations

import contextlib
import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import HEADER_KEY, load_checkpoint, save_checkpoint
from segmentation.checkpoints.restore import restore_model
from segmentation.classes import class_set
from segmentation.errors import CheckpointError
from segmentation.models import build_model
from segmentation.preprocess import ColorNormalisation
from segmentation.segmenter import load_segmenter

NAME = "malleable-deresunet-lite"


@pytest.fixture(scope="module")
def card() -> ModelCard:
    return ModelCard(
        NAME,
        class_set("nyu13"),
        input_size=(160, 128),
        options={"stages": (3,), "kernels": 2, "depth_mean_m": 1.5},
        normalisation=ColorNormalisation((0.4, 0.5, 0.6), (0.1, 0.2, 0.3)),
        training="two steps on nothing",
        scores={"miou": 0.25},
    )


@pytest.fixture(scope="module")
def state(card: ModelCard) -> dict[str, torch.Tensor]:
    return build_model(card.model, len(card.classes), seed=9, **card.options).state_dict()


@pytest.fixture
def saved(tmp_path: Path, card: ModelCard, state: dict[str, torch.Tensor]) -> Path:
    path = tmp_path / "model.safetensors"
    save_checkpoint(path, state, card)
    return path


def lightning(path: Path, card: ModelCard, state: dict[str, torch.Tensor], **changes: object) -> Path:
    content = {
        "epoch": 3,
        "state_dict": {**{f"model.{name}": tensor for name, tensor in state.items()}, "loss.weight": torch.ones(3)},
        "hyper_parameters": {"card": card.as_document(), "learning_rate": 1e-3},
    }
    torch.save({**content, **changes}, path)
    return path


def one_line(path: Path) -> str:
    """The message that loading this file as a model ends with; it names the file and is one line."""
    with pytest.raises(CheckpointError) as caught:
        load_segmenter(path)
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_what_was_saved_is_loaded(saved: Path, card: ModelCard, state: dict[str, torch.Tensor]) -> None:
    loaded_card, loaded = load_checkpoint(saved)
    assert loaded_card.as_document() == card.as_document()
    assert loaded_card.trained
    assert loaded.keys() == state.keys()
    assert all(torch.equal(loaded[name], state[name]) for name in state)
    assert [path.name for path in saved.parent.iterdir()] == [saved.name]


def test_a_restored_network_computes_what_the_saved_one_did(saved: Path, card: ModelCard) -> None:
    original = build_model(card.model, len(card.classes), seed=9, **card.options).eval()
    restored = restore_model(*load_checkpoint(saved), saved)
    example = torch.randn(1, 3, 64, 64), torch.rand(1, 1, 64, 64) + 1, torch.full((1, 2), 60.0)
    with torch.inference_mode():
        assert torch.equal(original(*example), restored(*example))
    assert not restored.training


def test_a_segmenter_takes_its_card_from_the_file(saved: Path) -> None:
    segmenter = load_segmenter(str(saved))
    assert segmenter.trained
    assert segmenter.model_name == NAME
    assert segmenter.classes.name == "nyu13"
    assert segmenter.card.input_size == (160, 128)
    result = segmenter.predict(np.zeros((48, 64, 3), np.uint8), np.ones((48, 64), np.float32), (50.0, 50.0))
    assert result.trained
    assert result.labels.max() <= 13


@pytest.mark.parametrize("old_format", [False, True])
def test_a_lightning_checkpoint_is_a_model_file(tmp_path, card, state, old_format: bool) -> None:
    path = lightning(tmp_path / "last.ckpt", card, state)
    if old_format:
        torch.save(torch.load(path, weights_only=True), path, _use_new_zipfile_serialization=False)
    loaded_card, loaded = load_checkpoint(path)
    assert loaded_card.as_document() == card.as_document()
    assert loaded.keys() == state.keys()
    assert load_segmenter(path).trained


def test_a_card_of_an_untrained_model_says_so(tmp_path, card, state) -> None:
    path = tmp_path / "untrained.safetensors"
    save_checkpoint(path, state, ModelCard(NAME, card.classes, options=card.options))
    assert not load_segmenter(path).trained


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600)])
def test_who_may_read_a_model_file_is_the_users_choice(tmp_path, card, state, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        save_checkpoint(tmp_path / "m.safetensors", state, card)
    finally:
        os.umask(before)
    assert (tmp_path / "m.safetensors").stat().st_mode & 0o777 == mode


def test_a_failed_save_leaves_the_old_file_and_no_debris(saved: Path, card: ModelCard) -> None:
    before = saved.read_bytes()
    with pytest.raises(AttributeError):
        save_checkpoint(saved, {"weight": "no tensor"}, card)  # type: ignore[dict-item]
    (saved.parent / "folder").mkdir()
    (saved.parent / "folder" / "kept").touch()
    with pytest.raises(OSError, match="folder"):
        save_checkpoint(saved.parent / "folder", {"weight": torch.ones(1)}, card)
    with pytest.raises(OSError, match="missing"):
        save_checkpoint(saved.parent / "missing" / "model.safetensors", {"weight": torch.ones(1)}, card)
    assert saved.read_bytes() == before
    assert sorted(path.name for path in saved.parent.iterdir()) == ["folder", saved.name]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "not found" in one_line(tmp_path / "none.safetensors")


def test_a_folder_is_no_model(tmp_path: Path) -> None:
    assert "cannot be read" in one_line(tmp_path)


@pytest.mark.parametrize("suffix", ["safetensors", "ckpt"])
def test_an_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"empty.{suffix}"
    path.touch()
    assert "is empty" in one_line(path)


@pytest.mark.parametrize("kept", [1, 8, 9, 100, 20_000, -1])
@pytest.mark.parametrize("kind", ["safetensors", "zip", "old"])
def test_a_truncated_file(tmp_path, card, state, saved: Path, kind: str, kept: int) -> None:
    path = saved
    if kind != "safetensors":
        path = lightning(tmp_path / "last.ckpt", card, state)
    if kind == "old":
        torch.save(torch.load(path, weights_only=True), path, _use_new_zipfile_serialization=False)
    path.write_bytes(path.read_bytes()[:kept])
    assert "truncated" in (message := one_line(path)) or (kind == "old" and "damaged" in message)


@pytest.mark.parametrize("suffix", ["safetensors", "ckpt"])
@pytest.mark.parametrize("start", [b"", b"PK\x03\x04", b"\x80\x02", b"\x10\x00\x00\x00\x00\x00\x00\x00{"])
def test_garbage(tmp_path: Path, suffix: str, start: bytes) -> None:
    path = tmp_path / f"garbage.{suffix}"
    path.write_bytes(start + np.random.default_rng(0).bytes(5000))
    message = one_line(path)
    assert any(words in message for words in ("no model file", "damaged"))


@pytest.mark.parametrize("kind", ["safetensors", "zip", "old"])
def test_damaged_bytes_never_escape_as_another_error(tmp_path, kind: str) -> None:
    card = ModelCard("deresunet-lite", class_set("nyu13"))
    path = tmp_path / "model"
    if kind == "safetensors":
        save_checkpoint(path, {"last_conv.bias": torch.ones(13)}, card)
    else:
        lightning(path, card, {"last_conv.bias": torch.ones(13)})
    if kind == "old":
        torch.save(torch.load(path, weights_only=True), path, _use_new_zipfile_serialization=False)
    whole = np.frombuffer(path.read_bytes(), np.uint8)
    rng = np.random.default_rng(0)
    for _ in range(150):
        damaged = whole.copy()
        damaged[rng.integers(len(whole), size=3)] = rng.integers(256, size=3)
        path.write_bytes(damaged.tobytes())
        with contextlib.suppress(CheckpointError):
            load_checkpoint(path)


class CreatesFile:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize("suffix", ["ckpt", "pt", "safetensors"])
def test_a_malicious_pickle_runs_nothing(tmp_path: Path, protocol: int, suffix: str) -> None:
    path, proof = tmp_path / f"evil.{suffix}", tmp_path / "executed"
    path.write_bytes(pickle.dumps(CreatesFile(proof), protocol))
    one_line(path)
    assert not proof.exists()


def test_a_malicious_checkpoint_runs_nothing(tmp_path, card, state) -> None:
    proof = tmp_path / "executed"
    path = lightning(tmp_path / "evil.ckpt", card, state, callbacks=CreatesFile(proof))
    assert "could run code" in one_line(path)
    assert not proof.exists()
    torch.load(path, weights_only=False)
    assert proof.exists(), "the file does not do what this test guards against"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: s.pop("bridge.0.conv.weight"), "lacks bridge.0.conv.weight"),
        (lambda s: s.update(extra=torch.ones(1)), "has unknown extra"),
        (lambda s: s.update({"up1.convs.0.conv.bias": torch.ones(7)}), r"up1.convs.0.conv.bias (7,) instead of (64,)"),
        (lambda s: s.update({"up1.convs.0.conv.bias": torch.ones(64).int()}), "of whole numbers instead of"),
        (lambda s: [s.pop(name) for name in list(s) if name.startswith("up")], "more"),
        (lambda s: s.clear(), "lacks"),
    ],
)
def test_weights_of_another_network(tmp_path, card, state, change, message: str) -> None:
    changed = dict(state)
    change(changed)
    path = tmp_path / "other.safetensors"
    save_checkpoint(path, changed, card)
    assert message in one_line(path)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(tmp_path, card, state, number: float) -> None:
    broken = state["up1.convs.0.conv.bias"].clone()
    broken[3] = number
    path = tmp_path / "diverged.safetensors"
    save_checkpoint(path, {**state, "up1.convs.0.conv.bias": broken}, card)
    assert "NaN or infinity in up1.convs.0.conv.bias" in one_line(path)


@pytest.mark.parametrize("name", ["malleable-deresunet-lite", "deresunet-lite"])
@pytest.mark.parametrize("written_as", ["safetensors", "ckpt"])
def test_lite_networks_of_before_there_was_a_choice_of_their_end(tmp_path, name: str, written_as: str) -> None:
    """Their cards do not tell that their logits are at 1/2; the weights do."""
    earlier = build_model(name, 13, output_stride=2).eval()
    card, path = ModelCard(name, class_set("nyu13")), tmp_path / f"earlier.{written_as}"
    if written_as == "ckpt":
        lightning(path, card, earlier.state_dict())
    else:
        save_checkpoint(path, earlier.state_dict(), card)
    found, state = load_checkpoint(path)
    assert found.options == {"output_stride": 2}
    inputs = torch.rand(1, 3, 48, 64), torch.rand(1, 1, 48, 64), torch.full((1, 2), 60.0)
    with torch.inference_mode():
        assert torch.equal(restore_model(found, state, path)(*inputs), earlier(*inputs))


def test_another_number_of_classes(tmp_path, card, state) -> None:
    path = tmp_path / "classes.safetensors"
    save_checkpoint(path, state, ModelCard(NAME, class_set("nyu40"), options=card.options))
    assert "its card names 40 classes, its weights have 13" in one_line(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 99}, "format version 99"),
        ({"model": "unet"}, "unknown model 'unet'"),
        ({"options": {"colour": 3}}, "colour"),
        ({"options": {"kernels": 10**6}}, "card cannot be used"),
        ({"options": {"depth_mean_m": float("nan")}}, "depth_mean_m must be finite"),
        ({"input_size": [0, 10]}, "input_size"),
        ({"input_size": [10**6, 10]}, "input_size"),
        ({"classes": []}, "1..255"),
        ({"classes": 7}, "card cannot be used"),
        ({"void_color": [300, 0, 0]}, "card cannot be used"),
        ({"normalisation": {"mean": [0, 0, 0], "std": [1, 0, 1]}}, "deviations must be positive"),
        ({"normalisation": {}}, "card cannot be used"),
    ],
)
def test_a_card_that_cannot_be_used(tmp_path, card, state, change: dict, message: str) -> None:
    path = tmp_path / "card.safetensors"
    save_file(state, path, metadata={HEADER_KEY: json.dumps({**card.as_document(), **change})})
    assert message in one_line(path)


def test_a_file_without_a_card(tmp_path, card, state) -> None:
    path = tmp_path / "bare.safetensors"
    save_file(state, path)
    assert "no model card" in one_line(path)
    save_file(state, path, metadata={HEADER_KEY: "{"})
    assert "no JSON" in one_line(path)
    save_file(state, path, metadata={HEADER_KEY: "[1]"})
    assert "card cannot be used" in one_line(path)
    checkpoint = lightning(tmp_path / "bare.ckpt", card, state, hyper_parameters={"learning_rate": 1.0})
    assert "no model card" in one_line(checkpoint)
    torch.save([1, 2], checkpoint)
    assert "no Lightning checkpoint" in one_line(checkpoint)

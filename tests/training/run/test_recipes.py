"""Every recipe trains every family of networks, from the options to a file that plays."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small_deeplab import make_deeplabs_small

from console.errors import UsageError
from segmentation.checkpoints.checkpoint import load_checkpoint
from segmentation.segmenter import load_segmenter

pytestmark = pytest.mark.timeout(180)
MODELS = ("malleable-deresunet-lite", "malleable-deeplabv3plus-r50", "deeplabv3plus-r50")


@pytest.fixture(autouse=True)
def _small_deeplabs(monkeypatch: pytest.MonkeyPatch) -> None:
    make_deeplabs_small(monkeypatch)


@pytest.mark.parametrize("recipe", ["strong", "slides", "malleable"])
@pytest.mark.parametrize("model", MODELS)
def test_every_recipe_trains_every_family(train, model, recipe) -> None:
    folder = train(model=model, recipe=recipe, encoder_weights="none", fast_dev_run=True)
    card, _ = load_checkpoint(folder / "best.safetensors")
    assert (card.model, card.input_size) == (model, (64, 48))
    segmenter = load_segmenter(str(folder / "best.safetensors"))
    result = segmenter.predict(np.zeros((48, 64, 3), np.uint8), np.ones((48, 64), np.float32), (60.0, 60.0))
    assert result.labels.shape == (48, 64)


def test_the_malleable_recipe_trains_on_squares_and_validates_on_whole_frames(train, monkeypatch) -> None:
    from training.module import SegmentationModule

    seen: dict[str, set[tuple[int, ...]]] = {"training": set(), "validation": set()}
    originals = {"training": SegmentationModule.training_step, "validation": SegmentationModule.validation_step}

    def recorded(kind):
        def step(module, batch, batch_idx):
            seen[kind].add(tuple(batch["target"].shape[1:]))
            return originals[kind](module, batch, batch_idx)

        return step

    monkeypatch.setattr(SegmentationModule, "training_step", recorded("training"))
    monkeypatch.setattr(SegmentationModule, "validation_step", recorded("validation"))
    train(model="malleable-deeplabv3plus-r50", recipe="malleable", encoder_weights="none", epochs=1)
    assert seen == {"training": {(48, 48)}, "validation": {(48, 64)}}


def test_the_malleable_recipe_learns_along_its_schedule_and_repeats_itself(train, tmp_path) -> None:
    settings = {"model": "malleable-deeplabv3plus-r50", "recipe": "malleable", "encoder_weights": "none", "epochs": 2}
    folders = [train(**settings, out=tmp_path / name) for name in ("a", "b")]
    states = [torch.load(folder / "last.ckpt", weights_only=True) for folder in folders]
    first, again = (state["state_dict"] for state in states)
    assert first.keys() == again.keys()
    assert all(torch.equal(first[name], again[name]) for name in first)
    # Two epochs of three batches of 2: the last began with a sixth of the run left, at a rate for 2 instead of 16.
    (group, _) = states[0]["optimizer_states"][0]["param_groups"]
    assert group["lr"] == pytest.approx(2e-2 * 2 / 16 * (1 / 6) ** 0.9)


def test_the_loss_is_that_of_the_upsampled_logits_and_four_tenths_of_the_third_stages(options_for) -> None:
    from segmentation.classes import class_set
    from training.build import build_network
    from training.data import TrainingData
    from training.module import SegmentationModule
    from training.recipes import MALLEABLE

    options = options_for(model="malleable-deeplabv3plus-r50", recipe="malleable", encoder_weights="none")
    start = build_network(options, class_set("sunrgbd37"), "rooms")
    module = SegmentationModule(start.network, start.card, MALLEABLE, torch.ones(37), learning_rate=0.1).eval()
    dataset = TrainingData(options, MALLEABLE).train_set
    batch = torch.utils.data.default_collate([dataset[0], dataset[1]])
    heads = module.side_heads
    assert heads is not None
    (head,) = heads.heads.values()
    encoder, caught = start.network.encoders()["encoder"], []
    encoder.get_submodule("layer3.1").register_forward_hook(lambda *given: caught.append(given[2]))
    with torch.no_grad():
        logits = start.network(batch["color"], batch["depth_m"], batch["focal_px"])
        losses = [
            torch.nn.functional.cross_entropy(
                torch.nn.functional.interpolate(coarse, size=(48, 48), mode="bilinear"),
                batch["target"],
                ignore_index=255,
            )
            for coarse in (logits, head(caught[0]))
        ]
        assert module.loss_of(batch).item() == pytest.approx(float(losses[0] + 0.4 * losses[1]), rel=1e-5)


def test_single_images_are_refused_where_whole_images_are_normalised(train) -> None:
    with pytest.raises(UsageError, match=r"--batch-size 1: deeplabv3plus-r50 normalises .* give at least 2"):
        train(model="deeplabv3plus-r50", batch_size=1)
    train(model="deresunet-lite", batch_size=1, fast_dev_run=True)

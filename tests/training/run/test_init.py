"""--init: from a model that was trained before, also a plain one, also for other classes."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from prepared_planes import write_planes
from run_files import same

from console.errors import UsageError
from console.exit_codes import exit_code_of
from segmentation.assets import asset_path
from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import load_checkpoint, save_checkpoint
from segmentation.classes import class_set
from segmentation.errors import CheckpointError
from segmentation.malleable import MalleableConv2d
from segmentation.models import build_model
from training.build import build_network

pytestmark = pytest.mark.timeout(180)
NAME = "malleable-deresunet-lite"


def model_file(
    path: Path, name: str, classes: str = "sunrgbd37", seed: int = 7
) -> tuple[Path, dict[str, torch.Tensor]]:
    """A model file of other weights than a run would start from, and its weights."""
    known = class_set(classes)
    state = build_model(name, len(known), seed=seed).state_dict()
    save_checkpoint(path, state, ModelCard(name, known, training="of old"))
    return path, state


def start_of(options, classes: str = "sunrgbd37"):
    return build_network(options, class_set(classes), "sunrgbd")


def test_the_same_model_starts_as_it_was(options_for, tmp_path) -> None:
    path, state = model_file(tmp_path / "a.safetensors", NAME)
    start = start_of(options_for(init=str(path)))
    assert same(start.network.state_dict(), state)
    assert (start.origin, start.earlier) == (f"starts from {path}", "of old")


@pytest.mark.parametrize("host", ["deresunet-lite", "deresunet-r18"])
def test_a_plain_model_gives_its_weights_to_every_kernel(options_for, tmp_path, host) -> None:
    path, state = model_file(tmp_path / "plain.safetensors", host)
    start = start_of(options_for(model=f"malleable-{host}", init=str(path)))
    layers = {name: layer for name, layer in start.network.named_modules() if isinstance(layer, MalleableConv2d)}
    assert layers
    for name, layer in layers.items():
        assert all(torch.equal(kernel, state[f"{name}.weight"]) for kernel in layer.weight)
    now = start.network.state_dict()
    assert all(torch.equal(now[name], state[name]) for name in state if name.removesuffix(".weight") not in layers)
    assert start.origin == f"starts from {path}, its weights in every kernel"
    # Where depth says nothing, the malleable network is the plain one.
    inputs = torch.rand(1, 3, 64, 64), torch.zeros(1, 1, 64, 64), torch.full((1, 2), 60.0)
    plain = build_model(host, 37, seed=7).eval()
    with torch.inference_mode():
        torch.testing.assert_close(start.network.eval()(*inputs), plain(*inputs), atol=1e-3, rtol=1e-3)


def test_other_classes_get_a_new_last_layer(options_for, tmp_path) -> None:
    path, state = model_file(tmp_path / "a.safetensors", NAME)
    start = start_of(options_for(init=str(path)), "nyu40")
    fresh, now = build_model(NAME, 40, seed=0).state_dict(), start.network.state_dict()
    head = [name for name in now if name.startswith("last_conv.")]
    assert head
    assert all(torch.equal(now[name], fresh[name]) for name in head)
    assert all(torch.equal(now[name], state[name]) for name in now if name not in head)
    assert "but the last layer from scratch: it knew sunrgbd37, the data have nyu40" in start.origin


def test_as_many_classes_of_other_names_get_one_too(options_for, tmp_path) -> None:
    known = class_set("nyu13")
    other = type(known)("thirteen", ("void", *(f"class {n}" for n in range(13))), known.colors)
    state = build_model(NAME, 13, seed=7).state_dict()
    save_checkpoint(tmp_path / "a.safetensors", state, ModelCard(NAME, other, training="of old"))
    start = start_of(options_for(init=str(tmp_path / "a.safetensors")), "nyu13")
    assert not torch.equal(start.network.state_dict()["last_conv.weight"], state["last_conv.weight"])


def test_the_weights_that_come_along_are_taken_by_name(train, tmp_path, capsys) -> None:
    data = write_planes(tmp_path / "data", dataset="sunrgbd").root
    folder = train(data=data, dataset=None, init=NAME, learning_rate=1e-12)
    _, shipped = load_checkpoint(asset_path(f"models/{NAME}.safetensors"))
    card, state = load_checkpoint(folder / "best.safetensors")
    for name in shipped:
        if not name.endswith(("running_mean", "running_var", "num_batches_tracked")):
            torch.testing.assert_close(state[name], shipped[name].float())
    assert f"starts from {NAME}\n" in capsys.readouterr().err
    assert (card.training or "").startswith("6 train samples of sunrgbd, raw depth, recipe strong, batch 2, seed 0")
    assert "before that rendered rooms only" in (card.training or "")


def test_a_lite_model_that_ends_at_half_starts_one_that_does(options_for, tmp_path) -> None:
    """Those of before there was a choice do, and their cards do not tell."""
    state = build_model("deresunet-lite", 37, seed=7, output_stride=2).state_dict()
    path = tmp_path / "earlier.safetensors"
    save_checkpoint(path, state, ModelCard("deresunet-lite", class_set("sunrgbd37"), training="of old"))
    with pytest.raises(CheckpointError, match=r"earlier\.safetensors ends at 1/2 of .*--network output_stride=2$"):
        start_of(options_for(init=str(path)))
    start = start_of(options_for(init=str(path), network_options={"output_stride": 2}))
    assert torch.equal(start.network.state_dict()["up0.convs.0.conv.weight"], state["up0.convs.0.conv.weight"])


@pytest.mark.parametrize(
    ("init", "model", "error", "code", "said"),
    [
        (
            "deresunet-r50",
            "malleable-deresunet-r50",
            UsageError,
            2,
            "--init deresunet-r50: no weights come with the prog",
        ),
        ("none.safetensors", NAME, CheckpointError, 3, "model file not found: none.safetensors"),
        (NAME, "deresunet-lite", CheckpointError, 3, f"is a {NAME}, not a deresunet-lite: give --model {NAME}"),
        (NAME, "malleable-deresunet-r18", CheckpointError, 3, f"give --model {NAME}"),
    ],
)
def test_what_cannot_be_started_from_is_one_line(options_for, init, model, error, code, said) -> None:
    with pytest.raises(error, match=said) as caught:
        start_of(options_for(init=init, model=model))
    assert exit_code_of(caught.value) == code
    assert "\n" not in str(caught.value)

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from torch import Tensor

from segmentation.errors import CheckpointError
from segmentation.malleable import MalleableConv2d
from segmentation.networks import imagenet
from segmentation.networks.deresunet import DeResUNet, Layout
from segmentation.networks.imagenet import imagenet_state, start_from_imagenet
from segmentation.networks.resnet import BasicBlock, Bottleneck, ResNet


def resnet(architecture: str) -> ResNet:
    units = {
        "resnet18": (2, 2, 2, 2),
        "resnet34": (3, 4, 6, 3),
        "resnet50": (3, 4, 6, 3),
        "resnet101": (3, 4, 23, 3),
    }[architecture]
    with torch.device("meta"):
        return ResNet(BasicBlock if architecture in ("resnet18", "resnet34") else Bottleneck, units)


def torchvision_like(seed: int = 0) -> dict[str, Tensor]:
    """A state dict with the names and shapes of torchvision's smallest ResNet, random."""
    generator = torch.Generator().manual_seed(seed)
    wanted = resnet("resnet18").state_dict().items()
    state = {name: torch.rand(tensor.shape, generator=generator).to(tensor.dtype) for name, tensor in wanted}
    return {**state, "fc.weight": torch.rand(1000, 512), "fc.bias": torch.rand(1000)}


def tiny_unet(depth_units: tuple[int, int, int, int] | None, **options) -> DeResUNet:
    layout = Layout(BasicBlock, (2, 2, 2, 2), 16, (16, 16, 16, 16), depth_units=depth_units)
    return DeResUNet(layout, 5, **options)


@pytest.mark.parametrize(
    ("architecture", "parameters", "entries"),
    [
        ("resnet18", 11_689_512, 122),
        ("resnet34", 21_797_672, 218),
        ("resnet50", 25_557_032, 320),
        ("resnet101", 44_549_160, 626),
    ],
)
def test_the_encoder_is_torchvisions_network_without_its_classifier(
    architecture: str, parameters: int, entries: int
) -> None:
    encoder = resnet(architecture)
    classifier = (encoder.out_channels[-1] + 1) * 1000
    assert sum(parameter.numel() for parameter in encoder.parameters()) + classifier == parameters
    assert len(encoder.state_dict()) + 2 == entries
    names = set(encoder.state_dict())
    assert {"conv1.weight", "bn1.running_var", "layer1.0.conv1.weight", "layer4.0.downsample.1.weight"} <= names
    assert ("layer1.0.downsample.0.weight" in names) == (architecture in ("resnet50", "resnet101"))


def test_both_encoders_start_from_the_same_weights_and_the_depth_stem_from_the_mean() -> None:
    state, model = torchvision_like(), tiny_unet((2, 2, 2, 2))
    start_from_imagenet(model, state)
    color, depth = model.encoder.color, model.encoder.depth
    assert depth is not None
    assert torch.equal(color.conv1.weight, state["conv1.weight"])
    assert depth.conv1.weight.shape[1] == 1
    torch.testing.assert_close(depth.conv1.weight[:, 0], state["conv1.weight"].sum(dim=1) / 3)
    for encoder in (color, depth):
        for name, tensor in encoder.state_dict().items():
            assert name == "conv1.weight" or torch.equal(tensor, state[name]), name


def test_the_four_channel_stem_takes_colour_and_their_mean() -> None:
    state, model = torchvision_like(), tiny_unet(None)
    start_from_imagenet(model, state)
    stem = model.encoder.color.conv1.weight
    assert torch.equal(stem[:, :3], state["conv1.weight"])
    torch.testing.assert_close(stem[:, 3], state["conv1.weight"].mean(dim=1))


def test_every_kernel_of_a_malleable_layer_takes_the_plain_weight() -> None:
    state, model = torchvision_like(), tiny_unet((2, 2, 2, 2), stages=(1, 3), kernels=4)
    start_from_imagenet(model, state)
    layer = model.encoder.color.get_submodule("layer3.0.conv1")
    assert isinstance(layer, MalleableConv2d)
    assert all(torch.equal(kernel, state["layer3.0.conv1.weight"]) for kernel in layer.weight)
    assert layer.centres.tolist() == [-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]


def test_a_file_is_read(tmp_path: Path) -> None:
    path, state = tmp_path / "resnet18.pth", torchvision_like()
    torch.save(state, path)
    assert torch.equal(imagenet_state("resnet18", path)["conv1.weight"], state["conv1.weight"])


def test_a_download_is_checked_and_kept_and_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    served = tmp_path / "served"
    served.mkdir()
    content = tmp_path / "content"
    torch.save({"conv1.weight": torch.ones(2)}, content)
    digest = hashlib.sha256(content.read_bytes()).hexdigest()[:8]
    name = f"resnet18-{digest}.pth"
    monkeypatch.setitem(imagenet.FILES, "resnet18", name)
    (served / name).write_bytes(content.read_bytes() + b"x")
    with pytest.raises(CheckpointError, match=r"cannot be downloaded .*hash"):
        imagenet_state("resnet18", downloads=served.as_uri())
    content.rename(served / name)
    told: list[str] = []
    state = imagenet_state("resnet18", downloads=served.as_uri(), tell=told.append)
    assert state.keys() == {"conv1.weight"}
    (served / name).unlink()
    again = imagenet_state("resnet18", downloads=served.as_uri(), tell=told.append)
    assert again.keys() == {"conv1.weight"}
    cache = tmp_path / "cache" / "hub" / "checkpoints"
    assert told == [f"downloading ImageNet weights {served.as_uri()}/{name} to {cache}"]
    assert capsys.readouterr() == ("", "")


def test_offline_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(CheckpointError, match=r"resnet50-.* cannot be downloaded .*give its path") as caught:
        imagenet_state("resnet50", downloads="http://127.0.0.1:9")
    assert "\n" not in str(caught.value)


def test_another_architecture_is_named_and_refused() -> None:
    with pytest.raises(ValueError, match="unknown architecture 'vgg': use"):
        imagenet_state("vgg")
    state = torchvision_like()
    del state["layer2.1.conv1.weight"]
    with pytest.raises(CheckpointError, match="another architecture") as caught:
        start_from_imagenet(tiny_unet(None), state)
    assert "\n" not in str(caught.value)


def test_a_bad_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "resnet18.pth"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(CheckpointError, match=r"resnet18\.pth is truncated or damaged"):
        imagenet_state("resnet18", path)

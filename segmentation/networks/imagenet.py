"""Encoders that start from torchvision's ImageNet weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from segmentation.checkpoints.checkpoint import read_weights_only
from segmentation.errors import CheckpointError, DownloadError, one_line
from segmentation.networks.network import Network
from segmentation.networks.resnet import ResNet

DOWNLOADS = "https://download.pytorch.org/models"
FILES = {  # torchvision's default weights; the name's last part is the beginning of the file's SHA-256
    "resnet18": "resnet18-f37072fd.pth",
    "resnet34": "resnet34-b627a593.pth",
    "resnet50": "resnet50-11ad3fa6.pth",
    "resnet101": "resnet101-cd907fc2.pth",
}


def imagenet_state(
    architecture: str,
    path: Path | None = None,
    *,
    downloads: str = DOWNLOADS,
    tell: Callable[[str], object] = lambda text: None,
) -> dict[str, Tensor]:
    """torchvision's state dict of "resnet18", "resnet34", "resnet50" or "resnet101", from a file or a download.

    A download is kept in torch's cache and checked against its hash; tell: gets a line before it begins. Raises
    ValueError for another architecture; CheckpointError when the file cannot be read, DownloadError, which is one, when
    the download does not succeed.
    """
    if architecture not in FILES:
        raise ValueError(f"unknown architecture {architecture!r}: use one of {', '.join(FILES)}")
    if path is not None:
        return read_weights_only(path)
    kept = Path(torch.hub.get_dir()) / "checkpoints" / FILES[architecture]
    if not kept.exists():
        url = f"{downloads}/{kept.name}"
        tell(f"downloading ImageNet weights {url} to {kept.parent}")
        _download(url, kept)
    return read_weights_only(kept)


def _download(url: str, kept: Path) -> None:
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(url, str(kept), hash_prefix=kept.stem.split("-")[-1], progress=False)
    except (OSError, RuntimeError, EOFError) as error:
        advice = "check the connection, or fetch the file elsewhere and give its path"
        raise DownloadError(f"ImageNet weights {url} cannot be downloaded ({one_line(error)}); {advice}") from error


def start_from_imagenet(model: Network, state: Mapping[str, Tensor]) -> None:
    """Copy torchvision's weights into all encoders of the network, in place.

    A malleable layer takes the plain weight into each of its kernels. Raises CheckpointError when the state dict is of
    another architecture than the encoders.
    """
    for encoder in model.encoders().values():
        _load_encoder(encoder, state)


def _load_encoder(encoder: ResNet, state: Mapping[str, Tensor]) -> None:
    adapted = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}
    if "conv1.weight" in adapted:
        adapted["conv1.weight"] = _stem_weight(adapted["conv1.weight"], encoder.conv1.in_channels)
    try:
        encoder.load_state_dict(adapted)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:200]
        raise CheckpointError(f"ImageNet weights of another architecture: {reason}") from error


def _stem_weight(color: Tensor, in_channels: int) -> Tensor:
    """The stem's weight (O, 3, kh, kw) for colour, depth (1: the mean over the colours) or colour and depth (4)."""
    depth = color.mean(dim=1, keepdim=True)
    return {1: depth, 4: torch.cat((color, depth), dim=1)}.get(in_channels, color)

"""How tensors lie in memory: channels last, which convolutions on CPUs and tensor cores take without rearranging."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def lay_channels_last(network: nn.Module) -> None:
    """In place, what has four dimensions; a malleable layer's weights have five, for which there is no such layout."""
    for parameter in network.parameters():
        if parameter.ndim == 4:
            parameter.data = channels_last(parameter.data)


def channels_last(images: Tensor) -> Tensor:
    """(N, C, H, W) of the same values; a copy only where it lies differently."""
    return images.contiguous(memory_format=torch.channels_last)

"""Supervision at several scales: small heads on the decoder's coarse steps, there during training only.

ESANet's side outputs (Seichter et al., "Efficient RGB-D Semantic Segmentation for Indoor Scene Analysis", ICRA 2021) at
1/32, 1/16 and 1/8 of the input. They watch the network from outside, so what is exported never knew of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from segmentation.networks.deresunet import ConvNormRelu, DeResUNet

STEPS = ("bridge", "up3", "up2")


class SideHeads(nn.Module):
    """A 1x1 convolution to class logits for each coarse decoder step of a network."""

    def __init__(self, network: DeResUNet, num_classes: int) -> None:
        super().__init__()
        self.heads = nn.ModuleDict(
            {step: nn.Conv2d(_channels(network.get_submodule(step)), num_classes, 1) for step in STEPS}
        )

    def forward(self, maps: dict[str, Tensor]) -> list[Tensor]:
        """The steps' maps (N, C, h, w) -> logits (N, num_classes, h, w), coarsest first."""
        return [head(maps[step]) for step, head in self.heads.items()]


@contextmanager
def watched_steps(network: DeResUNet) -> Iterator[dict[str, Tensor]]:
    """A dictionary that a forward pass of the network inside fills with its coarse steps' maps, coarsest first."""
    maps: dict[str, Tensor] = {}

    def keep(step: str) -> object:
        def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            maps[step] = output

        return network.get_submodule(step).register_forward_hook(hook)

    handles = [keep(step) for step in STEPS]
    try:
        yield maps
    finally:
        for handle in handles:
            handle.remove()  # pyright: ignore[reportAttributeAccessIssue]


def _channels(step: nn.Module) -> int:
    last = [layer for layer in step.modules() if isinstance(layer, ConvNormRelu)][-1]
    return last.conv.out_channels

"""Supervision inside the network: small heads on coarse maps, there during training only.

ESANet's side outputs (Seichter et al., "Efficient RGB-D Semantic Segmentation for Indoor Scene Analysis", ICRA 2021) on
the decoder's coarse steps, or the auxiliary loss of PSPNet (Zhao et al., "Pyramid Scene Parsing Network", CVPR 2017,
section 3.3) on the encoder's third stage, which is res4. They watch the network from outside, so what is exported never
knew of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from torch import Tensor, nn

from segmentation.networks.network import Network
from training.names import Supervision

AUXILIARY_STAGE = 3


class SideHeads(nn.Module):
    """A 1x1 convolution to class logits for each map that is watched. steps: the submodules that make them."""

    def __init__(self, network: Network, supervision: Supervision) -> None:
        super().__init__()
        channels = _auxiliary_step(network) if supervision == "encoder" else network.coarse_steps()
        self.steps = tuple(channels)
        self.heads = nn.ModuleDict(
            {_key(step): nn.Conv2d(count, network.num_classes, 1) for step, count in channels.items()}
        )

    def forward(self, maps: dict[str, Tensor]) -> list[Tensor]:
        """The steps' maps (N, C, h, w) -> logits (N, num_classes, h, w)."""
        return [self.heads[_key(step)](maps[step]) for step in self.steps]


@contextmanager
def watched_steps(network: Network, steps: Collection[str]) -> Iterator[dict[str, Tensor]]:
    """A dictionary that a forward pass of the network inside fills with what these submodules put out."""
    maps: dict[str, Tensor] = {}

    def keep(step: str) -> object:
        def hook(_module: nn.Module, _inputs: object, output: Tensor) -> None:
            maps[step] = output

        return network.get_submodule(step).register_forward_hook(hook)

    handles = [keep(step) for step in steps]
    try:
        yield maps
    finally:
        for handle in handles:
            handle.remove()  # pyright: ignore[reportAttributeAccessIssue]


def _auxiliary_step(network: Network) -> dict[str, int]:
    """The last unit of the colour encoder's stage; the stage itself is never called."""
    name, encoder = next(iter(network.encoders().items()))
    units = len(list(encoder.get_submodule(f"layer{AUXILIARY_STAGE}").children()))
    return {f"{name}.layer{AUXILIARY_STAGE}.{units - 1}": encoder.out_channels[AUXILIARY_STAGE]}


def _key(step: str) -> str:
    return step.replace(".", "_")  # a ModuleDict's names have no dots

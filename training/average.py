"""A second network whose weights follow the trained one's slowly: it scores better than any of the states it averages.

The exponential moving average of Polyak averaging; the slow start of the decay as in TensorFlow's
ExponentialMovingAverage. Batch norm's running statistics are averaged like weights, since those of the last batches
belong to the last weights and not to the average; its counters are copied.
"""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn

Network = TypeVar("Network", bound=nn.Module)


class MovingAverage(Generic[Network]):
    """Keeps `average`, a copy of `network` in evaluation mode, up to date. decay: the share kept at each update."""

    def __init__(self, network: Network, decay: float) -> None:
        if not 0 <= decay < 1:
            raise ValueError(f"decay: expected 0 or more and below 1, got {decay}")
        self.network, self.decay = network, decay
        self.average: Network = copy.deepcopy(network).requires_grad_(False).eval()

    @torch.no_grad()
    def update(self, updates_before: int) -> None:
        """Move towards the network as it is now. updates_before: how often it was done; the first ones move faster."""
        decay = min(self.decay, (1 + updates_before) / (10 + updates_before))
        slow, fast = self._states()
        moving = [pair for pair in zip(slow, fast, strict=True) if pair[0].is_floating_point()]
        averages, currents = [pair[0] for pair in moving], [pair[1] for pair in moving]
        torch._foreach_lerp_(averages, currents, 1 - decay)  # pyright: ignore[reportPrivateImportUsage]
        for average, current in zip(slow, fast, strict=True):
            if not average.is_floating_point():
                average.copy_(current)

    def _states(self) -> tuple[list[Tensor], list[Tensor]]:
        return list(self.average.state_dict().values()), list(self.network.state_dict().values())

"""Running statistics of batch norm that mean something after a few batches too."""

from __future__ import annotations

import math

from torch import nn

BatchNorm = nn.modules.batchnorm._BatchNorm  # the one for many GPUs too


class RunningStatistics:
    """Lets batch norm's first 1 / momentum batches weigh alike; later ones move its statistics by `momentum`.

    With one momentum m from the start, the share (1 - m)**n of what the statistics begin with, mean 0 and variance 1,
    is still in them after n batches: at m = 0.01 three quarters of it after 30. The mean over all batches so far
    (PyTorch's momentum=None) has no such memory, and its batch 1 / m moves it by m too, so the two join without a step.
    Networks learn the same either way, since training normalises by the batch; only what validation and the model file
    see is another. A layer that was trained before has a counter that says so.

    Made before the first batch of a run, or of a part of it, with the weights in place.
    """

    def __init__(self, network: nn.Module, momentum: float) -> None:
        self._momentum = momentum
        self._left: dict[BatchNorm, int] = {}
        for layer in network.modules():
            if isinstance(layer, BatchNorm):
                seen = 0 if layer.num_batches_tracked is None else int(layer.num_batches_tracked)
                self._left[layer] = max(0, math.ceil(1 / momentum) - seen)
                layer.momentum = None

    def before_batch(self) -> None:
        """Before every batch."""
        for layer, left in list(self._left.items()):
            if left:
                self._left[layer] = left - 1
            else:
                layer.momentum = self._momentum
                del self._left[layer]

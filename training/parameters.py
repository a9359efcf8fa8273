"""Which parameters weight decay shrinks: those where size is complexity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import nn

from segmentation.malleable import MalleableConv2d


def parameter_groups(modules: Sequence[nn.Module]) -> list[dict[str, Any]]:
    """Two groups for an optimiser: weights of convolutions, and what must not decay.

    Biases and batch norm have no decay (He et al., "Bag of Tricks for Image Classification", CVPR 2019, section 3.1),
    and the malleable layers' centres and temperatures none, which decay would pull from where they mean something.
    """
    kept = {
        id(parameter)
        for module in modules
        for layer in module.modules()
        if isinstance(layer, MalleableConv2d)
        for parameter in layer.no_weight_decay_parameters()
    }
    learned = [parameter for module in modules for parameter in module.parameters() if parameter.requires_grad]
    decayed = [parameter for parameter in learned if parameter.ndim > 1 and id(parameter) not in kept]
    rest = [parameter for parameter in learned if parameter.ndim <= 1 or id(parameter) in kept]
    return [{"params": decayed}, {"params": rest, "weight_decay": 0.0}]

"""A network's batch normalisation folded into its convolutions: the same function with fewer passes, for inference."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from segmentation.malleable import MalleableConv2d


def fold_batch_norm(model: nn.Module) -> None:
    """Fold every batch norm that follows a convolution into it, in place. The model must be in evaluation mode.

    Which layers follow each other is read from the order in which a module holds them, so a module holds them in the
    order in which it uses them.
    """
    for module in list(model.modules()):
        for (conv_name, conv), (norm_name, norm) in pairwise(list(module.named_children())):
            if isinstance(conv, (nn.Conv2d, MalleableConv2d)) and isinstance(norm, nn.BatchNorm2d):
                folded = fuse_conv_bn_eval(conv, norm) if isinstance(conv, nn.Conv2d) else _fold_malleable(conv, norm)
                module.register_module(conv_name, folded)
                module.register_module(norm_name, nn.Identity())


def convolutions_channels_last(model: nn.Module) -> None:
    """Lay out the plain convolutions' weights channels-last, in place, as the maps that they meet are."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.weight.data = module.weight.data.contiguous(memory_format=torch.channels_last)


def _fold_malleable(conv: MalleableConv2d, norm: nn.BatchNorm2d) -> MalleableConv2d:
    """The layer with every kernel's output channels scaled and shifted as the batch norm would; changes it in place."""
    mean, variance = norm.running_mean, norm.running_var
    if mean is None or variance is None:
        raise ValueError("expected a batch norm with running statistics")
    scale = norm.weight.data / (variance + norm.eps).sqrt()
    before = torch.zeros_like(mean) if conv.bias is None else conv.bias.data
    conv.weight = nn.Parameter(conv.weight.data * scale[None, :, None, None, None], requires_grad=False)
    conv.bias = nn.Parameter((before - mean) * scale + norm.bias.data, requires_grad=False)
    return conv

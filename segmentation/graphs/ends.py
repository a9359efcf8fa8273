"""What an exported graph has around the network: the types it takes, and labels and confidence behind the logits."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from segmentation.networks.network import Network

INPUTS = ("color", "depth_m", "focal_px")
OUTPUTS = ("labels", "confidence", "logits")


class GraphOutput(NamedTuple):
    """labels: (1, h, w) int32, class i is i + 1. confidence: (1, h, w) float32. logits: (1, h, w, C) float32.

    The logits lie as they are read: pixel by pixel.
    """

    labels: Tensor
    confidence: Tensor
    logits: Tensor


class GraphNetwork(nn.Module):
    """A network with a graph's ends. It computes in the network's own type; what goes in and out is float32."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, color: Tensor, depth_m: Tensor, focal_px: Tensor) -> GraphOutput:
        """color (1, 3, H, W) normalised, depth_m (1, 1, H, W) metres, focal_px (1, 2), all float32; see Network."""
        logits = self.network(color.to(self.network.last_conv.weight.dtype), depth_m, focal_px)
        logits = logits.permute(0, 2, 3, 1).float()  # before the softmax: its sum does not fit half precision
        peak, best = logits.max(dim=-1)
        confidence = (logits - peak.unsqueeze(-1)).exp().sum(dim=-1).reciprocal()
        return GraphOutput((best + 1).to(torch.int32), confidence, logits)

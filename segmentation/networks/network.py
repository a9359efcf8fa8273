"""What all networks are to those who train, load, run and export them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation.networks.resnet import ResNet, SceneGeometry

HEAD_WEIGHT = "last_conv.weight"  # of every network's last layer, (num_classes, C, 1, 1)


class Network(nn.Module, ABC):
    """Colour, depth and focal lengths in, logits out. A member makes `last_conv` and fills in what is abstract.

    num_classes: without void. output_stride: pixels of the input per pixel of the logits. coarsest_stride: inputs are
    padded to its multiples. least_batch: how few images can be trained on together. farthest_m: readings beyond it
    count as missing, since what a network never met in training it takes for anything; 0 for a network that was trained
    on colour alone. Raises ValueError for what is out of range.
    """

    last_conv: nn.Conv2d
    least_batch = 1

    def __init__(self, num_classes: int, *, output_stride: int, coarsest_stride: int, farthest_m: float) -> None:
        super().__init__()
        if not 1 <= num_classes <= 255:
            raise ValueError(f"num_classes must be 1..255 (labels are bytes, 0 is void), got {num_classes}")
        if not farthest_m >= 0:
            raise ValueError(f"farthest_m must be 0 or more, got {farthest_m}")
        self.num_classes, self.farthest_m = num_classes, farthest_m
        self.output_stride, self.coarsest_stride = output_stride, coarsest_stride

    def forward(self, color: Tensor, depth_m: Tensor, focal_px: Tensor) -> Tensor:
        """Logits for every output_stride-th pixel.

        color: (N, 3, H, W), normalised. depth_m: (N, 1, H, W) float32 metres, 0 = no reading. focal_px: (N, 2) float32,
        fx and fy in pixels of these images. Any H and W -> (N, num_classes, ceil(H / output_stride), ...).
        """
        height, width = color.shape[-2:]
        depth_m = torch.where(depth_m <= self.farthest_m, depth_m, 0.0)
        # Padding right and below keeps pixel (0, 0) in its place; missing depth there is neutral to every layer.
        pad = (0, -width % self.coarsest_stride, 0, -height % self.coarsest_stride)
        color, depth_m = F.pad(color, pad), F.pad(depth_m, pad)
        logits = self.padded_logits(color, SceneGeometry(depth_m, focal_px))
        return logits[..., : math.ceil(height / self.output_stride), : math.ceil(width / self.output_stride)]

    @abstractmethod
    def padded_logits(self, color: Tensor, scene: SceneGeometry) -> Tensor:
        """Logits (N, num_classes, H / output_stride, ...) of colours (N, 3, H, W); coarsest_stride divides H and W."""

    @abstractmethod
    def encoders(self) -> dict[str, ResNet]:
        """What can start from ImageNet's weights, by the name of the submodule; the colour encoder first."""

    @abstractmethod
    def coarse_steps(self) -> dict[str, int]:
        """The decoder's maps that are coarser than the logits: the submodule that makes each, and its channels."""

    def shuffled_convolutions(self) -> list[nn.Conv2d]:
        """The convolutions whose output a PixelShuffle spreads over 2x2 pixels: channels 4c..4c+3 become channel c."""
        return []

"""DeepLabv3+: a residual encoder that stops at 1/16, atrous spatial pyramid pooling, and a small decoder at 1/4.

Chen, Zhu, Papandreou, Schroff, Adam, "Encoder-Decoder with Atrous Separable Convolution for Semantic Image
Segmentation", ECCV 2018, with ResNet and plain 3x3 layers (the separable ones came with its Xception encoder).
"""

from __future__ import annotations

import math
from collections.abc import Collection

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segmentation.networks.network import Network
from segmentation.networks.resnet import Bottleneck, Malleable, ResNet, SceneGeometry

# Multi-grid (1, 2, 4) times rate 2, as in Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation",
# 2017, section 3.2, and in the malleable convolution's published code. Dilating torchvision's ResNet gives 1, 2, 2.
LAST_DILATIONS = (2, 4, 8)
RATES = (6, 12, 18)
WIDTH, LOW_LEVEL_WIDTH = 256, 48


class PyramidPooling(nn.Module):
    """ASPP: the same map seen at several distances, and as a whole.

    A batch's images are averaged to one pixel each, over which batch norm needs at least two in training.
    """

    def __init__(self, in_channels: int, out_channels: int, rates: tuple[int, ...]) -> None:
        super().__init__()
        self.out_channels = out_channels
        self.near = conv_norm_relu(in_channels, out_channels, 1)
        self.far = nn.ModuleList([conv_norm_relu(in_channels, out_channels, 3, dilation=rate) for rate in rates])
        self.whole = conv_norm_relu(in_channels, out_channels, 1)
        self.project = conv_norm_relu((len(rates) + 2) * out_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H, W)."""
        whole = self.whole(x.mean(dim=(2, 3), keepdim=True)).expand(-1, -1, *x.shape[-2:])
        return self.project(torch.cat([self.near(x), *(branch(x) for branch in self.far), whole], dim=1))


class DeepLabV3Plus(Network):
    """Labels colours; depth tells malleable layers what lies beside what, and is no input of its own.

    units: residual units in each stage. stages, kernels, learn_range, rebalance: of the malleable layers; see
    networks.resnet.Malleable. farthest_m: see Network. Logits are at 1/4 of the input.
    """

    least_batch = 2  # see PyramidPooling

    def __init__(
        self,
        units: tuple[int, int, int, int],
        num_classes: int,
        *,
        stages: Collection[int] = (),
        kernels: int = 3,
        learn_range: bool = True,
        rebalance: bool = True,
        farthest_m: float = math.inf,
    ) -> None:
        super().__init__(num_classes, output_stride=4, coarsest_stride=16, farthest_m=farthest_m)
        malleable = Malleable(frozenset(stages), kernels, learn_range, rebalance)
        self.encoder = ResNet(Bottleneck, units, malleable=malleable, last_dilations=LAST_DILATIONS)
        self.aspp = PyramidPooling(self.encoder.out_channels[4], WIDTH, RATES)
        self.low_level = conv_norm_relu(self.encoder.out_channels[1], LOW_LEVEL_WIDTH, 1)
        self.decoder = nn.Sequential(conv_norm_relu(WIDTH + LOW_LEVEL_WIDTH, WIDTH, 3), conv_norm_relu(WIDTH, WIDTH, 3))
        self.last_conv = nn.Conv2d(WIDTH, num_classes, 1)

    def padded_logits(self, color: Tensor, scene: SceneGeometry) -> Tensor:
        """See Network."""
        _, quarter, _, _, coarsest = self.encoder.maps(color, scene)
        x = torch.cat((enlarged(self.aspp(coarsest), 4), self.low_level(quarter)), dim=1)
        return self.last_conv(self.decoder(x))

    def encoders(self) -> dict[str, ResNet]:
        """See Network."""
        return {"encoder": self.encoder}

    def coarse_steps(self) -> dict[str, int]:
        """See Network: there is one."""
        return {"aspp": self.aspp.out_channels}


def conv_norm_relu(in_channels: int, out_channels: int, kernel_size: int, *, dilation: int = 1) -> nn.Sequential:
    """A convolution that keeps the size, batch normalisation, ReLU."""
    padding = dilation * (kernel_size // 2)
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=padding, dilation=dilation, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True))


def enlarged(x: Tensor, factor: int) -> Tensor:
    """(N, C, H, W) -> (N, C, factor * H, factor * W), bilinear, with pixel (i, j) of x at factor * (i, j).

    So do an encoder's maps lie over each other (see SceneGeometry.at); half-pixel centres would move a coarse one by
    (factor - 1) / 2 pixels of the fine one. Beyond the last pixel nothing is known, so it is repeated.
    """
    x = torch.cat((x, x[:, :, -1:]), dim=2)
    x = torch.cat((x, x[:, :, :, -1:]), dim=3)
    height, width = (factor * (side - 1) + 1 for side in x.shape[-2:])
    return F.interpolate(x, size=(height, width), mode="bilinear", align_corners=True)[:, :, :-1, :-1]

"""DeResUNet: residual encoders for colour and depth, fused at five levels, and a PixelShuffle decoder."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn

from segmentation.networks.network import Network
from segmentation.networks.resnet import PLAIN, BasicBlock, Bottleneck, Malleable, ResNet, SceneGeometry

Encoders = Literal["color", "both"]
FARTHEST_DEVIATIONS = 64.0  # beyond any room or street; what lies farther (a wrong unit) would overflow float16


@dataclass(frozen=True, slots=True)
class Layout:
    """The sizes of one member of the family.

    color_widths, depth_widths: channels of the stem, then of each stage's 3x3. depth_units None: one encoder whose stem
    takes colour and depth as four channels.
    bridge: channels at 1/32. decoder: channels at 1/16, 1/8, 1/4 and 1/2; one with fewer ends sooner.
    decoder_convs: 3x3 layers of the bridge and of each decoder step. head: channels at full size, after those at 1/2;
    None ends where the decoder does.
    """

    block: type[BasicBlock] | type[Bottleneck]
    color_units: tuple[int, int, int, int]
    bridge: int
    decoder: tuple[int, ...]
    color_widths: tuple[int, int, int, int, int] = (64, 64, 128, 256, 512)
    depth_units: tuple[int, int, int, int] | None = None
    depth_widths: tuple[int, int, int, int, int] = (64, 64, 128, 256, 512)
    stem_kernel_size: int = 7
    decoder_convs: tuple[int, ...] = (2, 2, 2, 2, 2)
    head: int | None = 8

    @property
    def levels(self) -> tuple[int, ...]:
        """Which of the encoders' maps the decoder takes in, step by step: 3 is at 1/16, 0 at 1/2."""
        return tuple(range(3, 3 - len(self.decoder), -1))

    @property
    def output_stride(self) -> int:
        """Pixels of the input per pixel of the logits."""
        return 2 ** (self.levels[-1] + 1) if self.head is None else 1


class ConvNormRelu(nn.Module):
    """A 3x3 convolution with bias, batch normalisation, ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.norm = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """(N, in_channels, H, W) -> (N, out_channels, H, W)."""
        return self.relu(self.norm(self.conv(x)))


class UpConvPxShuffle(nn.Module):
    """One decoder step: twice the size by PixelShuffle, joined with the encoders' map of that size, then 3x3 layers."""

    def __init__(self, in_channels: int, skip_channels: int, out_channels: int, convs: int) -> None:
        super().__init__()
        self.shuffle = nn.PixelShuffle(2)
        self.convs = _conv_chain(in_channels // 4 + skip_channels, out_channels, convs)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """x (N, C, H, W) and skip (N, S, 2H, 2W) -> (N, out_channels, 2H, 2W)."""
        return self.convs(torch.cat((self.shuffle(x), skip), dim=1))


class FusedEncoders(nn.Module):
    """The encoders; their maps are concatenated at every level."""

    def __init__(self, layout: Layout, malleable: Malleable, encoders: Encoders) -> None:
        super().__init__()
        two = layout.depth_units is not None
        self.color = ResNet(
            layout.block,
            layout.color_units,
            layout.color_widths,
            in_channels=3 if two else 4,
            stem_kernel_size=layout.stem_kernel_size,
            malleable=malleable,
        )
        self.depth = (
            ResNet(
                layout.block,
                layout.depth_units,
                layout.depth_widths,
                in_channels=1,
                stem_kernel_size=layout.stem_kernel_size,
                malleable=malleable if encoders == "both" else PLAIN,
            )
            if layout.depth_units is not None
            else None
        )
        self.out_channels = self.color.out_channels
        if self.depth is not None:
            pairs = zip(self.color.out_channels, self.depth.out_channels, strict=True)
            self.out_channels = tuple(color + depth for color, depth in pairs)

    def forward(self, color: Tensor, depth: Tensor, geometry: SceneGeometry) -> list[Tensor]:
        """Normalised colour (N, 3, H, W) and depth (N, 1, H, W) -> fused maps at 1/2, 1/4, 1/8, 1/16 and 1/32."""
        if self.depth is None:
            return list(self.color.maps(torch.cat((color, depth), dim=1), geometry))
        pairs = zip(self.color.maps(color, geometry), self.depth.maps(depth, geometry), strict=True)
        return [torch.cat(pair, dim=1) for pair in pairs]


class DeResUNet(Network):
    """Two residual encoders (or one), and a decoder of PixelShuffle steps that takes in their maps.

    stages, kernels, learn_range, rebalance: of the malleable layers; see networks.resnet.Malleable.
    encoders: "color" (as published) or "both". farthest_m: see Network.
    depth_mean_m, depth_std_m: what the depth encoder's input is normalised with; malleable layers see metres.
    """

    def __init__(
        self,
        layout: Layout,
        num_classes: int,
        *,
        stages: Collection[int] = (),
        kernels: int = 3,
        learn_range: bool = True,
        rebalance: bool = True,
        encoders: Encoders = "color",
        farthest_m: float = math.inf,
        depth_mean_m: float = 2.378,
        depth_std_m: float = 1.235,
    ) -> None:
        super().__init__(num_classes, output_stride=layout.output_stride, coarsest_stride=32, farthest_m=farthest_m)
        _check_options(layout, encoders, depth_mean_m, depth_std_m)
        malleable = Malleable(frozenset(stages), kernels, learn_range, rebalance)
        self.depth_mean_m, self.depth_std_m = depth_mean_m, depth_std_m
        self.encoder = FusedEncoders(layout, malleable, encoders)
        skips = self.encoder.out_channels
        self.bridge = _conv_chain(skips[4], layout.bridge, layout.decoder_convs[0])
        wide = (layout.bridge, *layout.decoder)
        self.levels = layout.levels
        for i, level in enumerate(self.levels):
            step = UpConvPxShuffle(wide[i], skips[level], wide[i + 1], layout.decoder_convs[i + 1])
            self.add_module(f"up{level}", step)
        features = layout.decoder[-1]
        if layout.head is not None:
            self.last_upconv = nn.Sequential(nn.PixelShuffle(2), ConvNormRelu(features // 4, layout.head))
            features = layout.head
        else:
            self.last_upconv = None
        self.last_conv = nn.Conv2d(features, num_classes, 1)

    def padded_logits(self, color: Tensor, scene: SceneGeometry) -> Tensor:
        """See Network."""
        depth = self.normalised_depth(scene.depth_m).to(color.dtype)
        skips = self.encoder(color, depth, scene)
        x = self.bridge(skips[4])
        for level in self.levels:
            x = self.get_submodule(f"up{level}")(x, skips[level])
        return self.last_conv(x if self.last_upconv is None else self.last_upconv(x))

    def encoders(self) -> dict[str, ResNet]:
        """See Network."""
        both = {"encoder.color": self.encoder.color, "encoder.depth": self.encoder.depth}
        return {name: encoder for name, encoder in both.items() if encoder is not None}

    def coarse_steps(self) -> dict[str, int]:
        """See Network: at 1/32, 1/16 and 1/8 of the input."""
        return {step: _channels(self.get_submodule(step)) for step in ("bridge", "up3", "up2")}

    def normalised_depth(self, depth_m: Tensor) -> Tensor:
        """Metres -> zero mean and unit variance, within +-64; a missing reading becomes 0, the mean."""
        normalised = (depth_m - self.depth_mean_m) / self.depth_std_m
        return torch.where(depth_m > 0, normalised.clamp(-FARTHEST_DEVIATIONS, FARTHEST_DEVIATIONS), 0.0)

    def shuffled_convolutions(self) -> list[nn.Conv2d]:
        """See Network."""
        shuffled = self.levels[:-1] if self.last_upconv is None else self.levels
        chains = [self.bridge, *(self.get_submodule(f"up{level}.convs") for level in shuffled)]
        last = [list(chain.children())[-1] for chain in chains]
        return [layer.conv for layer in last if isinstance(layer, ConvNormRelu)]


def _conv_chain(in_channels: int, out_channels: int, convs: int) -> nn.Sequential:
    first = ConvNormRelu(in_channels, out_channels)
    return nn.Sequential(first, *(ConvNormRelu(out_channels, out_channels) for _ in range(convs - 1)))


def _channels(step: nn.Module) -> int:
    last = [layer for layer in step.modules() if isinstance(layer, ConvNormRelu)][-1]
    return last.conv.out_channels


def _check_options(layout: Layout, encoders: str, depth_mean_m: float, depth_std_m: float) -> None:
    if encoders not in ("color", "both"):
        raise ValueError(f'encoders must be "color" or "both", got {encoders!r}')
    if encoders == "both" and layout.depth_units is None:
        raise ValueError('encoders="both" needs a network with two encoders; this one has a single one')
    if not 0 < depth_std_m < math.inf:
        raise ValueError(f"depth_std_m must be positive, got {depth_std_m}")
    if not math.isfinite(depth_mean_m):
        raise ValueError(f"depth_mean_m must be finite, got {depth_mean_m}")

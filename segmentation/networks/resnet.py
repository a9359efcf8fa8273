"""A residual encoder whose parameters carry torchvision's names, with malleable 3x3 layers where asked for.

He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, in torchvision's form (a bottleneck's stride sits
in its 3x3).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn

from segmentation.malleable import MalleableConv2d

FIXED_TEMPERATURE = 0.1  # in squared grid steps: almost hard masks


@dataclass(frozen=True, slots=True)
class Malleable:
    """Which layers of an encoder are malleable, and how much of them is learned.

    stages: which of 1..4 begin with a malleable 3x3. kernels: how many kernels those have.
    learn_range: centres and temperature are learned; else they stay at the uniform start grid and FIXED_TEMPERATURE.
    rebalance: the scale of each kernel is learned; else it stays 1. Raises ValueError for what is out of range.
    """

    stages: frozenset[int] = frozenset()
    kernels: int = 3
    learn_range: bool = True
    rebalance: bool = True

    def __post_init__(self) -> None:
        if not self.stages <= {1, 2, 3, 4}:
            raise ValueError(f"stages must be among 1, 2, 3, 4, got {tuple(self.stages)}")
        if self.kernels < 1:
            raise ValueError(f"kernels must be 1 or more, got {self.kernels}")

    def conv3x3(self, in_channels: int, out_channels: int, stride: int, dilation: int = 1) -> MalleableConv2d:
        """The layer that stands for a plain 3x3 which its padding centres on the first pixel."""
        return MalleableConv2d(
            in_channels,
            out_channels,
            3,
            kernels=self.kernels,
            stride=stride,
            padding=dilation,
            dilation=dilation,
            learn_centres=self.learn_range,
            learn_temperature=self.learn_range,
            temperature=1.0 if self.learn_range else FIXED_TEMPERATURE,
            rebalance=self.rebalance,
        )


PLAIN = Malleable()


@dataclass(frozen=True, slots=True, eq=False)
class SceneGeometry:
    """What a malleable layer is told besides its input.

    depth_m: (N, 1, H, W) float32 metres at the network input's size, 0 = no reading. focal_px: (N, 2) fx, fy of it.
    """

    depth_m: Tensor
    focal_px: Tensor

    def at(self, step_px: int) -> tuple[Tensor, Tensor, int]:
        """Depth, focal lengths and step for a map whose pixel (i, j) is centred on pixel (i, j) * step_px of the input.

        The encoder's strided layers are centred on every second pixel beginning with the first (7x7 with padding 3, 3x3
        with padding 1), so picking every step_px-th reading takes the very pixel the map looks at; nothing is averaged.
        """
        return self.depth_m[:, :, ::step_px, ::step_px], self.focal_px, step_px


class BasicBlock(nn.Module):
    """Two 3x3 layers and a shortcut; the first 3x3 is malleable where that is given."""

    expansion = 1

    def __init__(
        self, in_channels: int, width: int, stride: int = 1, dilation: int = 1, malleable: Malleable | None = None
    ) -> None:
        super().__init__()
        self.conv1 = _conv3x3(in_channels, width, stride, dilation, malleable)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = _conv3x3(width, width, dilation=dilation)
        self.bn2 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, width, stride)

    def forward(self, x: Tensor, geometry: SceneGeometry, step_px: int) -> Tensor:
        """(N, C, H, W), a pixel of which is step_px pixels of the network's input -> (N, width, H / stride, ...)."""
        y = self.relu(self.bn1(_convolve(self.conv1, x, geometry, step_px)))
        y = self.bn2(self.conv2(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 and a shortcut; the 3x3, with its stride, is malleable where that is given."""

    expansion = 4

    def __init__(
        self, in_channels: int, width: int, stride: int = 1, dilation: int = 1, malleable: Malleable | None = None
    ) -> None:
        super().__init__()
        out_channels = width * self.expansion
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = _conv3x3(width, width, stride, dilation, malleable)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, out_channels, stride)

    def forward(self, x: Tensor, geometry: SceneGeometry, step_px: int) -> Tensor:
        """(N, C, H, W), a pixel of which is step_px pixels of the network's input -> (N, 4 width, H / stride, ...)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(_convolve(self.conv2, y, geometry, step_px)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """The encoder: a stem and four stages, without pooling and classifier.

    units: residual units in each stage. widths: channels of the stem, then the width of each stage's 3x3.
    malleable: which stages begin with a malleable 3x3. last_dilations: one for each unit of the fourth stage, which
    then has no stride and keeps the third one's size.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        units: tuple[int, int, int, int],
        widths: tuple[int, int, int, int, int] = (64, 64, 128, 256, 512),
        *,
        in_channels: int = 3,
        stem_kernel_size: int = 7,
        malleable: Malleable = PLAIN,
        last_dilations: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        stem_channels = widths[0]
        self.conv1 = nn.Conv2d(
            in_channels, stem_channels, stem_kernel_size, stride=2, padding=stem_kernel_size // 2, bias=False
        )
        self.bn1 = nn.BatchNorm2d(stem_channels)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.out_channels = (stem_channels, *(width * block.expansion for width in widths[1:]))
        self.strides = (1, 2, 2, 1 if last_dilations else 2)
        for stage, stride in enumerate(self.strides, start=1):
            first = malleable if stage in malleable.stages else None
            channels = self.out_channels[stage - 1], widths[stage]
            dilations = last_dilations if stage == 4 and last_dilations else (1,) * units[stage - 1]
            self.add_module(f"layer{stage}", _stage(block, *channels, stride, dilations, first))

    def maps(self, x: Tensor, geometry: SceneGeometry) -> Iterator[Tensor]:
        """x (N, in_channels, H, W) -> maps at 1/2 (after the stem's ReLU), 1/4, 1/8, 1/16 and 1/32, one by one.

        With last_dilations the last one is at 1/16 too.
        """
        x = self.relu(self.bn1(self.conv1(x)))
        yield x
        x = self.maxpool(x)
        step_px = 4  # how the units' input samples the network's input
        for stage, stride in enumerate(self.strides, start=1):
            for unit in self.get_submodule(f"layer{stage}").children():
                x = unit(x, geometry, step_px)
                step_px *= stride
                stride = 1
            yield x


def _stage(
    block: type[BasicBlock] | type[Bottleneck],
    in_channels: int,
    width: int,
    stride: int,
    dilations: tuple[int, ...],
    malleable: Malleable | None,
) -> nn.Sequential:
    first = block(in_channels, width, stride, dilations[0], malleable)
    return nn.Sequential(first, *(block(width * block.expansion, width, dilation=each) for each in dilations[1:]))


def _conv3x3(
    in_channels: int, out_channels: int, stride: int = 1, dilation: int = 1, malleable: Malleable | None = None
) -> nn.Module:
    if malleable is not None:
        return malleable.conv3x3(in_channels, out_channels, stride, dilation)
    return nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=dilation, dilation=dilation, bias=False)


def _convolve(layer: nn.Module, x: Tensor, geometry: SceneGeometry, step_px: int) -> Tensor:
    return layer(x, *geometry.at(step_px)) if isinstance(layer, MalleableConv2d) else layer(x)


def _shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False), nn.BatchNorm2d(out_channels)
    )

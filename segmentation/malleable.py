"""The malleable 2.5D convolution: K kernels share every neighbour by its depth relative to the centre.

After Xing, Wang, Zeng, "Malleable 2.5D Convolution: Learning Receptive Fields along the Depth-axis for RGB-D Scene
Parsing" (ECCV 2020). Equations, choices and differences to the authors' code: docs/operator.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.modules.utils import _pair
from typing_extensions import Self

from segmentation.kernels.malleable_op import Convolution, can_fuse, malleable
from segmentation.malleable_reference import OFFICIAL, reference_forward
from segmentation.relative_depth import Window, kernel_shares, neutral_shares, relative_depth
from segmentation.tap_sums import sum_of_taps, sum_of_taps_in_blocks

SMALLEST_TEMPERATURE = 1e-5  # as in the authors' code


class _Folded(NamedTuple):
    """What a layer in evaluation multiplies by, rebalancing folded in, and how it shares out depth."""

    matrices: Tensor  # (T,K*C,O)
    taps: list[Tensor]  # the same memory, one (O,K*C,1,1) a tap
    scalars: Tensor  # (2K+3,) float32: centres, temperature, the shares where depth is missing


class MalleableConv2d(nn.Module):
    """A convolution whose K kernels each see a learned range of depth; built of standard operators only.

    State: ``weight`` (K,O,C,kh,kw), ``bias`` (O,) if any, ``centres`` (K+2,), ``log_temperature`` (), ``rebalancing``
    (K,): 2K + 3 scalars beside the weights, the same names and shapes whatever is learned. A plain convolution's state
    (``weight`` of 4 dimensions) loads as it is: every kernel becomes a copy.

    Args:
        in_channels, out_channels: as in nn.Conv2d.
        kernel_size, stride, padding, dilation, bias: as in nn.Conv2d; one number, or (vertical, horizontal). Kernel
            sizes are odd, so that a window has a centre.
        kernels: K, how many kernels share the depth axis; at least 1.
        learn_centres: the K+2 centres are learned (for an odd K all but the middle one, which is held at 0).
        learn_temperature: how sharply the kernels are told apart is learned.
        rebalance: the scale of each kernel's output is learned; else it stays 1.
        temperature: what it starts from, or stays at; above 0.
        official_code: behave as the authors' published code where it departs from the equations: slow, for comparisons.

    Raises:
        ValueError: an argument is out of range; the message says expected and got.
    """

    _free: Tensor  # (K+2,) 0 for a centre that is held at 0, else 1
    _neutral: Tensor  # (K,) the shares where depth is missing

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        kernels: int = 3,
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        bias: bool = False,
        *,
        learn_centres: bool = True,
        learn_temperature: bool = True,
        rebalance: bool = True,
        temperature: float = 1.0,
        official_code: bool = False,
    ) -> None:
        super().__init__()
        for name, value in (("in_channels", in_channels), ("out_channels", out_channels), ("kernels", kernels)):
            if value < 1:
                raise ValueError(f"{name}: expected at least 1, got {value}")
        if not 0 < temperature < math.inf:
            raise ValueError(f"temperature: expected a number above 0, got {temperature}")
        self.in_channels, self.out_channels, self.kernels = in_channels, out_channels, kernels
        self.start_temperature = temperature
        self.official_code = official_code
        self.window = Window(_pair(kernel_size), _pair(stride), _pair(padding), _pair(dilation))
        self.weight = nn.Parameter(torch.empty(kernels, out_channels, in_channels, *self.window.kernel_size))
        self.bias = nn.Parameter(torch.empty(out_channels)) if bias else None
        self.centres = nn.Parameter(torch.empty(kernels + 2), requires_grad=learn_centres)
        self.log_temperature = nn.Parameter(torch.empty(()), requires_grad=learn_temperature)
        self.rebalancing = nn.Parameter(torch.empty(kernels), requires_grad=rebalance)
        middle = (kernels + 1) // 2 if kernels % 2 else None
        self.register_buffer("_free", torch.tensor([float(i != middle) for i in range(kernels + 2)]), persistent=False)
        self.register_buffer("_neutral", torch.tensor(neutral_shares(kernels)), persistent=False)
        self._folded: tuple[object, _Folded, list[Tensor]] | None = None
        self.register_load_state_dict_pre_hook(_before_load)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start as nn.Conv2d does, with the same weights in every kernel; the scalars start as published."""
        plain = torch.empty_like(self.weight[0])
        nn.init.kaiming_uniform_(plain, a=math.sqrt(5))
        middle = (self.kernels + 1) / 2
        with torch.no_grad():
            self.weight.copy_(plain.expand_as(self.weight))
            self.centres.copy_(torch.arange(self.kernels + 2) - middle)
            self.log_temperature.fill_(math.log(self.start_temperature))
            self.rebalancing.zero_()
            if self.bias is not None:
                bound = 1 / math.sqrt(plain[0].numel())
                self.bias.uniform_(-bound, bound)

    @classmethod
    def from_conv2d(cls, conv: nn.Conv2d, kernels: int = 3, **switches: Any) -> MalleableConv2d:
        """A malleable layer that starts as this plain one: its weights in every kernel, on its device and in its type.

        Raises:
            ValueError: the convolution has groups, or pads with something else than a number of zeros.
        """
        if conv.groups != 1 or conv.padding_mode != "zeros" or isinstance(conv.padding, str):
            raise ValueError(f"expected a convolution without groups and with zero padding in numbers, got {conv}")
        sizes: Any = (conv.kernel_size, kernels, conv.stride, conv.padding, conv.dilation)
        layer = cls(conv.in_channels, conv.out_channels, *sizes, bias=conv.bias is not None, **switches)
        layer = layer.to(conv.weight.device, conv.weight.dtype).train(conv.training)
        layer.load_plain_weight(conv.weight, conv.bias)
        return layer

    @torch.no_grad()
    def load_plain_weight(self, weight: Tensor, bias: Tensor | None = None) -> None:
        """Copy a plain convolution's weight (O,C,kh,kw) into every kernel, and its bias (O,).

        Raises:
            ValueError: the shape is another, or only one of the two layers has a bias.
        """
        if weight.shape != self.weight.shape[1:]:
            raise ValueError(f"weight: expected shape {tuple(self.weight.shape[1:])}, got {tuple(weight.shape)}")
        if (bias is None) != (self.bias is None):
            raise ValueError(
                f"bias: expected {'none' if self.bias is None else 'one'}, got {'none' if bias is None else 'one'}"
            )
        self.weight.copy_(weight.expand_as(self.weight))
        if self.bias is not None and bias is not None:
            self.bias.copy_(bias)

    @property
    def temperature(self) -> Tensor:
        """The temperature t > 0, () in squared grid steps. Learned as a logarithm: it cannot die at 0."""
        return self.log_temperature.exp() + SMALLEST_TEMPERATURE

    @property
    def held_centres(self) -> Tensor:
        """The centres a_0..a_{K+1} as used, (K+2,) in grid steps; an odd K's middle one is 0 whatever was loaded."""
        return self.centres * self._free

    @property
    def kernel_scales(self) -> Tensor:
        """What rebalancing multiplies each kernel's output by, (K,); they add up to K."""
        return self.kernels * torch.softmax(self.rebalancing, 0)

    def no_weight_decay_parameters(self) -> Iterator[nn.Parameter]:
        """The scalars that weight decay would pull from where they mean something."""
        yield from (self.centres, self.log_temperature, self.rebalancing)

    def plain_weight(self) -> Tensor:
        """The weight (O,C,kh,kw) of the plain convolution that this layer is where there is no depth."""
        scales = self.kernel_scales * self._neutral
        return (self.weight * scales[:, None, None, None, None]).sum(0)

    def forward(self, x: Tensor, depth_m: Tensor, focal_px: Tensor, step_px: float) -> Tensor:
        """Convolve.

        Args:
            x: (N,C,H,W) of any floating type. The relative depth and the shares are computed in float32 whatever it is,
                and in float64 for float64.
            depth_m: (N,1,H,W) metres at x's resolution; 0, a negative or a non-finite value means no reading.
            focal_px: (N,2) fx, fy of the full image.
            step_px: pixels of the full image per pixel of x.

        Returns:
            (N,O,h,w) in x's type (under autocast, in autocast's).

        Raises:
            ValueError: shapes do not fit; the message says expected and got.
        """
        self._check(x, depth_m, focal_px, step_px)
        if self.official_code:
            return reference_forward(self, x, depth_m, focal_px, step_px, OFFICIAL)
        precise = torch.float64 if x.dtype == torch.float64 else torch.float32
        geometry = depth_m.to(precise), focal_px.to(precise), float(step_px)
        if torch.is_autocast_enabled(x.device.type):
            x = x.to(torch.get_autocast_dtype(x.device.type))
        if can_fuse(x):
            folded = self._folded_once()
            weights = folded.matrices.to(x.dtype)
            return malleable(Convolution(x, *geometry, weights, folded.scalars, self.bias, self.window))
        scalars = (self.held_centres, self.temperature, self._neutral)
        relative = relative_depth(*geometry, self.window)
        shares = kernel_shares(relative, *(scalar.to(precise) for scalar in scalars))
        total = self._sum_of_taps(x, shares.to(x.dtype))
        return total if self.bias is None else total + self.bias.to(total.dtype)[:, None, None]

    def _sum_of_taps(self, x: Tensor, shares: Tensor) -> Tensor:
        in_graph = torch.compiler.is_compiling()
        if in_graph and self._folded is not None and not torch.is_grad_enabled():
            return sum_of_taps(x, shares, [tap.to(x.dtype) for tap in self._folded[1].taps], self.window)
        if in_graph or torch.is_grad_enabled():
            # Scaling the shares rather than the weights saves two passes over the weights and their gradient.
            scaled = shares * self.kernel_scales.to(shares.dtype)[:, None, None]
            return sum_of_taps(x, scaled, self._stacked_by_tap().to(x.dtype).unbind(0), self.window)
        return sum_of_taps_in_blocks(x, shares, [tap.to(x.dtype) for tap in self._folded_once().taps], self.window)

    def _stacked_by_tap(self) -> Tensor:
        """For every tap the K kernels' weights, stacked along the input channels: (T,O,K*C,1,1)."""
        taps = self.weight.permute(3, 4, 1, 0, 2)
        return taps.reshape(-1, self.out_channels, self.kernels * self.in_channels, 1, 1)

    def _fold(self) -> _Folded:
        scaled = self.weight * self.kernel_scales[:, None, None, None, None]
        matrices = scaled.permute(3, 4, 0, 2, 1).reshape(-1, self.kernels * self.in_channels, self.out_channels)
        matrices = matrices.contiguous()  # for one kernel the shape alone could be had without a copy
        taps = [matrix.t()[:, :, None, None] for matrix in matrices.unbind(0)]
        scalars = torch.cat((self.held_centres, self.temperature[None], self._neutral)).float()
        return _Folded(matrices, taps, scalars)

    def _folded_once(self) -> _Folded:
        """What was folded, kept while the layer is in evaluation mode and its parameters are the same."""
        if torch.compiler.is_compiling():  # a graph cannot look at versions
            return self._fold() if self._folded is None else self._folded[1]
        if self.training:
            return self._fold()
        folded = self.weight, self.rebalancing, self.centres, self.log_temperature
        state = tuple((p.data_ptr(), 0 if p.is_inference() else p._version) for p in folded)
        if self._folded is None or self._folded[0] != state:
            with torch.inference_mode(False), torch.no_grad():  # leaving inference mode switches gradients on
                # What was folded is kept alive, so that no other weights can come to lie at its address.
                self._folded = state, self._fold(), [p.detach() for p in folded]
        return self._folded[1]

    def train(self, mode: bool = True) -> Self:
        """Switch between training and evaluation; what was folded for evaluation is forgotten."""
        self._folded = None
        return super().train(mode)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        self._folded = None
        return super()._apply(fn, recurse)

    def _check(self, x: Tensor, depth_m: Tensor, focal_px: Tensor, step_px: float) -> None:
        if x.dim() != 4 or x.shape[1] != self.in_channels:
            raise ValueError(f"x: expected shape (N,{self.in_channels},H,W), got {tuple(x.shape)}")
        count, _, height, width = x.shape
        if depth_m.shape != (count, 1, height, width):
            raise ValueError(
                f"depth_m: expected shape {(count, 1, height, width)}, as x has, got {tuple(depth_m.shape)}"
            )
        if focal_px.shape != (count, 2):
            raise ValueError(f"focal_px: expected shape {(count, 2)}, fx and fy an image, got {tuple(focal_px.shape)}")
        if not step_px > 0:
            raise ValueError(f"step_px: expected pixels of the full image per pixel of x, above 0, got {step_px}")

    def extra_repr(self) -> str:
        """The arguments, for print(model)."""
        window = self.window
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={window.kernel_size}, kernels={self.kernels}, "
            f"stride={window.stride}, padding={window.padding}, dilation={window.dilation}, "
            f"bias={self.bias is not None}"
        )


def _before_load(layer: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Forget what was folded; let a plain weight (O,C,kh,kw) load as K copies, with the scalars left as they are."""
    weight = state.get(prefix + "weight")
    assert isinstance(layer, MalleableConv2d)
    layer._folded = None
    if weight is not None and weight.dim() == 4:
        state[prefix + "weight"] = weight.expand(layer.kernels, *weight.shape)
        for name in ("centres", "log_temperature", "rebalancing"):
            state.setdefault(prefix + name, getattr(layer, name).detach())

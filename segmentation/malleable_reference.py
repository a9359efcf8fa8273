"""The malleable convolution written as its equations read, slowly: what the fast form is tested against.

It can also behave as the authors' published code does where that departs from the equations. docs/operator.md lists
each difference with its effect.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from segmentation.relative_depth import FARTHEST_STEPS, Window, neutral_shares

if TYPE_CHECKING:
    from segmentation.malleable import MalleableConv2d

OFFICIAL_GRID_EPSILON_M = 1e-7  # their 1e-5 on a grid step that is multiplied by 100
SMALLEST_RAW_TEMPERATURE = 1e-8


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """Which departures of the published code are wanted; none by default. OFFICIAL has them all."""

    sign_test_in_metres: bool = False  # the outer classes change sign by the depth gap in metres, not in grid steps
    missing_counts_as_a_class_each: bool = False  # missing depth: 1/(K+2) for every class, so K/(K+2) in all
    horizontal_focal_only: bool = False  # fx for every tap
    grid_epsilon_m: float = 0.0  # added to the grid step
    clamped: bool = True  # the relative depth stays within +-64 steps


OURS = Behaviour()
OFFICIAL = Behaviour(
    sign_test_in_metres=True,
    missing_counts_as_a_class_each=True,
    horizontal_focal_only=True,
    grid_epsilon_m=OFFICIAL_GRID_EPSILON_M,
    clamped=False,
)


def reference_forward(
    layer: MalleableConv2d, x: Tensor, depth_m: Tensor, focal_px: Tensor, step_px: float, behaviour: Behaviour = OURS
) -> Tensor:
    """What ``layer(x, depth_m, focal_px, step_px)`` means; same arguments, same result.

    Unfolds the image (im2col), which takes kh*kw times its memory, and K times that for the shared copies.
    """
    precise = torch.float64 if x.dtype == torch.float64 else torch.float32
    window, (height, width) = layer.window, layer.window.output_size(int(x.shape[2]), int(x.shape[3]))
    shares = reference_shares(layer, depth_m.to(precise), focal_px.to(precise), step_px, behaviour).to(x.dtype)
    neighbours = _unfold(x, window)
    total = torch.zeros((), dtype=x.dtype, device=x.device)
    for kernel in range(layer.kernels):
        scale, weight = layer.kernel_scales[kernel], layer.weight[kernel].flatten(2)
        total = total + scale * torch.einsum("oct,nctp->nop", weight, neighbours * shares[:, kernel, None])
    if layer.bias is not None:
        total = total + layer.bias[:, None]
    return total.reshape(x.shape[0], layer.out_channels, height, width)


def reference_shares(
    layer: MalleableConv2d, depth_m: Tensor, focal_px: Tensor, step_px: float, behaviour: Behaviour = OURS
) -> Tensor:
    """g_k for every kernel, tap and output pixel: (N,K,T,h*w)."""
    measured = (depth_m > 0) & torch.isfinite(depth_m)
    depth = _unfold(torch.where(measured, depth_m, 0.0), layer.window)[:, 0]  # (N,T,P)
    middle = depth.shape[1] // 2
    centre = depth[:, middle : middle + 1]
    known = (depth > 0) & (centre > 0)

    grid_step_m = _grid_step_per_depth(layer.window, focal_px, step_px, behaviour) * torch.where(
        centre > 0, centre, 1.0
    )
    gap_m = torch.where(known, depth - centre, 0.0)
    r = gap_m / (grid_step_m + behaviour.grid_epsilon_m)
    if behaviour.clamped:
        r = r.clamp(-FARTHEST_STEPS, FARTHEST_STEPS)

    a, t, last = layer.held_centres.to(r.dtype), layer.temperature.to(r.dtype), layer.kernels + 1
    signed = gap_m if behaviour.sign_test_in_metres else r
    logits = [-((r - a[k]) ** 2) / t for k in range(last + 1)]
    logits[0] = torch.where(signed < a[0], -logits[0], logits[0])
    logits[last] = torch.where(signed > a[last], -logits[last], logits[last])
    shares = torch.softmax(torch.stack(logits, 1), 1)[:, 1:last]

    neutral = shares.new_tensor(neutral_shares(layer.kernels))
    if behaviour.missing_counts_as_a_class_each:
        neutral = torch.full_like(neutral, 1 / (layer.kernels + 2))
    return torch.where(known[:, None], shares, neutral[:, None, None])


def _grid_step_per_depth(window: Window, focal_px: Tensor, step_px: float, behaviour: Behaviour) -> Tensor:
    """Metres covered by one grid step, per metre of depth, for every image and tap: (N,T,1)."""
    fx, fy = focal_px[:, 0], focal_px[:, 0 if behaviour.horizontal_focal_only else 1]
    across_m, along_m = step_px * window.dilation[1] / fx, step_px * window.dilation[0] / fy
    if behaviour.horizontal_focal_only:
        along_m = across_m
    steps = []
    for row, column in window.taps:
        rows, columns = row - window.centre[0], column - window.centre[1]
        length_m = torch.sqrt((rows * along_m) ** 2 + (columns * across_m) ** 2)
        length_steps = (rows**2 + columns**2) ** 0.5
        steps.append(length_m / length_steps if length_steps else across_m)
    return torch.stack(steps, 1)[:, :, None]


def _unfold(image: Tensor, window: Window) -> Tensor:
    """(N,C,H,W) -> (N,C,T,h*w), zeros outside the image."""
    columns = functional.unfold(image, window.kernel_size, window.dilation, window.padding, window.stride)
    return columns.unflatten(1, (image.shape[1], -1))


def from_official_state(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """One layer's weights as the authors' code saves them, under the names and shapes of MalleableConv2d.

    A learned temperature of 0 or less acts as 1e-5 there and here; here it can still be learned.

    Args:
        state: ``weight_0``.. (O,C,kh,kw) each, ``depth_anchor`` (1,K+2,1,1), ``temperature`` (1,), ``kernel_weight``
            (K,), and ``bias`` (O,) if any.
    """
    kernels = state["kernel_weight"].numel()
    converted = {
        "weight": torch.stack([state[f"weight_{kernel}"] for kernel in range(kernels)]),
        "centres": state["depth_anchor"].flatten(),
        "log_temperature": state["temperature"].clamp(min=SMALLEST_RAW_TEMPERATURE).log().reshape(()),
        "rebalancing": state["kernel_weight"].flatten(),
    }
    return converted | ({"bias": state["bias"]} if "bias" in state else {})

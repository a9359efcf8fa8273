"""How far every neighbour of a convolution lies before or behind its centre, in grid steps, and which kernel sees it.

Formulae: Xing, Wang, Zeng, "Malleable 2.5D Convolution" (ECCV 2020); docs/operator.md derives what is added to them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

# Beyond this many grid steps nothing is in range at any sensible temperature; it keeps the squares far from overflow.
FARTHEST_STEPS = 64.0

# Smaller shares are cut to zero: their products become subnormal numbers, on which x86 computes many times slower.
SMALLEST_SHARE = 1e-6


@dataclass(frozen=True)
class Window:
    """Where a convolution looks: (vertical, horizontal) pairs, in pixels of its input."""

    kernel_size: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]

    def __post_init__(self) -> None:
        if any(size < 1 or size % 2 == 0 for size in self.kernel_size):
            raise ValueError(f"kernel_size: expected odd sizes (a window needs a centre), got {self.kernel_size}")
        for name, pair, smallest in (
            ("stride", self.stride, 1),
            ("dilation", self.dilation, 1),
            ("padding", self.padding, 0),
        ):
            if min(pair) < smallest:
                raise ValueError(f"{name}: expected at least {smallest}, got {pair}")

    @property
    def taps(self) -> list[tuple[int, int]]:
        """(row, column) of every tap, from the upper left, row by row."""
        return [(row, column) for row in range(self.kernel_size[0]) for column in range(self.kernel_size[1])]

    @property
    def centre(self) -> tuple[int, int]:
        """(row, column) of the middle tap."""
        return self.kernel_size[0] // 2, self.kernel_size[1] // 2

    def output_size(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the convolution's output; ValueError where the window does not fit."""
        extents = [
            (height, width)[axis] + 2 * self.padding[axis] - self.dilation[axis] * (self.kernel_size[axis] - 1)
            for axis in (0, 1)
        ]
        if min(extents) < 1:
            raise ValueError(f"expected an input that holds the window {self}, got {height}x{width} pixels")
        return (extents[0] - 1) // self.stride[0] + 1, (extents[1] - 1) // self.stride[1] + 1

    def pad(self, image: Tensor) -> Tensor:
        """The image (N,C,H,W) with zeros around it: no feature, and no depth."""
        vertical, horizontal = self.padding
        return functional.pad(image, (horizontal, horizontal, vertical, vertical)) if vertical or horizontal else image

    def view(self, padded: Tensor, tap: tuple[int, int], output_size: tuple[int, int]) -> Tensor:
        """What one tap sees, (N,C,h,w) at the output's resolution: a slice of the padded image, not a copy."""
        starts = [tap[axis] * self.dilation[axis] for axis in (0, 1)]
        rows, columns = (
            slice(starts[axis], starts[axis] + (output_size[axis] - 1) * self.stride[axis] + 1, self.stride[axis])
            for axis in (0, 1)
        )
        return padded[:, :, rows, columns]


class RelativeDepth(NamedTuple):
    """Depth of every tap's neighbour against the centre; T taps are stacked along the rows, as Window.taps lists."""

    steps: Tensor  # (N,1,T*h,w) floating; grid steps behind (+) or before (-) the centre, within +-64; 0 if unknown
    known: Tensor  # (N,1,T*h,w) bool, both depths were measured


def relative_depth(depth_m: Tensor, focal_px: Tensor, step_px: float, window: Window) -> RelativeDepth:
    """The relative depth r = (d_neighbour - d_centre) / (grid step at the centre), for every tap and output pixel.

    Args:
        depth_m: (N,1,H,W) float32 or float64, metres; 0, a negative or a non-finite value means no reading.
        focal_px: (N,2) of the same type, fx and fy of the full image.
        step_px: pixels of the full image per pixel of depth_m.
        window: of the convolution. A neighbour outside the image has no depth.
    """
    measured = (depth_m > 0) & (depth_m < math.inf)  # also false for NaN
    padded = window.pad(torch.where(measured, depth_m, 0.0))
    output_size = window.output_size(int(depth_m.shape[2]), int(depth_m.shape[3]))
    centre = window.view(padded, window.centre, output_size)
    centre_known = centre > 0
    safe_centre = torch.where(centre_known, centre, 1.0)
    focal = focal_px[:, :, None, None]
    steps, known = [], []
    for tap in window.taps:
        neighbour = window.view(padded, tap, output_size)
        both = centre_known & (neighbour > 0)
        gap = torch.where(both, neighbour - safe_centre, 0.0)
        steps.append(gap / safe_centre * _steps_per_depth(focal, step_px, window, tap))
        known.append(both)
    return RelativeDepth(torch.cat(steps, 2).clamp(-FARTHEST_STEPS, FARTHEST_STEPS), torch.cat(known, 2))


def _steps_per_depth(focal: Tensor, step_px: float, window: Window, tap: tuple[int, int]) -> Tensor:
    """How many grid steps make up the depth of the centre itself, (N,1,1,1); focal is (N,2,1,1).

    One step sideways spans step_px * dilation * depth / fx metres, one step up or down the same with fy. An oblique tap
    takes its offset's length in metres over its length in steps: the published step where fx equals fy.
    """
    across = focal[:, 0:1] / (step_px * window.dilation[1])
    along = focal[:, 1:2] / (step_px * window.dilation[0])
    rows, columns = tap[0] - window.centre[0], tap[1] - window.centre[1]
    if rows == 0:
        return across
    if columns == 0:
        return along
    return math.hypot(rows, columns) / torch.sqrt((columns / across) ** 2 + (rows / along) ** 2)


def neutral_shares(kernels: int) -> list[float]:
    """What each kernel counts where depth is missing: the middle one fully; of an even number the two middle half."""
    middle = {(kernels - 1) // 2, kernels // 2}
    return [1 / len(middle) if kernel in middle else 0.0 for kernel in range(kernels)]


def kernel_shares(relative: RelativeDepth, centres: Tensor, temperature: Tensor, neutral: Tensor) -> Tensor:
    """The share g_k of every kernel at every tap, (N,K,T*h,w), in the type of the relative depth.

    A softmax over the K kernels and the two classes "too near" and "too far", whose shares are thrown away. Those two
    change sign beyond their centres, so that they win everything far out.

    Args:
        relative: of the taps.
        centres: (K+2,) grid steps, the outer classes first and last.
        temperature: one number above 0, in squared grid steps.
        neutral: (K,) the shares where depth is missing.
    """
    classes = centres[None, :, None, None]
    near = relative.steps - classes[:, :1]
    inner = relative.steps - classes[:, 1:-1]
    far = relative.steps - classes[:, -1:]
    logits = torch.cat([-near * near.abs(), -inner * inner, far * far.abs()], 1) / temperature
    shares = torch.softmax(logits, 1)[:, 1:-1]
    if shares.dtype != torch.float64:
        shares = torch.where(shares < SMALLEST_SHARE, 0.0, shares)
    return torch.where(relative.known, shares, neutral[None, :, None, None])

"""The malleable convolution as one operator of torch, `rgbd_live::malleable`: the fused kernel where it runs.

It is registered with torch's library, so that torch.compile and CUDA graphs keep it whole: they know what comes out by
the fake implementation and never look inside. Registering does not import Triton; the first call does. Where Triton is
missing or cannot launch, the operator computes the same in standard operators, and says so once.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

import torch
from torch import Tensor

from segmentation.errors import one_line
from segmentation.relative_depth import Window, kernel_shares, relative_depth
from segmentation.tap_sums import sum_of_taps_in_blocks

NAME = "rgbd_live::malleable"
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"  # tests: the kernel runs on a CPU
MOST_ELEMENTS = 2**31  # the kernel counts in 32 bits
# torch 2.6 only tells that something is traced; what is compiled there takes the standard operators too.
_is_exporting = getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)
_log = logging.getLogger(__name__)
_refused = False  # the kernel could not be launched, so it is not tried again

torch.library.define(
    NAME,
    "(Tensor x, Tensor depth_m, Tensor focal_px, float step_px, Tensor weights, Tensor scalars, Tensor? bias, "
    "int[2] kernel_size, int[2] stride, int[2] padding, int[2] dilation) -> Tensor",
)


def can_fuse(x: Tensor) -> bool:
    """Whether a layer should call the operator for this input, which has no gradient.

    Only in half precision: float32 is what half is compared with, so it must not depend on the kernel, and bfloat16
    cannot be checked in Triton's interpreter. An exported graph has standard operators only.
    """
    there = x.is_cuda or INTERPRETED
    return there and x.dtype == torch.float16 and not torch.is_grad_enabled() and not _is_exporting()


def malleable(
    x: Tensor,
    depth_m: Tensor,
    focal_px: Tensor,
    step_px: float,
    weights: Tensor,
    scalars: Tensor,
    bias: Tensor | None,
    window: Window,
) -> Tensor:
    """The convolution, (N,O,h,w) channels-last; see malleable_kernel.launch for the arguments."""
    sizes = window.kernel_size, window.stride, window.padding, window.dilation
    return torch.ops.rgbd_live.malleable(x, depth_m, focal_px, step_px, weights, scalars, bias, *sizes)


@torch.library.impl(NAME, ("cuda", "cpu"))
def _malleable(
    x: Tensor,
    depth_m: Tensor,
    focal_px: Tensor,
    step_px: float,
    weights: Tensor,
    scalars: Tensor,
    bias: Tensor | None,
    *sizes: Sequence[int],
) -> Tensor:
    global _refused
    window = Window(*(tuple(size) for size in sizes))  # pyright: ignore[reportArgumentType] - pairs by the schema
    if not _refused and _counts_in_32_bits(x, weights, window):
        try:
            from segmentation.kernels.malleable_kernel import launch

            return launch(x, depth_m, focal_px, step_px, weights, scalars, bias, window)
        except torch.OutOfMemoryError:
            raise
        except Exception as error:  # no Triton, no C compiler, no room for its files, an unknown GPU: any type
            _refused = True
            _log.warning(f"the fused malleable kernel cannot be used here ({one_line(error)}): standard operators are")
    return _in_standard_operators(x, depth_m, focal_px, step_px, weights, scalars, bias, window)


@torch.library.register_fake(NAME)
def _shape_of(x: Tensor, depth_m: Tensor, focal_px: Tensor, step_px: float, weights: Tensor, *rest: object) -> Tensor:
    window = Window(*(tuple(size) for size in rest[-4:]))  # pyright: ignore[reportArgumentType, reportGeneralTypeIssues]
    rows, columns = window.output_size(x.shape[2], x.shape[3])
    return x.new_empty((x.shape[0], rows, columns, weights.shape[2])).permute(0, 3, 1, 2)


def _in_standard_operators(
    x: Tensor,
    depth_m: Tensor,
    focal_px: Tensor,
    step_px: float,
    weights: Tensor,
    scalars: Tensor,
    bias: Tensor | None,
    window: Window,
) -> Tensor:
    kernels = weights.shape[1] // x.shape[1]
    centres, temperature, neutral = scalars.split((kernels + 2, 1, kernels))
    shares = kernel_shares(relative_depth(depth_m, focal_px, step_px, window), centres, temperature, neutral)
    taps = [matrix.t()[:, :, None, None] for matrix in weights.unbind(0)]
    total = sum_of_taps_in_blocks(x, shares.to(x.dtype), taps, window)
    total = total if bias is None else total + bias.to(total.dtype)[:, None, None]
    return total.contiguous(memory_format=torch.channels_last)


def _counts_in_32_bits(x: Tensor, weights: Tensor, window: Window) -> bool:
    rows, columns = window.output_size(x.shape[2], x.shape[3])
    return max(x.numel(), x.shape[0] * rows * columns * weights.shape[2], weights.numel()) < MOST_ELEMENTS

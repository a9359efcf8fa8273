"""The malleable convolution as one operator of torch, `rgbd_live::malleable`: the fused kernel where it runs.

It is registered with torch's library, so that torch.compile and CUDA graphs keep it whole: they know what comes out by
the fake implementation and never look inside. Registering does not import Triton; the first call does. Where Triton is
missing or cannot launch, the operator computes the same in standard operators, and says so once.
"""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from segmentation.errors import one_line
from segmentation.relative_depth import Window, kernel_shares, relative_depth
from segmentation.tap_sums import sum_of_taps_in_blocks

NAME = "rgbd_live::malleable"
INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"  # tests: the kernel runs on a CPU
KERNEL_FILE = Path(__file__).with_name("malleable_kernel.py")
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


def kernel_key() -> dict[str, str]:
    """What the fused kernel's results depend on besides what they are made of: itself, and what compiles it."""
    try:
        import triton

        version = triton.__version__
    except Exception:  # not there or broken, in any way
        version = "none"
    return {"kernel": hashlib.sha256(KERNEL_FILE.read_bytes()).hexdigest(), "triton": version}


class Convolution(NamedTuple):
    """What the operator takes, in its order; on one device.

    x: (N,C,H,W) float16; the kernel alone takes float32 too. depth_m, focal_px, step_px: as MalleableConv2d takes them,
    the first two in float32. weights: (T,K*C,O) of x's type, rebalancing folded in; contiguous. scalars: (2K+3,)
    float32: the K+2 centres, the temperature, the K shares where depth is missing. bias: (O,) of any type, if any.
    """

    x: Tensor
    depth_m: Tensor
    focal_px: Tensor
    step_px: float
    weights: Tensor
    scalars: Tensor
    bias: Tensor | None
    window: Window

    @property
    def outputs(self) -> int:
        """O."""
        return self.weights.shape[2]

    @property
    def kernels(self) -> int:
        """K."""
        return self.weights.shape[1] // self.x.shape[1]

    @property
    def output_size(self) -> tuple[int, int]:
        """(h, w)."""
        return self.window.output_size(self.x.shape[2], self.x.shape[3])


def malleable(convolution: Convolution) -> Tensor:
    """What a convolution gives, (N,O,h,w) channels-last in x's type."""
    *given, window = convolution
    sizes = window.kernel_size, window.stride, window.padding, window.dilation
    return torch.ops.rgbd_live.malleable(*given, *sizes)


def _put_together(*given: Any) -> Convolution:
    """Of the operator's own arguments, of which the last four are the window's."""
    window = Window(*(tuple(size) for size in given[-4:]))  # pyright: ignore[reportArgumentType] - pairs by the schema
    return Convolution(*given[:-4], window)  # pyright: ignore[reportCallIssue] - its other seven


@torch.library.impl(NAME, ("cuda", "cpu"))
def _malleable(*given: Any) -> Tensor:
    global _refused
    convolution = _put_together(*given)
    if not _refused and _counts_in_32_bits(convolution):
        try:
            from segmentation.kernels.malleable_kernel import launch

            return launch(convolution)
        except Exception as error:  # no Triton, no C compiler, no room for its files, an unknown GPU: any type
            if "out of memory" in str(error):  # in torch's words or in Triton's
                raise
            _refused = True
            _log.warning(f"the fused malleable kernel cannot be used here ({one_line(error)}): standard operators are")
    return _in_standard_operators(convolution)


@torch.library.register_fake(NAME)
def _shape_of(*given: Any) -> Tensor:
    convolution = _put_together(*given)
    x, (rows, columns) = convolution.x, convolution.output_size
    return x.new_empty((x.shape[0], rows, columns, convolution.outputs)).permute(0, 3, 1, 2)


def _in_standard_operators(given: Convolution) -> Tensor:
    x, kernels, window = given.x, given.kernels, given.window
    centres, temperature, neutral = given.scalars.split((kernels + 2, 1, kernels))
    relative = relative_depth(given.depth_m, given.focal_px, given.step_px, window)
    shares = kernel_shares(relative, centres, temperature, neutral)
    taps = [matrix.t()[:, :, None, None] for matrix in given.weights.unbind(0)]
    total = sum_of_taps_in_blocks(x, shares.to(x.dtype), taps, window)
    total = total if given.bias is None else total + given.bias.to(total.dtype)[:, None, None]
    return total.contiguous(memory_format=torch.channels_last)


def _counts_in_32_bits(given: Convolution) -> bool:
    rows, columns = given.output_size
    made = given.x.shape[0] * rows * columns * given.outputs
    return max(given.x.numel(), made, given.weights.numel()) < MOST_ELEMENTS

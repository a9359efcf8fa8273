"""The malleable convolution as one launch: an implicit matrix product whose masks never leave the registers.

A program takes a block of output pixels and a block of output channels. For every tap it reads the neighbours' depth,
forms the relative depth and the kernels' shares in float32, reads the neighbours' features once, and multiplies them,
weighted by each kernel's share, by that kernel's weights. Nothing is unfolded or stacked in memory.

The function is that of relative_depth.py and tap_sums.py; its constants come from there. Importing this module needs
Triton. With TRITON_INTERPRET=1 the same code runs on a CPU's tensors, slowly.
"""

# What Triton compiles is only written like Python:
# pyright: reportArgumentType=false, reportGeneralTypeIssues=false
from __future__ import annotations

from inspect import signature
from typing import Any

import torch
import triton
import triton.language as tl
from torch import Tensor

from segmentation.kernels.malleable_op import INTERPRETED, Convolution
from segmentation.relative_depth import FARTHEST_STEPS, SMALLEST_SHARE

# pixels, outputs, warps, stages. The order of every sum is the same in all of them, since the block of channels is.
TILES = ((128, 128, 8, 3), (128, 64, 4, 3), (64, 128, 4, 3), (64, 64, 4, 4), (32, 64, 4, 4), (32, 32, 4, 4))
INTERPRETED_TILE = (128, 16)
CHANNELS_AT_ONCE = 32
# Triton compiles anew for numbers that are 1 or multiples of 16. These only say where to read, one pixel at a time.
SIZES = ("pixel_count", "height", "width", "rows", "columns", "depth_stride_n", "depth_stride_y", "depth_stride_x")
# The choice is kept on disk: later starts neither measure again nor choose another. Before Triton 3.4 they do.
KEPT: dict[str, Any] = {"cache_results": True} if "cache_results" in signature(triton.autotune).parameters else {}
COMPILER_OPTIONS = {"enable_fp_fusion": True}  # said, because what Triton does unasked changes with its version


@triton.jit
def _reading(depth_ptr, offsets, inside):
    """Depth in metres, 0 where there is none: outside the image, and where it is not a positive number."""
    depth_m = tl.load(depth_ptr + offsets, mask=inside, other=0.0)
    return tl.where((depth_m > 0) & (depth_m < float("inf")), depth_m, 0.0)


@triton.jit
def _logit(steps, centres_ptr, temperature, index: tl.constexpr, last: tl.constexpr):
    """h_k of one class; the first and the last are "too near" and "too far", which change sign beyond their centre."""
    gap = steps - tl.load(centres_ptr + index)
    if index == 0:
        signed = -gap * tl.abs(gap)
    elif index == last:
        signed = gap * tl.abs(gap)
    else:
        signed = -gap * gap
    return signed / temperature


@triton.jit(do_not_specialize=SIZES)
def _malleable(
    x_ptr,  # (N,H,W,C)
    depth_ptr,  # (N,1,H,W) float32, any strides
    focal_ptr,  # (N,2) float32
    weights_ptr,  # (T,K*C,O)
    scalars_ptr,  # (2K+3,) float32: centres, temperature, neutral shares
    bias_ptr,  # (O,)
    output_ptr,  # (N,h,w,O)
    step_px,
    pixel_count,  # N*h*w
    height,
    width,
    rows,
    columns,
    channels,
    outputs,
    depth_stride_n,
    depth_stride_y,
    depth_stride_x,
    KERNELS: tl.constexpr,
    TAP_ROWS: tl.constexpr,
    TAP_COLUMNS: tl.constexpr,
    STRIDE_Y: tl.constexpr,
    STRIDE_X: tl.constexpr,
    PADDING_Y: tl.constexpr,
    PADDING_X: tl.constexpr,
    DILATION_Y: tl.constexpr,
    DILATION_X: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    FARTHEST: tl.constexpr,
    SMALLEST: tl.constexpr,
    CHANNELS: tl.constexpr,
    PIXELS: tl.constexpr,
    OUTPUTS: tl.constexpr,
):
    pixel = tl.program_id(0) * PIXELS + tl.arange(0, PIXELS)
    output = tl.program_id(1) * OUTPUTS + tl.arange(0, OUTPUTS)
    real, wanted = pixel < pixel_count, output < outputs
    image, place = pixel // (rows * columns), pixel % (rows * columns)
    top = place // columns * STRIDE_Y - PADDING_Y
    left = place % columns * STRIDE_X - PADDING_X

    across = tl.load(focal_ptr + 2 * image, mask=real, other=1.0) / (step_px * DILATION_X)
    along = tl.load(focal_ptr + 2 * image + 1, mask=real, other=1.0) / (step_px * DILATION_Y)
    temperature = tl.load(scalars_ptr + KERNELS + 2)

    y, x = top + TAP_ROWS // 2 * DILATION_Y, left + TAP_COLUMNS // 2 * DILATION_X
    inside = real & (y >= 0) & (y < height) & (x >= 0) & (x < width)
    centre_m = _reading(depth_ptr, image * depth_stride_n + y * depth_stride_y + x * depth_stride_x, inside)
    safe_centre_m = tl.where(centre_m > 0, centre_m, 1.0)

    total = tl.zeros((PIXELS, OUTPUTS), tl.float32)
    blocks = tl.cdiv(channels, CHANNELS)
    for step in range(TAP_ROWS * TAP_COLUMNS * blocks):  # one loop, so that loads run ahead from tap to tap too
        tap = step // blocks
        channel = step % blocks * CHANNELS + tl.arange(0, CHANNELS)
        row, column = tap // TAP_COLUMNS, tap % TAP_COLUMNS
        y, x = top + row * DILATION_Y, left + column * DILATION_X
        inside = real & (y >= 0) & (y < height) & (x >= 0) & (x < width)

        neighbour_m = _reading(depth_ptr, image * depth_stride_n + y * depth_stride_y + x * depth_stride_x, inside)
        known = (centre_m > 0) & (neighbour_m > 0)
        down, right = (row - TAP_ROWS // 2).to(tl.float32), (column - TAP_COLUMNS // 2).to(tl.float32)
        # The offset's length in steps over its length in metres at one metre of depth; the centre has no length.
        length_m = tl.sqrt((right / across) * (right / across) + (down / along) * (down / along))
        per_depth = tl.sqrt(right * right + down * down) / tl.where(length_m > 0, length_m, 1.0)
        steps = tl.where(known, neighbour_m - safe_centre_m, 0.0) / safe_centre_m * per_depth
        steps = tl.minimum(tl.maximum(steps, -FARTHEST), FARTHEST)

        highest = _logit(steps, scalars_ptr, temperature, 0, KERNELS + 1)
        for index in tl.static_range(1, KERNELS + 2):
            highest = tl.maximum(highest, _logit(steps, scalars_ptr, temperature, index, KERNELS + 1))
        mass = tl.exp(_logit(steps, scalars_ptr, temperature, 0, KERNELS + 1) - highest)
        for index in tl.static_range(1, KERNELS + 2):
            mass += tl.exp(_logit(steps, scalars_ptr, temperature, index, KERNELS + 1) - highest)

        seen = inside[:, None] & (channel < channels)[None, :]
        offsets = ((image * height + y) * width + x)[:, None] * channels + channel[None, :]
        features = tl.load(x_ptr + offsets, mask=seen, other=0.0)
        held = (channel < channels)[:, None] & wanted[None, :]
        for kernel in tl.static_range(KERNELS):
            logit = _logit(steps, scalars_ptr, temperature, kernel + 1, KERNELS + 1)
            share = tl.exp(logit - highest) / mass
            share = tl.where(share < SMALLEST, 0.0, share)
            share = tl.where(known, share, tl.load(scalars_ptr + KERNELS + 3 + kernel))
            offsets = ((tap * KERNELS + kernel) * channels + channel)[:, None] * outputs + output[None, :]
            weight = tl.load(weights_ptr + offsets, mask=held, other=0.0)
            total = tl.dot(features * share.to(features.dtype)[:, None], weight, total, input_precision="ieee")

    if HAS_BIAS:
        total += tl.load(bias_ptr + output, mask=wanted, other=0.0).to(tl.float32)[None, :]
    offsets = pixel[:, None] * outputs + output[None, :]
    tl.store(output_ptr + offsets, total.to(output_ptr.dtype.element_ty), mask=real[:, None] & wanted[None, :])


_tuned = triton.autotune(
    [triton.Config({"PIXELS": p, "OUTPUTS": o}, num_warps=warps, num_stages=stages) for p, o, warps, stages in TILES],
    key=["pixel_count", "channels", "outputs", "KERNELS"],
    **KEPT,
)(_malleable)


def launch(convolution: Convolution) -> Tensor:
    """What a convolution in float16 or float32 gives: (N,O,h,w), channels-last, in x's type."""
    x, depth_m, focal_px, step_px, weights, scalars, bias, window = convolution
    (count, channels, height, width), (rows, columns) = x.shape, convolution.output_size
    outputs, pixel_count = convolution.outputs, count * rows * columns
    pixels = x.permute(0, 2, 3, 1).contiguous()  # no copy where x is channels-last
    output = x.new_empty((count, rows, columns, outputs))
    options = dict(zip(("PIXELS", "OUTPUTS"), INTERPRETED_TILE, strict=True)) if INTERPRETED else COMPILER_OPTIONS

    def grid(chosen: dict[str, Any]) -> tuple[int, int]:
        return triton.cdiv(pixel_count, chosen["PIXELS"]), triton.cdiv(outputs, chosen["OUTPUTS"])

    kernel: Any = _malleable if INTERPRETED else _tuned
    with torch.cuda.device_of(x):
        kernel[grid](
            pixels,
            depth_m,
            focal_px.contiguous(),
            weights,
            scalars,
            scalars if bias is None else bias,
            output,
            step_px,
            pixel_count,
            height,
            width,
            rows,
            columns,
            channels,
            outputs,
            depth_m.stride(0),
            depth_m.stride(2),
            depth_m.stride(3),
            convolution.kernels,
            *window.kernel_size,
            *window.stride,
            *window.padding,
            *window.dilation,
            bias is not None,
            FARTHEST_STEPS,
            SMALLEST_SHARE,
            CHANNELS_AT_ONCE if channels > 16 else 16,
            **options,
        )
    return output.permute(0, 3, 1, 2)

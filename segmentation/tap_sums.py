"""Sum a convolution's taps where every neighbour counts with K shares: the same sum for graphs, and in place for speed.

Neither form unfolds the image: each tap is a slice of it, and the K kernels are stacked into one matrix per tap.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from segmentation.relative_depth import Window

# What a CPU core's second-level cache holds: stacked copies of this size are read back before they leave it.
BLOCK_BYTES = 2 * 1024 * 1024


def sum_of_taps(x: Tensor, shares: Tensor, tap_weights: Sequence[Tensor], window: Window) -> Tensor:
    """The sum in standard operators (Pad, Slice, Mul, Concat, Conv, Add): differentiable, and what is exported.

    Args:
        x: (N,C,H,W).
        shares: (N,K,T*h,w) of the same type, the taps along the rows.
        tap_weights: T matrices (O,K*C,1,1), the kernels stacked along the input channels.
        window: of the convolution.

    Returns:
        (N,O,h,w).
    """
    padded, size = window.pad(x), window.output_size(int(x.shape[2]), int(x.shape[3]))
    parts = []
    for index, (tap, weight) in enumerate(zip(window.taps, tap_weights, strict=True)):
        seen = window.view(padded, tap, size)
        share = shares[:, :, index * size[0] : (index + 1) * size[0]]
        stacked = torch.cat([seen * share[:, kernel : kernel + 1] for kernel in range(shares.shape[1])], 1)
        parts.append(functional.conv2d(stacked, weight))
    return sum(parts[1:], parts[0])


def sum_of_taps_in_blocks(x: Tensor, shares: Tensor, tap_weights: Sequence[Tensor], window: Window) -> Tensor:
    """The same sum, a block of rows at a time, added up in place; it has no gradient. Same arguments, same result.

    Pixels are rows of a matrix (channels last), so that a tap is one product that adds onto the output.
    """
    (count, channels, _, _), kernels = x.shape, shares.shape[1]
    height, width = window.output_size(int(x.shape[2]), int(x.shape[3]))
    vertical, horizontal = window.padding
    padded = functional.pad(x.permute(0, 2, 3, 1), (0, 0, horizontal, horizontal, vertical, vertical)).contiguous()
    taps = [window.view(padded.permute(0, 3, 1, 2), tap, (height, width)).permute(0, 2, 3, 1) for tap in window.taps]
    share = shares.permute(0, 2, 3, 1).contiguous().unflatten(1, (-1, height))  # (N,T,h,w,K)
    matrices = [weight[:, :, 0, 0].t() for weight in tap_weights]
    output = x.new_empty((count, height, width, tap_weights[0].shape[0]))

    rows = _rows_per_block(x, kernels * channels * width, height)
    block = x.new_empty((rows, width, kernels, channels))
    for image in range(count):
        for top in range(0, height, rows):
            here = slice(top, min(top + rows, height))
            stacked = block[: here.stop - top]
            total = output[image, here].view(-1, output.shape[3])
            for index, (seen, matrix) in enumerate(zip(taps, matrices, strict=True)):
                torch.mul(seen[image, here, :, None], share[image, index, here, :, :, None], out=stacked)
                total.addmm_(stacked.view(-1, kernels * channels), matrix, beta=0 if index == 0 else 1)
    return output.permute(0, 3, 1, 2).contiguous(memory_format=_memory_format(x))


def _rows_per_block(x: Tensor, row_elements: int, height: int) -> int:
    """Equal blocks that fit the cache on a CPU; all rows at once on a device, where launches cost more."""
    if x.device.type != "cpu":
        return height
    blocks = -(-height * row_elements * x.element_size() // BLOCK_BYTES)
    return -(-height // min(max(blocks, 1), height))


def _memory_format(x: Tensor) -> torch.memory_format:
    last = torch.channels_last
    return last if x.is_contiguous(memory_format=last) and not x.is_contiguous() else torch.contiguous_format

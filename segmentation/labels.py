"""Full-size labels and confidence from low-resolution logits, where the logits are.

Labels are exactly those of bilinear upsampling (half-pixel centres, as in F.interpolate with align_corners=False)
followed by argmax. On a CPU the upsampled logits never exist: a bilinear value is a convex combination of four source
cells, so where the four agree on the best class, that class stays the best. Only pixels between cells that disagree are
interpolated.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

PIXELS_AT_ONCE = 1 << 15  # keeps the interpolated rows of the undecided pixels in the cache


class LabelMap(NamedTuple):
    """labels: (H, W) uint8, the numbering of screens (class i is i + 1). confidence: (H, W) float16, 0..1."""

    labels: Tensor
    confidence: Tensor


class _Taps(NamedTuple):
    """Along one axis, for each output pixel: the two source cells (int64) and the second's weight (float32)."""

    first: Tensor
    second: Tensor
    weight: Tensor


@torch.inference_mode()
def label_map(logits: Tensor, size: tuple[int, int]) -> LabelMap:
    """Logits (1, C, h, w), floating, C <= 254 -> labels and confidence of `size` (height, width), on the same device.

    The confidence is the softmax probability of the best class at the logits' own resolution, upsampled bilinearly.
    Raises ValueError when the logits are not (1, C, h, w).
    """
    if logits.ndim != 4 or logits.shape[0] != 1 or logits.shape[1] > 254:
        raise ValueError(f"logits: expected (1, C <= 254, h, w), got {tuple(logits.shape)}")
    height, width = logits.shape[-2:]
    if logits.device.type == "cpu":
        rows = logits.float().contiguous(memory_format=torch.channels_last)  # no copy where they already are
        cells = rows.permute(0, 2, 3, 1).view(height * width, -1)
        peak, best = cells.max(dim=1)
        labels = _upsampled_labels(cells, best.to(torch.uint8).view(height, width), size)
        confidence = (cells - peak[:, None]).exp_().sum(dim=1).reciprocal_()
    else:
        labels = _upsampled(logits.float(), size).max(dim=1).indices[0].to(torch.uint8)
        confidence = logits.float().softmax(dim=1).amax(dim=1)
    confidence = _upsampled(confidence.view(1, 1, height, width), size)[0, 0]
    return LabelMap(labels + 1, confidence.to(torch.float16))


def _upsampled(maps: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)


def _upsampled_labels(cells: Tensor, best: Tensor, size: tuple[int, int]) -> Tensor:
    """cells (h * w, C) logits and their best class (h, w) uint8 -> best class (H, W) uint8 after upsampling."""
    rows, columns = _taps(best.shape[0], size[0]), _taps(best.shape[1], size[1])
    left, right = best.index_select(1, columns.first), best.index_select(1, columns.second)
    mixed = left != right
    labels = left.index_select(0, rows.first)
    undecided = labels != left.index_select(0, rows.second)
    undecided |= mixed.index_select(0, rows.first)
    undecided |= mixed.index_select(0, rows.second)
    corners, weights = _corners(best.shape, size)
    for pixels in undecided.view(-1).nonzero().view(-1).split(PIXELS_AT_ONCE):
        # An embedding bag is this very sum of weighted rows, in one pass over contiguous memory.
        logits = F.embedding_bag(
            corners.index_select(0, pixels), cells, per_sample_weights=weights.index_select(0, pixels), mode="sum"
        )
        # torch.max: torch.argmax takes longer for the same indices.
        labels.view(-1)[pixels] = logits.max(dim=1).indices.to(torch.uint8)
    return labels


@lru_cache(maxsize=2)  # 32 bytes for each output pixel
def _corners(source: tuple[int, int], size: tuple[int, int]) -> tuple[Tensor, Tensor]:
    """The four source cells (H * W, 4) int32 of every output pixel, and their weights (H * W, 4) float32."""
    rows, columns = _taps(source[0], size[0]), _taps(source[1], size[1])
    y, x = rows.weight[:, None], columns.weight[None, :]
    weights = torch.stack(((1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x), dim=-1)
    top, bottom = rows.first[:, None] * source[1], rows.second[:, None] * source[1]
    left, right = columns.first[None, :], columns.second[None, :]
    cells = torch.stack((top + left, top + right, bottom + left, bottom + right), dim=-1)
    return cells.to(torch.int32).view(-1, 4), weights.view(-1, 4)


@lru_cache(maxsize=8)
def _taps(cells: int, pixels: int) -> _Taps:
    """Half-pixel centres, in float32 and in the order in which F.interpolate computes them."""
    scale = torch.tensor(cells, dtype=torch.float32) / pixels
    position = ((torch.arange(pixels, dtype=torch.float32) + 0.5) * scale - 0.5).clamp_(min=0)
    first = position.to(torch.int64).clamp_(max=cells - 1)
    second = (first + 1).clamp_(max=cells - 1)
    return _Taps(first, second, (position - first).clamp_(0, 1))

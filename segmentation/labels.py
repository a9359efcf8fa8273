"""Full-size labels and confidence from low-resolution logits, where the logits are.

Labels are exactly those of bilinear upsampling (half-pixel centres, as in F.interpolate with align_corners=False)
followed by argmax. On a CPU the upsampled logits never exist: a bilinear value is a convex combination of four source
cells, so where the four agree on the best class, that class stays the best. Only pixels between cells that disagree are
interpolated.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from segmentation.classes import labels_from_ids

PIXELS_AT_ONCE = 1 << 17  # bounds the interpolated rows of undecided pixels to some 20 MB


class LabelMap(NamedTuple):
    """labels: (H, W) uint8, the numbering of screens (class i is i + 1). confidence: (H, W) float16, 0..1."""

    labels: Tensor
    confidence: Tensor


class BestClass(NamedTuple):
    """What a network's graph found at the logits' own resolution.

    labels: (h, w) of whole numbers, the numbering of screens. confidence: (h, w) float32, the softmax probability.
    """

    labels: NDArray[Any]
    confidence: NDArray[np.float32]


class _Taps(NamedTuple):
    """Along one axis, for each output pixel: the two source cells and the second's weight."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weight: NDArray[np.float32]


@torch.inference_mode()
def label_map(logits: Tensor, size: tuple[int, int], best: BestClass | None = None) -> LabelMap:
    """Logits (1, C, h, w), floating, C <= 255 -> labels and confidence of `size` (height, width), on the same device.

    best: of these logits, where it is known already and they are on a CPU.

    The confidence is the softmax probability of the best class at the logits' own resolution, upsampled bilinearly.
    Raises ValueError when the logits are not (1, C, h, w).
    """
    if logits.ndim != 4 or logits.shape[0] != 1 or logits.shape[1] > 255:
        raise ValueError(f"logits: expected (1, C <= 255, h, w), got {tuple(logits.shape)}")
    height, width = logits.shape[-2:]
    if logits.device.type == "cpu":
        rows = logits.float().contiguous(memory_format=torch.channels_last)  # no copy where they already are
        cells = rows.permute(0, 2, 3, 1).view(height * width, -1)
        ids, confidence = _best_of(cells, (height, width)) if best is None else _given(best)
        labels = torch.from_numpy(_upsampled_labels(cells, ids, size))
        confidence = _upsampled(confidence.view(1, 1, height, width), size)[0, 0]
        return LabelMap(labels_from_ids(labels), confidence.to(torch.float16))
    return upsampled_label_map(logits, size)


@torch.inference_mode()
def upsampled_label_map(logits: Tensor, size: tuple[int, int]) -> LabelMap:
    """What label_map gives, from upsampled logits: quicker on a GPU, which it never waits for."""
    logits = logits.float()
    labels = _upsampled(logits, size).max(dim=1).indices[0].to(torch.uint8)
    confidence = _upsampled(logits.softmax(dim=1).amax(dim=1, keepdim=True), size)[0, 0]
    return LabelMap(labels_from_ids(labels), confidence.to(torch.float16))


@torch.inference_mode()
def probability_map(logits: Tensor, size: tuple[int, int]) -> Tensor:
    """Logits (1, C, h, w), floating -> probabilities (C, H, W) float32 of `size` (height, width), on the same device.

    The softmax of the upsampled logits: what is scored. label_map finds the same best class without computing all this.
    """
    return _upsampled(logits.float(), size).softmax(dim=1)[0]


def _best_of(cells: Tensor, shape: tuple[int, int]) -> tuple[NDArray[np.uint8], Tensor]:
    """cells (h * w, C) -> the best class (h, w) and its probability (h * w)."""
    peak, best = cells.max(dim=1)
    return best.to(torch.uint8).view(shape).numpy(), (cells - peak[:, None]).exp_().sum(dim=1).reciprocal_()


def _given(best: BestClass) -> tuple[NDArray[np.uint8], Tensor]:
    return (best.labels - 1).astype(np.uint8), torch.from_numpy(best.confidence)


def _upsampled(maps: Tensor, size: tuple[int, int]) -> Tensor:
    return F.interpolate(maps, size=size, mode="bilinear", align_corners=False)


def _upsampled_labels(cells: Tensor, best: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """cells (h * w, C) logits and their best class (h, w) -> best class (H, W) after upsampling.

    The bookkeeping is numpy's: as torch operators each of its small steps would wait for every thread, which on a busy
    machine costs many times the step itself.
    """
    rows, columns = _taps(best.shape[0], size[0]), _taps(best.shape[1], size[1])
    left, right = best.take(columns.first, axis=1), best.take(columns.second, axis=1)
    mixed = left != right
    labels = left.take(rows.first, axis=0)
    undecided = labels != left.take(rows.second, axis=0)
    undecided |= mixed.take(rows.first, axis=0)
    undecided |= mixed.take(rows.second, axis=0)
    corners, weights = _corners(best.shape, size)
    pixels = np.flatnonzero(undecided)
    for some in np.split(pixels, range(PIXELS_AT_ONCE, len(pixels), PIXELS_AT_ONCE)):
        # An embedding bag is this very sum of weighted rows, in one pass over contiguous memory.
        picked = torch.from_numpy(corners.take(some, axis=0)), torch.from_numpy(weights.take(some, axis=0))
        logits = F.embedding_bag(picked[0], cells, per_sample_weights=picked[1], mode="sum")
        # torch.max: torch.argmax takes longer for the same indices.
        labels.reshape(-1)[some] = logits.max(dim=1).indices.numpy()
    return labels


@lru_cache(maxsize=2)  # 32 bytes for each output pixel
def _corners(source: tuple[int, int], size: tuple[int, int]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The four source cells (H * W, 4) of every output pixel, and their weights (H * W, 4)."""
    rows, columns = _taps(source[0], size[0]), _taps(source[1], size[1])
    y, x = rows.weight[:, None], columns.weight[None, :]
    weights = np.stack(((1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x), axis=-1)
    top, bottom = rows.first[:, None] * source[1], rows.second[:, None] * source[1]
    left, right = columns.first[None, :], columns.second[None, :]
    cells = np.stack((top + left, top + right, bottom + left, bottom + right), axis=-1)
    return cells.astype(np.int32).reshape(-1, 4), weights.reshape(-1, 4)


@lru_cache(maxsize=8)
def _taps(cells: int, pixels: int) -> _Taps:
    """Half-pixel centres, in float32 and in the order in which F.interpolate computes them."""
    scale = np.float32(cells) / np.float32(pixels)
    position = np.maximum((np.arange(pixels, dtype=np.float32) + np.float32(0.5)) * scale - np.float32(0.5), 0)
    first = np.minimum(position.astype(np.int64), cells - 1)
    second = np.minimum(first + 1, cells - 1)
    return _Taps(first, second, np.clip(position - first.astype(np.float32), 0, 1))

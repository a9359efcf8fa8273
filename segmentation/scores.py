"""Every class's probability for one frame, kept at the network's resolution and looked at only when someone asks."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F


class Scores:
    """The logits of one frame, (1, C, h, w) floating on any device, for questions about it at `size` (height, width).

    Keeping them costs nothing but memory (C * h * w numbers); each answer is computed when asked for, on any thread.
    Probabilities are the softmax at the network's resolution, upsampled bilinearly as labels.label_map does it: none is
    ever above the confidence of its pixel's label.
    """

    def __init__(self, logits: Tensor, size: tuple[int, int]) -> None:
        self._logits, self._size = logits, size

    @property
    def logits(self) -> Tensor:
        """As they were given: (1, C, h, w), on the device where the network runs; not to be changed."""
        return self._logits

    @torch.inference_mode()
    def probabilities(self) -> NDArray[np.float32]:
        """Of every class at the network's resolution, (C, h, w)."""
        return self._logits[0].float().softmax(dim=0).cpu().numpy()

    @torch.inference_mode()
    def at(self, x: int, y: int) -> NDArray[np.float32]:
        """Every class's probability (C,) at the frame's pixel (x, y)."""
        (height, width), (rows, columns) = self._size, self._logits.shape[-2:]
        top, bottom, down = _cells(y, height, rows)
        left, right, across = _cells(x, width, columns)
        cells = self._logits[0][:, [top, top, bottom, bottom], [left, right, left, right]].float().softmax(dim=0)
        weights = cells.new_tensor(((1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across))
        return (cells * weights).sum(dim=1).cpu().numpy()

    @torch.inference_mode()
    def entropy(self) -> NDArray[np.float32]:
        """Of the class probabilities at every pixel, (H, W): 0 = sure, 1 = all classes alike; 0 with only one class."""
        logs = self._logits.float().log_softmax(dim=1)
        bits = -(logs.exp() * logs).sum(dim=1, keepdim=True) / np.log(max(logs.shape[1], 2))
        return (
            F.interpolate(bits, size=self._size, mode="bilinear", align_corners=False)[0, 0].clamp(0, 1).cpu().numpy()
        )


def _cells(pixel: int, pixels: int, cells: int) -> tuple[int, int, float]:
    """The two cells around a pixel along one axis, and the second's weight; half-pixel centres."""
    position = max((pixel + 0.5) * cells / pixels - 0.5, 0.0)
    first = min(int(position), cells - 1)
    return first, min(first + 1, cells - 1), position - first

"""Every class's probability for one frame, kept at the network's resolution and looked at only when someone asks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from segmentation.errors import EngineUnavailableError


class ScoresLostError(EngineUnavailableError):
    """The device or process that held a frame's scores has gone, or has thrown them away meanwhile."""


class Scores:
    """The logits of one frame, (1, C, h, w) floating on any device, for questions about it at `size` (height, width).

    Keeping them costs nothing but memory (C * h * w numbers); each answer is computed when asked for, on any thread.
    Probabilities are the softmax at the network's resolution, upsampled bilinearly as labels.label_map does it: none is
    ever above the confidence of its pixel's label. Every answer is None once the scores are lost: their device failed,
    or whoever kept them elsewhere does so no more.
    """

    def __init__(self, logits: Tensor | Callable[[], Tensor], size: tuple[int, int]) -> None:
        """logits: the tensor, or what fetches it when it is first asked for; that may raise ScoresLostError."""
        self._logits, self._size = logits, size

    @property
    def logits(self) -> Tensor | None:
        """(1, C, h, w) as they were given, where they were given; not to be changed."""
        if not isinstance(self._logits, Tensor):
            try:
                self._logits = self._logits()
            except ScoresLostError:
                return None
        return self._logits

    @torch.inference_mode()
    def probabilities(self) -> NDArray[np.float32] | None:
        """Of every class at the network's resolution, (C, h, w)."""
        return self._answer(lambda logits: logits[0].float().softmax(dim=0))

    @torch.inference_mode()
    def at(self, x: int, y: int) -> NDArray[np.float32] | None:
        """Every class's probability (C,) at the frame's pixel (x, y)."""
        return self._answer(lambda logits: _interpolated(logits, self._size, x, y))

    @torch.inference_mode()
    def entropy(self) -> NDArray[np.float32] | None:
        """Of the class probabilities at every pixel, (H, W): 0 = sure, 1 = all classes alike; 0 with only one class."""
        return self._answer(lambda logits: _entropy(logits, self._size))

    def _answer(self, question: Callable[[Tensor], Tensor]) -> NDArray[np.float32] | None:
        logits = self.logits
        if logits is None:
            return None
        try:
            return question(logits).cpu().numpy()
        except RuntimeError:
            if logits.device.type == "cpu":
                raise
            return None  # after a GPU's fatal error nothing on it can be read


def _interpolated(logits: Tensor, size: tuple[int, int], x: int, y: int) -> Tensor:
    (height, width), (rows, columns) = size, logits.shape[-2:]
    top, bottom, down = _cells(y, height, rows)
    left, right, across = _cells(x, width, columns)
    cells = logits[0][:, [top, top, bottom, bottom], [left, right, left, right]].float().softmax(dim=0)
    weights = cells.new_tensor(((1 - down) * (1 - across), (1 - down) * across, down * (1 - across), down * across))
    return (cells * weights).sum(dim=1)


def _entropy(logits: Tensor, size: tuple[int, int]) -> Tensor:
    logs = logits.float().log_softmax(dim=1)
    bits = -(logs.exp() * logs).sum(dim=1, keepdim=True) / np.log(max(logs.shape[1], 2))
    return F.interpolate(bits, size=size, mode="bilinear", align_corners=False)[0, 0].clamp(0, 1)


def _cells(pixel: int, pixels: int, cells: int) -> tuple[int, int, float]:
    """The two cells around a pixel along one axis, and the second's weight; half-pixel centres."""
    position = max((pixel + 0.5) * cells / pixels - 0.5, 0.0)
    first = min(int(position), cells - 1)
    return first, min(first + 1, cells - 1), position - first

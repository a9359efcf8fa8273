"""Resizing a picture as OpenCV does, as two matrix products: what shrinks is averaged, what grows is interpolated."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


class ColorResize:
    """Pictures of one size (height, width) -> another, in whole grey levels as preprocess.resized_color gives them.

    They are the same to within one level, and exactly the same where both sides are halved or nothing changes.
    """

    def __init__(self, size: tuple[int, int], wanted: tuple[int, int], device: torch.device) -> None:
        shrinks = wanted[0] <= size[0] and wanted[1] <= size[1]
        weights = _areas if shrinks else _lines
        self._rows, self._columns = (
            None if size[axis] == wanted[axis] else torch.from_numpy(weights(size[axis], wanted[axis])).to(device)
            for axis in (0, 1)
        )
        # OpenCV rounds halves to even, except where it adds four pixels as whole numbers.
        self._round = _round_half_up if size == (2 * wanted[0], 2 * wanted[1]) else torch.round

    def __call__(self, color: Tensor) -> Tensor:
        """(H, W, 3) uint8 -> (h, w, 3) float32 of whole numbers."""
        picture = color.float()
        if self._rows is not None:
            picture = (self._rows @ picture.flatten(1)).unflatten(1, picture.shape[1:])
        if self._columns is not None:
            picture = self._columns @ picture  # one product for each row
        return self._round(picture).clamp(0, 255)


def _round_half_up(values: Tensor) -> Tensor:
    return (values + 0.5).floor()


def _areas(pixels: int, picks: int) -> NDArray[np.float32]:
    """(picks, pixels): how much of each pick every pixel covers."""
    scale = pixels / picks
    first, pixel = np.arange(picks)[:, None] * scale, np.arange(pixels)[None, :]
    covered = np.minimum(first + scale, pixel + 1) - np.maximum(first, pixel)
    return (covered.clip(0, 1) / scale).astype(np.float32)


def _lines(pixels: int, picks: int) -> NDArray[np.float32]:
    """(picks, pixels): the weights of the two pixels beside each pick's centre; half-pixel centres."""
    position = ((np.arange(picks) + 0.5) * pixels / picks - 0.5).clip(0, pixels - 1)
    away = np.abs(position[:, None] - np.arange(pixels)[None, :])
    return (1 - away).clip(0).astype(np.float32)

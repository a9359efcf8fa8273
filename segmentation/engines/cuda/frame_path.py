"""From a raw frame to the network's input and from logits to labels, as functions of tensors on one device."""

from __future__ import annotations

import torch
from torch import Tensor

from segmentation.checkpoints.card import ModelCard
from segmentation.engines.cuda.resize import ColorResize
from segmentation.engines.host_engine import pack
from segmentation.labels import upsampled_label_map
from segmentation.preprocess import NetworkInput, pixels_under


class FramePath:
    """What happens to frames of one size (height, width) around the network; the same as preprocess.py and labels.py.

    Nothing in it waits for the device or depends on values, so that it can be recorded as a graph of launches.
    """

    def __init__(self, size: tuple[int, int], card: ModelCard, device: torch.device, dtype: torch.dtype) -> None:
        width, height = card.input_size
        self.size, self._dtype = size, dtype
        self._resize = ColorResize(size, (height, width), device)
        self._table = torch.from_numpy(card.normalisation.table()).to(device)
        self._rows, self._columns = (
            torch.from_numpy(pixels_under(pixels, picks)).to(device)
            for pixels, picks in zip(size, (height, width), strict=True)
        )

    def prepare(self, color: Tensor, depth_m: Tensor, focal_px: Tensor) -> NetworkInput:
        """The network's input.

        color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32 metres; what is not a positive number counts as no reading.
        focal_px: (2,) float32, fx and fy in pixels of the network's input.
        """
        levels = self._resize(color)
        normalised = self._table.gather(0, levels.flatten(0, 1).long()).view_as(levels).to(self._dtype)
        picked = depth_m.index_select(0, self._rows).index_select(1, self._columns)
        readings_m = torch.where((picked > 0) & (picked < torch.inf), picked, 0.0)
        # The batch comes first: added last, its stride is not channels-last's, and padding would give another layout.
        return NetworkInput(normalised[None].permute(0, 3, 1, 2), readings_m[None, None], focal_px[None])

    def finish(self, logits: Tensor) -> Tensor:
        """Labels and confidence of the frame's size in one row of bytes, as host_engine.unpack takes them."""
        return pack(upsampled_label_map(logits, self.size))

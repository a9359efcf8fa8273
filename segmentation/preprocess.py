"""The one way from a frame to the network's input, for training, evaluation and live use alike.

A frame of any size is stretched to the network's input size; fx and fy follow their own axis, and the malleable layers
take both, so a frame of another aspect ratio keeps its geometry. Depth stays in metres: the network itself normalises.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class ColorNormalisation:
    """Mean and standard deviation of red, green and blue, each scaled to 0..1; ImageNet's unless told otherwise."""

    mean: tuple[float, float, float] = (0.485, 0.456, 0.406)
    std: tuple[float, float, float] = (0.229, 0.224, 0.225)

    def __post_init__(self) -> None:
        if len(self.mean) != 3 or len(self.std) != 3 or not np.isfinite((*self.mean, *self.std)).all():
            raise ValueError(f"expected three finite means and deviations, got {self.mean} and {self.std}")
        if min(self.std) <= 0:
            raise ValueError(f"standard deviations must be positive, got {self.std}")

    def table(self) -> NDArray[np.float32]:
        """What becomes of every grey level of red, green and blue: (256, 3)."""
        colors = np.arange(256, dtype=np.float64)[:, None] / 255
        return ((colors - self.mean) / self.std).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class NetworkInput:
    """A frame as the network takes it, on the CPU.

    color: (1, 3, h, w) float32, normalised, channels-last in memory. depth_m: (1, 1, h, w) float32 metres, 0 = no
    reading. focal_px: (1, 2) float32, fx and fy in pixels of these images.
    """

    color: Tensor
    depth_m: Tensor
    focal_px: Tensor


class Preprocessor:
    """Frames of any size -> network inputs of one size (width, height)."""

    def __init__(self, input_size: tuple[int, int], normalisation: ColorNormalisation | None = None) -> None:
        if min(input_size) <= 0:
            raise ValueError(f"input size must be positive, got {input_size[0]}x{input_size[1]}")
        self.input_size = input_size
        self.normalisation = normalisation or ColorNormalisation()
        self._table = self.normalisation.table()[None]

    def __call__(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NetworkInput:
        """Resize and normalise a frame.

        color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32 metres, 0 = no reading; what is negative or not finite
        counts as no reading. focal_px: fx and fy in pixels of these images. Raises ValueError for anything else.
        """
        check_frame(color, depth_m, focal_px)
        width, height = self.input_size
        scaled_px = focal_px[0] * width / color.shape[1], focal_px[1] * height / color.shape[0]
        normalised = cv2.LUT(resized_color(color, self.input_size), self._table)
        depth_m = picked_nearest(depth_m, self.input_size)
        readings_m = np.where(np.isfinite(depth_m) & (depth_m > 0), depth_m, np.float32(0))
        return NetworkInput(
            color=torch.from_numpy(normalised).permute(2, 0, 1)[None],
            depth_m=torch.from_numpy(readings_m)[None, None],
            focal_px=torch.tensor([scaled_px], dtype=torch.float32),
        )


def resized_color(color: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 -> (h, w, 3) for size (w, h): area averages where it shrinks, bilinear where it grows."""
    height, width = color.shape[:2]
    if (width, height) == size:
        return color
    shrinks = size[0] <= width and size[1] <= height
    resized: Any = cv2.resize(color, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return resized


def picked_nearest(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """(H, W) of any type -> (h, w) for size (w, h): each pixel is the one of the image under its centre, never a mix.

    For depth, whose zeros mean no reading, and for labels. An image that has the size is returned itself, not a copy.
    """
    height, width = image.shape
    if (width, height) == size:
        return image
    # OpenCV's own nearest takes the pixel under the corner, which shifts the image by up to half a step.
    return image.take(pixels_under(height, size[1]), axis=0).take(pixels_under(width, size[0]), axis=1)


@lru_cache(maxsize=16)
def pixels_under(pixels: int, picks: int) -> NDArray[np.int64]:
    """Along one axis: which of the pixels lies under the centre of each pick. Not to be changed."""
    return (2 * np.arange(picks) + 1) * pixels // (2 * picks)


def check_frame(color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]) -> None:
    """Raise ValueError, with what was expected and what came, unless the three make a frame."""
    if color.ndim != 3 or color.shape[2] != 3 or color.dtype != np.uint8 or not color.size:
        raise ValueError(f"color: expected (H, W, 3) uint8, got {color.shape} {color.dtype}")
    if depth_m.shape != color.shape[:2] or depth_m.dtype != np.float32:
        raise ValueError(
            f"depth_m: expected {color.shape[:2]} float32 as color has, got {depth_m.shape} {depth_m.dtype}"
        )
    if len(focal_px) != 2 or not np.isfinite(focal_px).all() or min(focal_px) <= 0:
        raise ValueError(f"focal_px: expected fx and fy in pixels, positive, got {tuple(focal_px)}")

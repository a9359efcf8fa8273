"""What augmentation takes and gives: one labelled frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFrame:
    """Colour, depth and labels that share one camera.

    color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32 metres, 0 = no reading. label: (H, W) uint8, 0 = void, class
    i is i + 1. intrinsics: of all three. Raises ValueError where they do not fit together.
    """

    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    label: NDArray[np.uint8]
    intrinsics: CameraIntrinsics

    def __post_init__(self) -> None:
        height, width = self.intrinsics.height, self.intrinsics.width
        found = self.color.shape, self.depth_m.shape, self.label.shape
        if found != ((height, width, 3), (height, width), (height, width)):
            raise ValueError(f"expected colour, depth and label of {width}x{height} as the intrinsics say, got {found}")
        if (self.color.dtype, self.depth_m.dtype, self.label.dtype) != (np.uint8, np.float32, np.uint8):
            raise ValueError(
                "expected uint8 colour, float32 depth and uint8 label, got"
                f" {self.color.dtype}, {self.depth_m.dtype} and {self.label.dtype}"
            )


class Augmentation(Protocol):
    """Makes another frame of a frame: of the network's input size, and the same one for the same state of `rng`."""

    def __call__(self, frame: LabelledFrame, rng: np.random.Generator) -> LabelledFrame:
        """The new frame; the old one is left as it was."""
        ...

"""The malleable recipe's augmentation: one of five scales, a square crop, a mirror; colours and readings stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.augment.frame import LabelledFrame
from training.augment.pinhole import PinholeChange
from training.augment.viewpoint import mirrored_intrinsics

SCALES = (0.75, 1.0, 1.25, 1.5, 1.75)  # of the published code, as likely one as the other


@dataclass(frozen=True, slots=True)
class MalleableAugmentation:
    """Frames of frame_size (width, height), scaled, then cropped to `size`, mirrored or not.

    The published code leaves fx and fy as they are when it scales an image; here they follow, so that a malleable
    layer's grid keeps its metres. Where the scaled frame is smaller than the crop, the rest is unknown and void.
    """

    frame_size: tuple[int, int]
    size: tuple[int, int]
    mirror: float = 0.5

    def __call__(self, frame: LabelledFrame, rng: np.random.Generator) -> LabelledFrame:
        """The new frame, of `size`."""
        scale = float(rng.choice(SCALES))
        width, height = (round(side * scale) for side in self.frame_size)
        scaled = frame.intrinsics.resized(width, height)
        left, top = (round(rng.random() * room) for room in (width - self.size[0], height - self.size[1]))
        camera = scaled.cropped(left, top, *self.size)
        mirrored = rng.random() < self.mirror
        return PinholeChange(mirrored_intrinsics(camera) if mirrored else camera, mirrored=mirrored).apply(frame)

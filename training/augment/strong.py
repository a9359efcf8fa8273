"""The strong recipe's augmentation: another camera, other light, another depth sensor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np

from training.augment.color import STRONG_COLOR_STEPS, ColorStep
from training.augment.depth import STRONG_DEPTH_STEPS, STRONG_WHOLE_DEPTH_STEPS, DepthStep
from training.augment.frame import LabelledFrame
from training.augment.viewpoint import ViewpointRanges

Image = TypeVar("Image")


@dataclass(frozen=True, slots=True)
class StrongAugmentation:
    """Geometry first, so that what follows works on the network's size; then colour and depth, each on its own.

    input_size: width and height. color_steps, depth_steps: probabilities with what then happens, in this order.
    whole_depth_steps: the same, but before the geometry adds a border, which must not be taken for holes.
    """

    input_size: tuple[int, int]
    viewpoint: ViewpointRanges = field(default_factory=ViewpointRanges)
    color_steps: Sequence[tuple[float, ColorStep]] = STRONG_COLOR_STEPS
    whole_depth_steps: Sequence[tuple[float, DepthStep]] = STRONG_WHOLE_DEPTH_STEPS
    depth_steps: Sequence[tuple[float, DepthStep]] = STRONG_DEPTH_STEPS

    def __call__(self, frame: LabelledFrame, rng: np.random.Generator) -> LabelledFrame:
        """The new frame, of input_size."""
        whole = replace(frame, depth_m=_taken(self.whole_depth_steps, frame.depth_m, rng))
        seen = self.viewpoint.draw(frame.intrinsics, self.input_size, rng).apply(whole)
        color = _taken(self.color_steps, seen.color, rng)
        return replace(seen, color=color, depth_m=_taken(self.depth_steps, seen.depth_m, rng))


def _taken(
    steps: Sequence[tuple[float, Callable[[Image, np.random.Generator], Image]]],
    image: Image,
    rng: np.random.Generator,
) -> Image:
    for probability, step in steps:
        if rng.random() < probability:
            image = step(image, rng)
    return image

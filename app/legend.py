"""Which classes are in view, and how much of the picture each takes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segmentation.result import Segmentation

LEAST_SHARE = 0.005


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A class in view. color: RGB 0..255. share: of all pixels, 0..1."""

    label: int
    name: str
    color: tuple[int, int, int]
    share: float


def legend(segmentation: Segmentation, limit: int = 12) -> list[LegendEntry]:
    """The `limit` largest classes in view, in the order of their labels, so that they stay in place between frames."""
    labels = segmentation.labels[::2, ::2]  # a quarter of the pixels tells the shares well enough
    shares = np.bincount(labels.ravel(), minlength=len(segmentation.classes.names)) / labels.size
    shares[0] = 0  # void is not a class
    largest = np.sort(np.argsort(-shares, kind="stable")[:limit])
    return [
        LegendEntry(int(label), segmentation.classes.names[label], _rgb(segmentation, int(label)), float(shares[label]))
        for label in largest
        if shares[label] >= LEAST_SHARE
    ]


def _rgb(segmentation: Segmentation, label: int) -> tuple[int, int, int]:
    red, green, blue = (int(value) for value in segmentation.classes.colors[label])
    return red, green, blue

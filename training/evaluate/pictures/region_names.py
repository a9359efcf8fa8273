"""Where the names of a label map's regions fit."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet

LEAST_NAMED = 0.012  # of the picture; smaller regions have no room for a name
LEAST_WIDTH = 0.035  # of the picture's width, at the region's widest


@dataclass(frozen=True, slots=True)
class RegionName:
    """A class's name and the pixel it is written around."""

    name: str
    x: int
    y: int


def region_names(labels: NDArray[np.uint8], classes: ClassSet) -> list[RegionName]:
    """For each class the middle of the widest place of its largest region, where there is room for the name."""
    found = (_region_name(labels == label, classes.names[label]) for label in np.unique(labels) if label)
    return [name for name in found if name is not None]


def _region_name(mask: NDArray[np.bool_], name: str) -> RegionName | None:
    _, regions, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if len(stats) < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    if stats[largest, cv2.CC_STAT_AREA] < LEAST_NAMED * mask.size:
        return None
    # The frame of zeros keeps names off the picture's edge.
    inner = np.pad((regions == largest).astype(np.uint8), 1)
    distance = cv2.distanceTransform(inner, cv2.DIST_L2, 3)
    _, widest, _, (x, y) = cv2.minMaxLoc(distance)
    return RegionName(name, x - 1, y - 1) if 2 * widest >= LEAST_WIDTH * mask.shape[1] else None

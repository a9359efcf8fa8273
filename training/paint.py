"""Depth and labels as colours, for every picture that training draws."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet
from training.surroundings import is_street

FAR_M, STREET_M = 6.0, 80.0  # what is far in a room and in a street
NEAR_STEP, FAR_STEP = 241, 14  # the map's ends are nearly black, which here means "no reading"


def paint_depth(depth_m: NDArray[np.float32], far_m: float = FAR_M) -> NDArray[np.uint8]:
    """(H, W) float32 metres, 0 = no reading -> (H, W, 3) uint8 RGB: red is near, blue far_m or more, black nothing."""
    steps = NEAR_STEP - (NEAR_STEP - FAR_STEP) * np.clip(depth_m / far_m, 0, 1)
    colors = cv2.applyColorMap(steps.astype(np.uint8), cv2.COLORMAP_TURBO)
    colors[depth_m <= 0] = 0
    return np.ascontiguousarray(colors[..., ::-1], np.uint8)


def far_of(classes: ClassSet) -> float:
    """The depth to paint blue, in metres, where these classes are labelled: in a street or in a room."""
    return STREET_M if is_street(classes.name) else FAR_M


def paint_labels(labels: NDArray[np.uint8], classes: ClassSet) -> NDArray[np.uint8]:
    """(H, W) uint8, 0 = void -> (H, W, 3) uint8 RGB in the class set's colours."""
    return classes.colors[labels]

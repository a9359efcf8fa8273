"""Class names written into the picture, where colours alone would not do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from app.legend import LEAST_SHARE
from app.text import draw_box, draw_text, text_width
from segmentation.result import Segmentation

STEP_PX = 4  # of the labels, every so many pixels are looked at
MOST = 24


@dataclass(frozen=True, slots=True)
class Name:
    """at: the frame's pixel (x, y) around which there is most room. room_px: how far it is from there to the edge."""

    text: str
    at: tuple[float, float]
    room_px: float


def find_names(segmentation: Segmentation, shows: Callable[[int], bool] = lambda _: True) -> list[Name]:
    """One for each large connected area of a class that is shown, the largest first."""
    labels = np.ascontiguousarray(segmentation.labels[::STEP_PX, ::STEP_PX])
    counts = np.bincount(labels.ravel())
    names = []
    for label in np.flatnonzero(counts >= LEAST_SHARE * labels.size):
        if label > 0 and shows(int(label)):
            names += _names_of(labels == label, segmentation.classes.names[label])
    return sorted(names, key=lambda name: -name.room_px)[:MOST]


def _names_of(here: NDArray[np.bool_], text: str) -> list[Name]:
    count, areas, stats, _ = cv2.connectedComponentsWithStats(here.astype(np.uint8), connectivity=4)
    names = []
    for area in range(1, count):
        if stats[area, cv2.CC_STAT_AREA] < LEAST_SHARE * here.size:
            continue
        inside = np.pad((areas == area).astype(np.uint8), 1)
        distances = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
        y, x = np.unravel_index(int(distances.argmax()), distances.shape)
        names.append(Name(text, (float(x - 1) * STEP_PX, float(y - 1) * STEP_PX), float(distances.max()) * STEP_PX))
    return names


def draw_names(
    image: NDArray[np.uint8], names: list[Name], scale: tuple[float, float] = (1.0, 1.0), *, size: int = 12
) -> None:
    """Write them on an RGB image that is so many times as wide and high as the frame; none over another."""
    taken: list[tuple[int, int, int, int]] = []
    height = round(size * 1.4)
    for name in names:
        width = text_width(name.text, size) + 6
        left = int(np.clip(name.at[0] * scale[0] - width / 2, 0, max(0, image.shape[1] - width)))
        top = int(np.clip(name.at[1] * scale[1] - height / 2, 0, max(0, image.shape[0] - height)))
        place = (left, top, left + width, top + height)
        if 2 * name.room_px * scale[1] < height or any(_overlap(place, other) for other in taken):
            continue
        taken.append(place)
        draw_box(image, *place)
        draw_text(image, name.text, (left + 3, top), size=size)


def _overlap(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]

"""What has been clicked, and what is there in the newest frame."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from app.query import query_distance, query_pixel, query_region
from app.query.pixel import DistanceAnswer, PixelAnswer, Place
from app.query.region import RegionAnswer
from app.result import Result

Asks = Literal["point", "distance", "region"]
ASKS: tuple[Asks, ...] = ("point", "distance", "region")
Pixel = tuple[int, int]
Share = tuple[float, float]  # of the image's width and height, 0 to below 1: frames may change their size


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """What is asked for, and what to draw for it.

    pixels: to mark in the pictures. places_m: to mark in the cloud. edges_m: (N, 2, 3), lines in the cloud.
    """

    told: PixelAnswer | DistanceAnswer | RegionAnswer
    pixels: tuple[Pixel, ...]
    places_m: tuple[Place, ...]
    edges_m: NDArray[np.float64]


class Asking:
    """The places that were clicked; they stay where they are in the image while frames pass. Callable on any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asks: Asks = "point"
        self._asked: Asks = "point"  # for what was clicked last
        self._clicked: tuple[Share, ...] = ()

    @property
    def asks(self) -> Asks:
        """What a click asks for; setting it forgets the second of two places."""
        return self._asks

    @asks.setter
    def asks(self, asks: Asks) -> None:
        with self._lock:
            self._asks = self._asked = asks
            self._clicked = self._clicked[-1:]

    def click(self, at: Share, asks: Asks | None = None) -> None:
        """Ask for a place; for a distance every second click completes a pair. asks: this time for something else."""
        with self._lock:
            self._asked = asks or self._asks
            is_second = self._asked == "distance" and len(self._clicked) == 1
            self._clicked = (*self._clicked, at) if is_second else (at,)

    def drag(self, first: Share, second: Share) -> None:
        """Ask for the distance between two places, whatever a click asks for."""
        with self._lock:
            self._clicked = (first, second)

    def forget(self) -> None:
        """Ask for nothing."""
        with self._lock:
            self._clicked = ()

    def answer(self, result: Result) -> Answer | None:
        """For this frame; None while nothing is asked for."""
        with self._lock:
            asks, clicked = self._asked, self._clicked
        height, width = result.frame.depth_m.shape
        pixels = tuple((int(x * width), int(y * height)) for x, y in clicked)
        if not pixels:
            return None
        if len(pixels) == 2:
            return _answer_distance(result, *pixels)
        return _answer_region(result, pixels[0]) if asks == "region" else _answer_pixel(result, pixels[0])


def share_of(pixel: Pixel, result: Result) -> Share:
    """Where the middle of a pixel lies in the image."""
    height, width = result.frame.depth_m.shape
    return (pixel[0] + 0.5) / width, (pixel[1] + 0.5) / height


def _answer_pixel(result: Result, pixel: Pixel) -> Answer:
    told = query_pixel(result.frame, result.segmentation, *pixel)
    return Answer(told, (pixel,), _known(told.xyz_m), _lines([]))


def _answer_distance(result: Result, first: Pixel, second: Pixel) -> Answer:
    told = query_distance(result.frame, first, second)
    places_m = _known(told.first_m, told.second_m)
    return Answer(told, (first, second), places_m, _lines([places_m] if len(places_m) == 2 else []))


def _answer_region(result: Result, pixel: Pixel) -> Answer:
    told = query_region(result.frame, result.segmentation, *pixel)
    edges_m = _lines([]) if told.box is None else told.box.edges_m()
    return Answer(told, (pixel,), _known(told.centroid_m), edges_m)


def _known(*places_m: Place | None) -> tuple[Place, ...]:
    return tuple(place for place in places_m if place is not None)


def _lines(pairs: list) -> NDArray[np.float64]:
    return np.array(pairs, np.float64).reshape(-1, 2, 3)

"""What is at a pixel: its class, how sure that is, and where it is; and how far two pixels are from each other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.cloud import ray_at
from segmentation.result import Segmentation
from sensors.frames import Frame

Place = tuple[float, float, float]  # x right, y down, z forward in the colour camera's space, metres


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The likeliest class but for the one that was chosen. probability: 0..1."""

    class_name: str
    probability: float


@dataclass(frozen=True, slots=True)
class PixelAnswer:
    """What is at pixel `at` (x, y).

    class_name: "void" where there is no class or no model. confidence: 0..1. depth_m, xyz_m: metres in the colour
    camera's space (x right, y down, z forward), None where the camera measured no depth. runner_up: None where only
    the best class is known.
    """

    at: tuple[int, int]
    class_name: str
    confidence: float
    depth_m: float | None
    xyz_m: Place | None
    runner_up: RunnerUp | None = None


@dataclass(frozen=True, slots=True)
class DistanceAnswer:
    """Two pixels (x, y), their places, and the straight line between these.

    first_m, second_m: as PixelAnswer.xyz_m. distance_m: None unless both have a depth.
    """

    first: tuple[int, int]
    second: tuple[int, int]
    first_m: Place | None
    second_m: Place | None
    distance_m: float | None


def query_pixel(frame: Frame, segmentation: Segmentation, x: int, y: int) -> PixelAnswer:
    """The answer for pixel (x, y), 0-based. Raises ValueError outside the image."""
    place = place_at(frame, x, y)
    label = int(segmentation.labels[y, x])
    return PixelAnswer(
        at=(x, y),
        class_name=segmentation.classes.names[label],
        confidence=float(segmentation.confidence[y, x]),
        depth_m=None if place is None else place[2],
        xyz_m=place,
        runner_up=_runner_up(segmentation, label, x, y),
    )


def query_distance(frame: Frame, first: tuple[int, int], second: tuple[int, int]) -> DistanceAnswer:
    """How far the places at two pixels (x, y) are from each other. Raises ValueError outside the image."""
    first_m, second_m = place_at(frame, *first), place_at(frame, *second)
    distance_m = None if first_m is None or second_m is None else math.dist(first_m, second_m)
    return DistanceAnswer(first, second, first_m, second_m, distance_m)


def place_at(frame: Frame, x: int, y: int) -> Place | None:
    """Where pixel (x, y) is, in metres; None where the camera measured no depth. Raises ValueError outside the image.

    The pixel's own reading: none is made up from its neighbours'.
    """
    check_inside(frame, x, y)
    depth_m = float(frame.depth_m[y, x])
    if depth_m <= 0:
        return None
    ray_x, ray_y = ray_at(frame.intrinsics, np.array(x), np.array(y))
    return float(ray_x) * depth_m, float(ray_y) * depth_m, depth_m


def check_inside(frame: Frame, x: int, y: int) -> None:
    """Raise ValueError for a pixel outside the image."""
    height, width = frame.depth_m.shape
    if not (0 <= x < width and 0 <= y < height):
        raise ValueError(f"pixel ({x}, {y}) is outside the {width}x{height} image")


def _runner_up(segmentation: Segmentation, label: int, x: int, y: int) -> RunnerUp | None:
    if segmentation.scores is None or len(segmentation.classes) < 2:
        return None
    shares = segmentation.scores.at(x, y)
    if shares is None:
        return None
    if label > 0:
        shares[label - 1] = -1  # scores have no void: class i of the network is label i + 1
    best = int(shares.argmax())
    return RunnerUp(segmentation.classes.names[best + 1], float(shares[best]))

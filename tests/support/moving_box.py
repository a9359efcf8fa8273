"""A box before a wall, seen exactly by a moving camera, and a network that is unsure and spills over edges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from segmentation.classes import class_set
from segmentation.labels import label_map
from segmentation.result import Segmentation
from segmentation.scores import Scores
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics, RigidTransform

CAMERA = CameraIntrinsics(320, 240, 300.0, 301.0, 160.3, 119.1)
GRID = (120, 160)  # rows and columns of the network's output
WALL_M, BOX_M = 2.5, 1.5
WALL, DADO, BOX = 1, 2, 3  # labels; below DADO_Y_M the wall is another class
DADO_Y_M = 0.6
CLASSES = class_set("sunrgbd37")


@dataclass(frozen=True)
class Moment:
    """Frame number `index`, taken at camera_m (x, y); the box's middle is at box_m (x, y), both in the world's metres.

    depth_noise_m: standard deviation at 1 m, growing with the square of the distance; seed: of the noise.
    """

    index: int
    camera_m: tuple[float, float] = (0.0, 0.0)
    box_m: tuple[float, float] = (0.0, 0.0)
    has_box: bool = True
    depth_noise_m: float = 0.0
    seed: int = 0

    @cached_property
    def on_box(self) -> NDArray[np.bool_]:
        """(H, W): the pixels that show the box."""
        x, y = self._places(BOX_M)
        return self.has_box & (np.abs(x - self.box_m[0]) < 0.25) & (np.abs(y - self.box_m[1]) < 0.2)

    @cached_property
    def truth(self) -> NDArray[np.uint8]:
        """(H, W) true labels."""
        _, y = self._places(WALL_M)
        return np.where(self.on_box, BOX, np.where(y < DADO_Y_M, WALL, DADO)).astype(np.uint8)

    @cached_property
    def frame(self) -> Frame:
        """Colour and depth; surfaces carry soft patterns of their own."""
        shade = np.where(self.on_box, _pattern(*self._places(BOX_M), 9.0), _pattern(*self._places(WALL_M), 7.0))
        tint = np.where(self.on_box[..., None], (0.9, 0.6, 0.3), (0.6, 0.7, 0.8))
        color = (shade[..., None] * tint * 255).astype(np.uint8)
        depth_m = np.where(self.on_box, BOX_M, WALL_M).astype(np.float32)
        noise = np.random.default_rng((self.seed, self.index, 1)).normal(size=depth_m.shape)
        depth_m += (self.depth_noise_m * depth_m**2 * noise).astype(np.float32)
        return Frame(self.index, self.index / 30, color, depth_m, CAMERA)

    def near_the_edge(self, within_px: float) -> NDArray[np.bool_]:
        """(H, W): pixels at most so far from the box's outline, on either side."""
        inside = self.on_box.astype(np.uint8)
        to_outside, to_inside = (cv2.distanceTransform(side, cv2.DIST_L2, 5) for side in (inside, 1 - inside))
        return np.maximum(to_outside, to_inside) <= within_px

    def _places(self, depth_m: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x and y (H, W) in the world of what lies at this depth."""
        x, y = np.meshgrid(np.arange(CAMERA.width), np.arange(CAMERA.height))
        return (
            (x - CAMERA.cx) / CAMERA.fx * depth_m + self.camera_m[0],
            (y - CAMERA.cy) / CAMERA.fy * depth_m + self.camera_m[1],
        )


def _pattern(x: NDArray[np.float64], y: NDArray[np.float64], per_m: float) -> NDArray[np.float64]:
    return 0.6 + 0.2 * np.sin(per_m * x + np.sin(5 * y)) * np.cos(per_m * y + 2) + 0.15 * np.sin(17 * x + 11 * y)


class UnsureNetwork:
    """Moment -> Segmentation. spill_cells: how far edges are blurred; noise: of the logits, new in every frame.

    logits: of the right class over the others.
    """

    def __init__(self, *, spill_cells: float = 1.0, noise: float = 0.0, logits: float = 4.0, seed: int = 0) -> None:
        self._spill_cells, self._noise, self._logits, self._seed = spill_cells, noise, logits, seed

    def __call__(self, moment: Moment) -> Segmentation:
        planes = [(moment.truth == label).astype(np.float32) for label in range(1, 5)]
        small = [cv2.resize(plane, GRID[::-1], interpolation=cv2.INTER_AREA) for plane in planes]
        soft = np.stack([cv2.GaussianBlur(plane, (0, 0), self._spill_cells) for plane in small])
        rng = np.random.default_rng((self._seed, moment.index, 2))
        noise = np.stack([cv2.GaussianBlur(rng.normal(size=GRID), (0, 0), 2.0) for _ in planes])
        logits = self._logits * soft + self._noise * noise / noise.std()
        return segmentation_of(torch.from_numpy(logits[None].astype(np.float32)), moment.truth.shape)


def segmentation_of(logits: torch.Tensor, size: tuple[int, int]) -> Segmentation:
    """As an engine makes it."""
    labels, confidence = label_map(logits, size)
    return Segmentation(labels.numpy(), confidence.numpy(), CLASSES, True, {"inference": 1.0}, Scores(logits, size))


class KnownMotion:
    """previous_from_current of cameras that are known, as if they had been found."""

    def __init__(self, camera_at: Callable[[int], tuple[float, float]]) -> None:
        self._camera_at = camera_at
        self._last: int | None = None

    def __call__(self, frame: Frame) -> RigidTransform | None:
        """None for the first."""
        last, self._last = self._last, frame.index
        if last is None:
            return None
        (x, y), (last_x, last_y) = self._camera_at(frame.index), self._camera_at(last)
        return RigidTransform(translation_m=np.array([x - last_x, y - last_y, 0.0]))

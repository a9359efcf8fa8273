"""The augmentation of DeResUNet's slides, item by item, in the API of albumentations 2.0.8.

docs/training.md says how each argument was carried over from the API before 1.4 that the slides use.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any

import cv2
import numpy as np

from segmentation.preprocess import picked_nearest, resized_color
from training.augment.fitted_camera import fitted_camera, inside, rays_of
from training.augment.frame import LabelledFrame

os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"  # else the import asks the network for a newer version

import albumentations as A

# The kernels of the old GaussianBlur(blur_limit=(3, 7)) with the deviations that OpenCV derives from their sizes.
GAUSSIAN_KERNELS = ((3, 0.8), (5, 1.1), (7, 1.4))
DRAWS, LEAST_INSIDE = 20, 0.2


def color_list() -> list[Any]:
    """What happens to colours alone."""
    return [
        A.RGBShift(r_shift_limit=20, g_shift_limit=20, b_shift_limit=20, p=0.95),
        A.OneOf(
            [
                A.Blur(blur_limit=(3, 3), p=0.5),
                A.ColorJitter(brightness=0.2, contrast=0.2, saturation=0.2, hue=0.2, p=0.8),
            ],
            p=0.8,
        ),
        A.CLAHE(clip_limit=(1, 4), tile_grid_size=(8, 8), p=0.5),
        A.RandomBrightnessContrast(brightness_limit=0.2, contrast_limit=0.2, p=0.6),
        A.OneOf([A.GaussianBlur((size, size), (sigma, sigma), p=1) for size, sigma in GAUSSIAN_KERNELS], p=0.4),
        A.RandomGamma(gamma_limit=(80, 120), p=0.6),
    ]


def geometry_list(width: int, height: int) -> list[Any]:
    """What happens to colour, depth and labels together, for frames of this size."""
    return [
        A.RandomCrop(height=max(1, height // 2), width=max(1, width // 2), p=0.45),
        A.HorizontalFlip(p=0.5),
        A.VerticalFlip(p=0.2),
        A.RandomScale(scale_limit=0.2, mask_interpolation=cv2.INTER_NEAREST_EXACT, p=0.8),
        A.Sequential(
            [MovedCorners(3.6), A.ElasticTransform(alpha=32, sigma=50, noise_distribution="uniform", p=1)], p=0.6
        ),
        A.OpticalDistortion(distort_limit=0.05, p=0.3),
        A.GridDistortion(num_steps=2, distort_limit=0.2, normalized=False, p=0.4),
        A.Affine(
            translate_percent=(-0.0625, 0.0625), scale=(0.9, 1.1), keep_ratio=True, rotate=(-45, 45), p=0.6
        ),  # ShiftScaleRotate
        A.RandomRotate90(p=0.25),
    ]


def dropout_list() -> list[Any]:
    """What happens to colours last: eight black squares; the old default left masks as they are."""
    return [
        A.CoarseDropout(num_holes_range=(8, 8), hole_height_range=(16, 16), hole_width_range=(16, 16), fill=0, p=0.3)
    ]


class MovedCorners(A.Affine):
    """ElasticTransform's alpha_affine, which albumentations has dropped: an affine map that moves three corners.

    They are those of a square about the middle, two thirds of the image's shorter side wide; each moves by up to
    reach_px along both axes. Always applied: what contains it has the probability.
    """

    def __init__(self, reach_px: float) -> None:
        super().__init__(p=1)
        self.reach_px = reach_px

    def get_params_dependent_on_data(self, params: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
        """The matrix, as the base class applies it."""
        height, width = params["shape"][:2]
        reach = min(height, width) // 3
        corners = np.array([width // 2, height // 2]) + reach * np.array([[1, 1], [1, -1], [-1, -1]])
        moved = corners + self.random_generator.uniform(-self.reach_px, self.reach_px, corners.shape)
        matrix = np.eye(3)
        matrix[:2] = cv2.getAffineTransform(corners.astype(np.float32), moved.astype(np.float32))
        return {"matrix": matrix, "bbox_matrix": matrix, "output_shape": (height, width), "scale": {"x": 1, "y": 1}}


class SlidesAugmentation:
    """The slides' list on frames of any size; ends at input_size (width, height).

    Colour transforms get the colours and nothing else. In the geometry, depth and labels are masks, taken from the
    nearest pixel; what comes in from outside is black, no reading and void.
    """

    def __init__(self, input_size: tuple[int, int]) -> None:
        self.input_size = input_size
        self._color, self._dropout = _composed(color_list()), _composed(dropout_list())
        self._geometry: dict[tuple[int, int], Any] = {}

    def __call__(self, frame: LabelledFrame, rng: np.random.Generator) -> LabelledFrame:
        """The new frame, of input_size, with the camera that fits its rays best."""
        geometry, draws = self._geometry_for(frame), Random(int(rng.integers(2**63)))
        for composed in (self._color, geometry, self._dropout):
            # Not set_random_seed(): it starts every transform's own generator from the same seed, so that all draw the
            # same numbers, and whether one is applied depends on whether another is.
            composed.set_random_state(rng, draws)
        color = self._color(image=frame.color)["image"]
        moved = _moved(geometry, replace(frame, color=color))
        color = self._dropout(image=moved["image"])["image"]
        return LabelledFrame(
            color=resized_color(color, self.input_size),
            depth_m=picked_nearest(moved["depth_m"], self.input_size),
            label=picked_nearest(moved["mask"], self.input_size),
            intrinsics=fitted_camera(moved["rays"]).resized(*self.input_size),
        )

    def _geometry_for(self, frame: LabelledFrame) -> Any:
        size = frame.intrinsics.width, frame.intrinsics.height
        if size not in self._geometry:
            self._geometry[size] = _composed(geometry_list(*size), {"depth_m": "mask", "rays": "image"})
        return self._geometry[size]


def _moved(geometry: Any, frame: LabelledFrame) -> dict[str, Any]:
    """The frame and its rays after the geometry; drawn again where hardly anything is left, as of tiny images."""
    images = {"image": frame.color, "mask": frame.label, "depth_m": frame.depth_m, "rays": rays_of(frame.intrinsics)}
    for _ in range(DRAWS):
        moved = geometry(**images)
        if inside(moved["rays"]).mean() >= LEAST_INSIDE:
            return moved
    raise ValueError(f"{DRAWS} draws in a row left less than {LEAST_INSIDE:.0%} of the image")


def _composed(transforms: Sequence[Any], targets: dict[str, str] | None = None) -> Any:
    return A.Compose(list(transforms), additional_targets=targets)

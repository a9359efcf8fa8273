"""What light, camera and compression do to colours, hard enough that no network can rely on a colour.

Every step takes and gives (H, W, 3) uint8 RGB, makes a new image and knows nothing of depth or labels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.augment.noise import smooth_noise, white_noise

Color = NDArray[np.uint8]
ColorStep = Callable[[Color, np.random.Generator], Color]

SCREEN_GAMMA = 2.2
LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601


def with_other_tones(color: Color, rng: np.random.Generator) -> Color:
    """Exposure and white balance on linear light, then another gamma, contrast and brightness: one table look-up."""
    light = (np.arange(256) / 255)[:, None] ** SCREEN_GAMMA
    exposure = 2.0 ** np.clip(rng.normal(0, 0.6), -1.5, 1.5)
    warmth, tint = rng.normal(0, 0.12, 2)
    balance = np.exp([warmth, tint / 2, -warmth])
    tones = np.minimum(light * exposure * balance, 1.0) ** (np.exp(rng.normal(0, 0.15)) / SCREEN_GAMMA)
    contrast, brightness = np.exp(rng.normal(0, 0.15)), rng.normal(0, 0.05)
    tones = (tones - 0.5) * contrast + 0.5 + brightness
    return _image(cv2.LUT(color, _bytes(tones)[None]))


def with_other_hues(color: Color, rng: np.random.Generator) -> Color:
    """Hue turned by up to about 25 degrees and saturation between a half and twice, as one 3x3 matrix."""
    return _mixed(color, hue_matrix(np.deg2rad(rng.normal(0, 12)), float(np.exp(rng.normal(0, 0.3)))))


def as_grey(color: Color, _rng: np.random.Generator) -> Color:
    """No colour at all."""
    return _mixed(color, hue_matrix(0.0, 0.0))


def with_uneven_light(color: Color, rng: np.random.Generator) -> Color:
    """Brighter here and darker there, as from a window or a lamp."""
    field = smooth_noise(rng, color.shape, 4) * rng.uniform(0.1, 0.35)
    return _image(cv2.multiply(color, cv2.cvtColor(cv2.exp(field), cv2.COLOR_GRAY2RGB), dtype=cv2.CV_8U))


def blurred(color: Color, rng: np.random.Generator) -> Color:
    """Out of focus."""
    return _image(cv2.GaussianBlur(color, (0, 0), _unit_px(color) * rng.uniform(0.3, 1.4)))


def moved(color: Color, rng: np.random.Generator) -> Color:
    """The camera moved while the shutter was open: an average along a line."""
    length = max(3, round(_unit_px(color) * rng.uniform(2, 8)))
    angle = rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    middle, reach = (length - 1) / 2, (length - 1) / 2 * np.array([np.cos(angle), np.sin(angle)])
    ends = [tuple(int(value) for value in np.rint(middle + sign * reach)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return _image(cv2.filter2D(color, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT_101))


def coarser(color: Color, rng: np.random.Generator) -> Color:
    """Seen with fewer pixels and enlarged again."""
    height, width = color.shape[:2]
    share = rng.uniform(0.4, 0.8)
    size = max(1, round(width * share)), max(1, round(height * share))
    small = cv2.resize(color, size, interpolation=cv2.INTER_AREA)
    return _image(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


def sharpened(color: Color, rng: np.random.Generator) -> Color:
    """As many cameras do by themselves."""
    amount = rng.uniform(0.3, 1.2)
    soft = cv2.GaussianBlur(color, (0, 0), _unit_px(color))
    return _image(cv2.addWeighted(color, 1 + amount, soft, -amount, 0))


def noisy(color: Color, rng: np.random.Generator) -> Color:
    """Sensor noise of up to 12 of 255 steps, in part the same for the three colours."""
    strength = rng.uniform(1, 12)
    noise = white_noise(rng, color.shape)
    if rng.random() < 0.5:
        noise = np.repeat(noise[:, :, :1], 3, axis=2)
    return _image(cv2.add(color, noise * np.float32(strength), dtype=cv2.CV_8U))


def compressed(color: Color, rng: np.random.Generator) -> Color:
    """Through JPEG and back."""
    _, content = cv2.imencode(".jpg", color, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
    return _image(cv2.imdecode(content, cv2.IMREAD_COLOR))


def erased(color: Color, rng: np.random.Generator) -> Color:
    """One to three rectangles of one colour or of noise: what is there must be told from its surroundings and depth.

    Random erasing, Zhong et al., AAAI 2020; labels stay, as only the colours are gone.
    """
    color = color.copy()
    height, width = color.shape[:2]
    for _ in range(rng.integers(1, 4)):
        h, w = (max(1, round(side * rng.uniform(0.06, 0.3))) for side in (height, width))
        top, left = rng.integers(0, height - h + 1), rng.integers(0, width - w + 1)
        patch = color[top : top + h, left : left + w]
        patch[:] = rng.integers(0, 256, (h, w, 3) if rng.random() < 0.3 else 3, dtype=np.uint8)
    return color


STRONG_COLOR_STEPS: tuple[tuple[float, ColorStep], ...] = (
    (0.25, with_uneven_light),
    (0.9, with_other_tones),
    (0.6, with_other_hues),
    (0.06, as_grey),
    (0.2, blurred),
    (0.1, moved),
    (0.1, coarser),
    (0.15, sharpened),
    (0.5, noisy),
    (0.25, compressed),
    (0.2, erased),
)


def hue_matrix(angle_rad: float, saturation: float) -> NDArray[np.float64]:
    """(3, 3): turns colours about the grey axis and scales their distance from the grey of the same luma."""
    axis = np.ones(3) / np.sqrt(3)
    cross = np.cross(np.eye(3), axis)
    turn = np.eye(3) + np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * (cross @ cross)  # Rodrigues
    grey = np.tile(LUMA, (3, 1))
    return grey + saturation * (np.eye(3) - grey) @ turn


def _mixed(color: Color, matrix: NDArray[np.float64]) -> Color:
    return _image(cv2.transform(color, matrix.astype(np.float32)))


def _image(image: Any) -> Color:
    """What OpenCV gives back, which it does not type."""
    return image


def _bytes(values: NDArray[Any]) -> Color:
    return np.clip(np.rint(values * 255), 0, 255).astype(np.uint8)


def _unit_px(color: Color) -> float:
    """A length that means the same at every size: one pixel at a width of 320."""
    return color.shape[1] / 320

"""From light to a photograph: what a cheap camera makes of it, drawn at random per photograph."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

Array = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Photo:
    """A camera's settings and faults.

    exposure: the picture's mean brightness, gamma encoded 0..1. white: gains of red, green, blue.
    contrast: 0 = straight .. 1 = strong S-shaped tone curve. shoulder: 0 = highlights clip .. 1 = they bend softly.
    saturation: a factor, 1 = as it is. black: how far haze and flare lift black, 0..1.
    vignetting: share of light lost in the corners. blur_px, motion_px: of a picture 320 pixels wide.
    motion_rad: direction of the motion. shot, read: noise of bright and of dark pixels. grain_px: noise's size.
    sharpening: strength of the camera's halo. quality: of JPEG, 1..100.
    """

    exposure: float = 0.5
    white: tuple[float, float, float] = (1.0, 1.0, 1.0)
    contrast: float = 0.5
    shoulder: float = 0.5
    saturation: float = 1.0
    black: float = 0.0
    vignetting: float = 0.1
    blur_px: float = 0.4
    motion_px: float = 0.0
    motion_rad: float = 0.0
    shot: float = 0.01
    read: float = 0.004
    grain_px: float = 0.5
    sharpening: float = 0.2
    quality: int = 92

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Self:
        """A random camera: from dark to blown-out, warm to cold, clean to noisy, sharp to blurred."""
        warm, tint = rng.normal(0, 0.11), rng.normal(0, 0.035)
        noisy = rng.random() < 0.2
        return cls(
            exposure=float(np.clip(rng.normal(0.51, 0.11), 0.2, 0.82)),
            white=(float(np.exp(warm)), float(np.exp(tint)), float(np.exp(-warm))),
            contrast=float(rng.uniform(0.2, 1.25)),
            shoulder=float(rng.uniform(0.0, 0.8)),
            saturation=float(rng.uniform(0.5, 1.1)),
            black=float(rng.uniform(0, 0.07)) if rng.random() < 0.5 else 0.0,
            vignetting=float(rng.uniform(0, 0.35)),
            blur_px=float(rng.uniform(0.2, 0.9)),
            motion_px=float(rng.exponential(2.0)) if rng.random() < 0.25 else 0.0,
            motion_rad=float(rng.uniform(0, np.pi)),
            shot=float(rng.uniform(0.01, 0.028) if noisy else rng.uniform(0.002, 0.012)),
            read=float(rng.uniform(0.004, 0.015) if noisy else rng.uniform(0.001, 0.004)),
            grain_px=float(rng.uniform(0.3, 0.9)),
            sharpening=float(rng.uniform(0, 0.9)),
            quality=int(rng.integers(55, 97)),
        )


def photographed(light: Array, photo: Photo, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The picture (h, w, 3) uint8 RGB that this camera makes of linear light (h, w, 3)."""
    zoom = light.shape[1] / 320
    seen = _optics(light * np.asarray(photo.white, np.float32), photo, zoom)
    seen *= _gain(seen, photo)
    _add_noise(seen, photo, zoom, rng)
    picture = _developed(seen, photo)
    if photo.sharpening:
        picture += photo.sharpening * (picture - cv2.GaussianBlur(picture, (0, 0), 1.1 * max(zoom, 0.5)))
    pixels = np.clip(picture * 255 + np.float32(0.5), 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, photo.quality])[1]
    read = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(read[..., ::-1])


def _optics(light: Array, photo: Photo, zoom: float) -> Array:
    """Flare around what is bright, lens blur, motion, darker corners."""
    height, width = light.shape[:2]
    seen = np.minimum(light, np.float32(12))
    blur = photo.blur_px * zoom
    if blur > 0.25:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    if photo.motion_px * zoom >= 1:
        seen = cv2.filter2D(seen, -1, _streak(photo.motion_px * zoom, photo.motion_rad), borderType=cv2.BORDER_REFLECT)
    x = np.linspace(-1, 1, width, dtype=np.float32)[None]
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(height / width)
    return seen * (1 - np.float32(photo.vignetting / 1.56) * (x * x + y * y))[..., None]


def _streak(length_px: float, angle_rad: float) -> Array:
    side = int(length_px) // 2 * 2 + 3
    kernel = np.zeros((side, side), np.float32)
    middle = (side - 1) / 2
    for along in np.linspace(-length_px / 2, length_px / 2, 4 * side):
        x, y = middle + along * np.cos(angle_rad), middle + along * np.sin(angle_rad)
        kernel[round(y), round(x)] += 1
    return kernel / kernel.sum()


def _gain(light: Array, photo: Photo) -> np.float32:
    """As automatic exposure does: the mean brightness of the picture is brought to `exposure`."""
    sample = light[2::5, 2::5]
    gain = np.float32(photo.exposure**2.2 / max(float(np.median(sample)), 1e-4))
    for _ in range(5):
        mean = float(_toned(sample * gain, photo).mean())
        gain *= np.float32((photo.exposure / max(mean, 1e-3)) ** 1.6)
    return gain


def _add_noise(light: Array, photo: Photo, zoom: float, rng: np.random.Generator) -> None:
    """Adds noise whose variance grows with the light, smoothed as reading a colour mosaic does."""
    noise = rng.standard_normal(light.shape, np.float32)
    size = photo.grain_px * max(zoom, 0.6)
    if size > 0.35:
        noise = cv2.GaussianBlur(noise, (0, 0), size) * np.float32(2 * np.sqrt(np.pi) * size * 0.8)
    light += noise * np.sqrt(np.float32(photo.shot**2) * np.maximum(light, 0) + np.float32(photo.read**2))


def _toned(light: Array, photo: Photo) -> Array:
    """Linear light to gamma encoded values 0..1 by the camera's tone curve."""
    bent = light * (1 + light / 9) / (1 + light * np.float32(0.8))  # reaches 1 at about 2.9
    mixed = light + np.float32(photo.shoulder) * (bent - light)
    coded = np.power(np.clip(mixed, 0, 1), np.float32(1 / 2.2))
    return coded + np.float32(photo.contrast) * (coded * coded * (3 - 2 * coded) - coded)


def _developed(light: Array, photo: Photo) -> Array:
    """Tone curve, saturation, haze: gamma encoded, about 0..1."""
    coded = _toned(light, photo)
    grey = np.asarray(cv2.cvtColor(coded, cv2.COLOR_RGB2GRAY), np.float32)[..., None]
    coded = grey + (coded - grey) * np.float32(photo.saturation)
    return np.float32(photo.black) + np.float32(1 - photo.black) * coded

"""Readable text on images, in the font that comes with Pillow: the same on every machine."""

from __future__ import annotations

from functools import cache, lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Color = tuple[int, int, int]
WHITE: Color = (236, 238, 242)
GREY: Color = (150, 156, 168)
AMBER: Color = (255, 191, 71)
SMALLEST = 9  # pixels high
RED: Color = (255, 107, 107)
ELLIPSIS = "…"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


@lru_cache(maxsize=1024)
def text_mask(text: str, size: int) -> NDArray[np.float32]:
    """How much of each pixel the text covers: (h, w, 1) float32, 0..1; h is the same for every text of a size."""
    left, _, right, _ = _font(size).getbbox(text)
    image = Image.new("L", (max(1, int(np.ceil(right - left)) + 2), round(size * 1.4)))
    ImageDraw.Draw(image).text((1 - left, round(size * 1.08)), text, fill=255, font=_font(size), anchor="ls")
    mask = np.array(image, np.float32)[..., None]
    mask /= 255
    return mask


def text_width(text: str, size: int) -> int:
    """Pixels from the text's left to its right edge."""
    return text_mask(text, size).shape[1]


def fitted(text: str, size: int, width: int) -> str:
    """The text, or as much of its beginning as fits the width in pixels, with an ellipsis."""
    if text_width(text, size) <= width:
        return text
    fits = 0
    for length in range(1, len(text)):
        if text_width(text[:length].rstrip() + ELLIPSIS, size) > width:
            break
        fits = length
    return text[:fits].rstrip() + ELLIPSIS if fits else ""


def draw_text(
    image: NDArray[np.uint8],
    text: str,
    at: tuple[int, int],
    *,
    size: int = 15,
    color: Color = WHITE,
    align: str = "left",
) -> None:
    """Draw on an RGB image; at: (x, y) of the line's top, at its left, its right or its middle as `align` says."""
    mask = text_mask(text, size)
    x = at[0] - {"left": 0, "middle": mask.shape[1] // 2, "right": mask.shape[1]}[align]
    x, y = max(0, x), max(0, at[1])
    region = image[y : y + mask.shape[0], x : x + mask.shape[1]]
    mask = mask[: region.shape[0], : region.shape[1]]
    region[:] = region * (1 - mask) + np.array(color, np.float32) * mask


def draw_box(image: NDArray[np.uint8], left: int, top: int, right: int, bottom: int, *, shade: float = 0.35) -> None:
    """Darken a rectangle of the image, so that text on it can be read."""
    region = image[max(0, top) : bottom, max(0, left) : right]
    region[:] = (region * shade).astype(np.uint8)


def draw_banner(image: NDArray[np.uint8], text: str, *, color: Color = AMBER, line: int = 0) -> None:
    """A darkened strip across the image's top with the text in its middle; line: which strip, from the top.

    Long text is drawn smaller, as far as it can still be read.
    """
    size = max(11, min(18, round(image.shape[1] / 36)))
    height = round(size * 1.7)
    while size > SMALLEST and text_width(text, size) > image.shape[1] - 4:
        size -= 1
    draw_box(image, 0, line * height, image.shape[1], (line + 1) * height, shade=0.25)
    draw_text(
        image,
        text,
        (image.shape[1] // 2, line * height + (height - round(size * 1.4)) // 2),
        size=size,
        color=color,
        align="middle",
    )

"""Augmented samples below each other: colour, depth and labels, with what stayed the same to their left."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from segmentation.classes import ClassSet
from segmentation.preprocess import picked_nearest, resized_color
from training.augment.frame import LabelledFrame
from training.paint import far_of, paint_depth, paint_labels

Rgb = NDArray[np.uint8]

BACK, INK, GREY = (24, 26, 31), (236, 238, 242), (150, 156, 168)
GAP, TEXT, LINE = 4, 13, 20
LEAST_IN_LEGEND = 0.002  # of a panel's pixels


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """One sample in several versions, each under its caption.

    size: (width, height) of the first one's panels; what was made of it is drawn as it is.
    """

    name: str
    frames: tuple[tuple[str, LabelledFrame], ...]
    size: tuple[int, int]


def preview_picture(bands: Sequence[Band], classes: ClassSet) -> bytes:
    """The bands and a legend of the classes in view, as PNG."""
    parts = [_drawn(band, classes) for band in bands]
    width = max(part.width for part in parts)
    parts.append(_legend(classes_in_view(bands), classes, width))
    sheet = Image.new("RGB", (width, sum(part.height for part in parts)), BACK)
    top = 0
    for part in parts:
        sheet.paste(part, (0, top))
        top += part.height
    content = io.BytesIO()
    sheet.save(content, "PNG")
    return content.getvalue()


def classes_in_view(bands: Sequence[Band]) -> list[int]:
    """The labels that take a visible share of any version, void left out."""
    seen: set[int] = set()
    for band in bands:
        for _, frame in band.frames:
            shares = np.bincount(frame.label.ravel(), minlength=256) / frame.label.size
            seen.update(np.flatnonzero(shares >= LEAST_IN_LEGEND).tolist())
    return sorted(seen - {0})


def panels(frame: LabelledFrame, size: tuple[int, int], classes: ClassSet) -> Rgb:
    """Colour, depth and labels of this size below each other, (h, w, 3) uint8 RGB."""
    depth_m, label = picked_nearest(frame.depth_m, size), picked_nearest(frame.label, size)
    gap = np.full((GAP, size[0], 3), BACK, np.uint8)
    painted = paint_depth(depth_m, far_of(classes))
    shown = (resized_color(frame.color, size), gap, painted, gap, paint_labels(label, classes))
    return np.concatenate(shown)


def _drawn(band: Band, classes: ClassSet) -> Image.Image:
    made = [(frame.intrinsics.width, frame.intrinsics.height) for _, frame in band.frames[1:]]
    sizes = [band.size, *made]
    columns = [panels(frame, size, classes) for (_, frame), size in zip(band.frames, sizes, strict=True)]
    width = sum(width + GAP for width, _ in sizes) + GAP
    image = Image.new("RGB", (width, 2 * LINE + max(map(len, columns)) + 2 * GAP), BACK)
    draw = ImageDraw.Draw(image)
    _write(draw, (GAP, 0), f"{band.name}; depth: red near, blue {far_of(classes):g} m, black no reading", INK)
    left = GAP
    for (caption, frame), size, column in zip(band.frames, sizes, columns, strict=True):
        camera = frame.intrinsics.resized(*size)
        _write(draw, (left, LINE), f"{caption}: fx {camera.fx:.0f}, fy {camera.fy:.0f}", GREY)
        image.paste(Image.fromarray(column), (left, 2 * LINE))
        left += size[0] + GAP
    return image


def _legend(labels: Sequence[int], classes: ClassSet, width: int) -> Image.Image:
    places, x, y = [], GAP, GAP
    for label in labels:
        needed = LINE + int(_font().getlength(classes.names[label])) + 16
        if x > GAP and x + needed > width:
            x, y = GAP, y + LINE
        places.append((label, x, y))
        x += needed
    image = Image.new("RGB", (width, y + LINE + GAP), BACK)
    draw = ImageDraw.Draw(image)
    for label, left, top in places:
        color = tuple(int(value) for value in classes.colors[label])
        draw.rectangle((left, top + 3, left + TEXT, top + 3 + TEXT), fill=color)
        _write(draw, (left + LINE, top), classes.names[label], INK)
    return image


def _write(draw: ImageDraw.ImageDraw, at: tuple[int, int], text: str, color: tuple[int, int, int]) -> None:
    draw.text((at[0], at[1] + 2), text, fill=color, font=_font())


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(TEXT)

"""Arrays as image files in memory."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PNG_LEVEL = 3  # of 9: a tenth larger than 6 and read as fast, in 40 % of its time
JPEG_QUALITY = 94


def jpeg_bytes(color: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) uint8 RGB as JPEG, with the colours at full resolution."""
    content = io.BytesIO()
    Image.fromarray(color).save(content, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return content.getvalue()


def png_bytes(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """(H, W, 3) uint8 RGB, or (H, W) uint8 or uint16 grey, as PNG."""
    return _png(Image.fromarray(pixels))


def label_bytes(label: NDArray[np.uint8], palette: NDArray[np.uint8] | None) -> bytes:
    """(H, W) uint8 as PNG: grey, or with a palette (N, 3) uint8 RGB of which the pixels are the indices."""
    if palette is None:
        return png_bytes(label)
    image = Image.frombytes("P", (label.shape[1], label.shape[0]), label.tobytes())
    image.putpalette(palette.tobytes())
    return _png(image)


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG", compress_level=PNG_LEVEL)
    return content.getvalue()

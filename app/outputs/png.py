"""PNG files that say in text chunks which model made them, and whether it is UNTRAINED."""

from __future__ import annotations

import io
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

UNTRAINED_NOTE = "the network's weights are untrained, the labels mean nothing"


def png_bytes(image: Image.Image, *, model: str, trained: bool, **options: Any) -> bytes:
    """The image as PNG; options are those of Pillow's writer."""
    notes = PngInfo()
    notes.add_text("model", model)
    if not trained:
        notes.add_text("UNTRAINED", UNTRAINED_NOTE)
    content = io.BytesIO()
    image.save(content, "PNG", pnginfo=notes, **options)
    return content.getvalue()

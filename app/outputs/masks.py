"""`--save-masks`: one palette PNG a frame, and the meaning of the labels beside them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from PIL import Image

from app.outputs.png import png_bytes
from console.atomic import make_folder, output_errors, write_whole
from segmentation.classes import ClassSet
from segmentation.result import Segmentation
from sensors.frames import Frame

CLASSES_NAME = "classes.json"
NUMBERED = re.compile(r"\d{6,}\.png")
COMPRESSION = 3  # label images shrink nearly as far as at 9, in a third of the time


def mask_png(segmentation: Segmentation, model: str) -> bytes:
    """The labels as an 8-bit palette PNG: 0 = void, class i is i + 1; the text chunks name the model."""
    height, width = segmentation.labels.shape
    image = Image.frombytes("P", (width, height), segmentation.labels.tobytes())
    image.putpalette(segmentation.classes.colors.tobytes())
    return png_bytes(image, model=model, trained=segmentation.trained, compress_level=COMPRESSION)


def classes_json(classes: ClassSet, *, model: str, trained: bool) -> bytes:
    """The id, name and RGB colour of every label as JSON."""
    entries = [
        {"id": label, "name": name, "color": [int(value) for value in color]}
        for label, (name, color) in enumerate(zip(classes.names, classes.colors, strict=True))
    ]
    document = {"class_set": classes.name, "model": model, "trained": trained, "classes": entries}
    return (json.dumps(document, indent=1) + "\n").encode()


class MaskFolder:
    """A sink: NNNNNN.png by the frame's 0-based position in the source. Raises OutputError."""

    def __init__(self, folder: Path, *, model: str) -> None:
        self._folder, self._model = folder, model
        self._begun = False

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Write one mask."""
        if not self._begun:
            self._begin(segmentation)
        write_whole(self._folder / f"{frame.index:06d}.png", mask_png(segmentation, self._model))

    def close(self) -> None:
        """Nothing is left open between frames."""

    def _begin(self, segmentation: Segmentation) -> None:
        """Clear away the masks of an earlier run (only reached with --overwrite) and write the classes."""
        self._begun = True
        make_folder(self._folder)
        with output_errors(self._folder):
            for path in self._folder.iterdir():
                if NUMBERED.fullmatch(path.name):
                    path.unlink()
        meaning = classes_json(segmentation.classes, model=self._model, trained=segmentation.trained)
        write_whole(self._folder / CLASSES_NAME, meaning)

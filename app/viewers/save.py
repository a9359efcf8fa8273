"""Saving what is seen: picture, mask and cloud of one frame."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.cloud import CloudMaker
from app.outputs.masks import mask_png
from app.outputs.png import png_bytes
from app.ply import write_ply
from console.atomic import write_whole
from segmentation.result import Segmentation
from sensors.frames import Frame


def save_moment(
    folder: Path, frame: Frame, segmentation: Segmentation, picture: NDArray[np.uint8], *, model: str
) -> Path:
    """Write STEM.png, STEM-mask.png and STEM.ply into folder and return the stem's path. Raises OutputError."""
    stem = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{frame.index:06d}"
    write_whole(
        stem.with_name(stem.name + ".png"),
        png_bytes(Image.fromarray(picture), model=model, trained=segmentation.trained),
    )
    write_whole(stem.with_name(stem.name + "-mask.png"), mask_png(segmentation, model))
    cloud = CloudMaker()(frame, segmentation.labels)
    path = stem.with_name(stem.name + ".ply")
    write_ply(path, cloud, classes=segmentation.classes, model=model, trained=segmentation.trained)
    return stem

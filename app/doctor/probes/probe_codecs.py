"""Writes two frames with each codec and reads them back: OpenCV's writer does not open, and says nothing, where one is
missing."""

import json
import tempfile
from pathlib import Path

import cv2
import numpy as np

FRAMES = 2


def writes(codec: str, folder: Path) -> bool:
    """Whether FRAMES frames come back."""
    path = str(folder / f"{codec}.mp4")
    writer = cv2.VideoWriter(path, cv2.VideoWriter.fourcc(*codec), 30, (64, 48))
    if not writer.isOpened():
        return False
    for shade in range(FRAMES):
        writer.write(np.full((48, 64, 3), 100 * shade, np.uint8))
    writer.release()
    reader = cv2.VideoCapture(path)
    read = [reader.read()[0] for _ in range(FRAMES)]
    reader.release()
    return all(read)


with tempfile.TemporaryDirectory() as folder:
    print(json.dumps({codec: writes(codec, Path(folder)) for codec in ("mp4v", "avc1")}))

"""`--save-cloud` and `--screenshot`: the last frame, or for a cloud named with {index} every frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.cloud import CloudMaker
from app.look import Look, Painter
from app.options import is_numbered
from app.outputs.png import png_bytes
from app.picture import Captions, compose
from app.ply import write_ply
from app.result import Pulse, Result
from console.atomic import write_whole
from segmentation.result import Segmentation
from sensors.frames import Frame


class CloudFiles:
    """A sink: the last frame's cloud, or with {index} in the name one file a frame. Raises OutputError."""

    def __init__(self, path: Path, *, model: str) -> None:
        self._path, self._model = path, model
        self._every = is_numbered(path)
        self._maker = CloudMaker()
        self._last: tuple[Frame, Segmentation] | None = None

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Write this frame's cloud, or keep the frame for the end."""
        if self._every:
            self._save(self._path.with_name(self._path.name.format(index=frame.index)), frame, segmentation)
        else:
            self._last = (frame, segmentation)

    def close(self) -> None:
        """Write the last frame's cloud."""
        if self._last is not None:
            self._save(self._path, *self._last)

    def _save(self, path: Path, frame: Frame, segmentation: Segmentation) -> None:
        cloud = self._maker(frame, segmentation.labels)
        write_ply(path, cloud, classes=segmentation.classes, model=self._model, trained=segmentation.trained)


class Screenshot:
    """A sink: the last frame as the viewer shows it. Raises OutputError.

    picture: what the viewer shows, (h, w, 3) uint8 RGB; None for the picture of the 2D window.
    """

    def __init__(self, path: Path, *, model: str, title: str) -> None:
        self.picture: NDArray[np.uint8] | None = None
        self._path, self._model, self._title = path, model, title
        self._last: tuple[Frame, Segmentation] | None = None

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Keep the frame for the end."""
        self._last = (frame, segmentation)

    def close(self) -> None:
        """Write the picture."""
        if self._last is None:
            return
        frame, segmentation = self._last
        image = self.picture
        if image is None:
            captions = Captions(self._title, f"frame {frame.index}", f"model {self._model}")
            result = Result(frame, segmentation, Pulse(fps=0, latency_ms=0))
            image, _ = compose(result, Painter(Look()), captions)
        write_whole(self._path, png_bytes(Image.fromarray(image), model=self._model, trained=segmentation.trained))

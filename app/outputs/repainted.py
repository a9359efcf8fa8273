"""Pictures in the palette that was chosen; data files keep the data set's own colours."""

from __future__ import annotations

from dataclasses import replace

from app.palette import Palette, with_palette
from app.segment_stage import Sink
from segmentation.result import Segmentation
from sensors.frames import Frame


class Repainted:
    """A sink that passes results on in the colours of a palette."""

    def __init__(self, sink: Sink, palette: Palette) -> None:
        self._sink = sink
        self._palette: Palette = palette

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Pass one result on. Raises OutputError."""
        self._sink.write(frame, replace(segmentation, classes=with_palette(segmentation.classes, self._palette)))

    def close(self) -> None:
        """Finish what was begun. Raises OutputError."""
        self._sink.close()

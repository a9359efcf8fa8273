"""The README's picture and animation, from the demo as the window shows it.

python benchmarks/model_card/readme_pictures.py
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.look import Look, Painter
from app.picture import Captions, compose
from app.query import query_pixel
from app.result import Pulse, Result
from app.viewers.shared.marks import draw_pixel
from app.viewers.window.viewer import HINT
from console.check_frames import DEMO
from segmentation.assets import asset_path
from segmentation.result import Segmentation
from segmentation.segmenter import load_segmenter
from sensors.align import Aligner
from sensors.frames import Frame
from sensors.recordings.reader import open_recording

PICTURED, CLICKED = 24, (140, 150)  # the frame, and the pixel (x, y) on it that is clicked
EVERY, SHOWN_MS = 2, 200  # the demo has ten frames a second
COLORS = 255


def results() -> Iterator[tuple[Frame, Segmentation]]:
    """Every frame of the demo, labelled."""
    segmenter, align = load_segmenter(device="cpu"), Aligner()
    with open_recording(asset_path(DEMO)) as source:
        for raw in source:
            frame = align(raw)
            focal_px = frame.intrinsics.fx, frame.intrinsics.fy
            yield frame, segmenter.predict(frame.color, frame.depth_m, focal_px)


def drawn(frame: Frame, segmentation: Segmentation, *, clicked: bool = False) -> NDArray[np.uint8]:
    """What the window shows, (h, w, 3) uint8 RGB."""
    captions = Captions("demo.db3   ·   malleable-deresunet-lite", f"frame {frame.index + 1}", HINT)
    result = Result(frame, segmentation, Pulse(fps=0, latency_ms=0))
    picture, layout = compose(result, Painter(Look()), captions)
    if clicked:
        draw_pixel(picture, layout, query_pixel(frame, segmentation, *CLICKED))
    return picture


def main() -> None:
    film = []
    for frame, segmentation in results():
        if frame.index == PICTURED:
            picture = drawn(frame, segmentation, clicked=True)
            Image.fromarray(picture).save(asset_path("readme.png"), optimize=True)
        if frame.index % EVERY == 0:
            film.append(Image.fromarray(drawn(frame, segmentation)).quantize(COLORS))
    film[0].save(
        asset_path("demo.gif"), save_all=True, append_images=film[1:], duration=SHOWN_MS, loop=0, optimize=True
    )


if __name__ == "__main__":
    main()

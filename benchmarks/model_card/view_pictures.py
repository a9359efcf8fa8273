"""The pictures of docs/viewers.md that show the 2D window, from the demo.

python benchmarks/model_card/view_pictures.py
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from app.layout import CAPTION, HEADER, MARGIN
from app.look import ImageKind, Look, Painter
from app.palette import Palette
from app.picture import BACKGROUND, Captions, compose
from app.result import Pulse, Result
from app.text import GREY, draw_text
from app.viewers.shared.marks import draw_picked
from app.viewers.shared.picks import Picks
from app.viewers.window.viewer import GAP, HINT
from console.check_frames import DEMO
from segmentation.assets import asset_path
from segmentation.segmenter import load_segmenter
from sensors.align import Aligner
from sensors.recordings.reader import open_recording
from sensors.source import SeekableSource

OUT = Path(__file__).resolve().parents[2] / "docs" / "pictures"
PICTURED, CLICKED = 24, (140, 150)  # the frame, and the pixel (x, y) of its table
ROOM = (1240, 460)
TITLE = f"demo.db3{GAP}malleable-deresunet-lite"


def main() -> None:
    result, without_depth = results()
    picks = Picks()
    picks.press(CLICKED, (0, 0), whole=True)
    captions = Captions(TITLE, f"frame {PICTURED}", HINT)
    picture, layout = compose(result, Painter(Look(palette="colour-blind", names=True)), captions, room=ROOM)
    draw_picked(picture, layout, result, picks)
    save(picture, "view_2d.png")
    rows = [
        [panel(result, "classes"), panel(without_depth, "classes", words=", labelled without depth"),
         panel(result, "classes", words=", colours for colour-blind people", palette="colour-blind")],
        [panel(result, "confidence"), panel(result, "entropy"), panel(result, "no depth")],
    ]  # fmt: skip
    save(np.vstack([np.hstack(row) for row in rows]), "view_doubt.png", colors=255)


def results() -> tuple[Result, Result]:
    """The frame, labelled with and without its depth."""
    segmenter = load_segmenter(device="cpu")
    with open_recording(asset_path(DEMO)) as source:
        assert isinstance(source, SeekableSource)
        frame = Aligner()(next(iter(source.frames_from(PICTURED))))
        source.stop()
    focal_px, pulse = (frame.intrinsics.fx, frame.intrinsics.fy), Pulse(fps=0, latency_ms=0)
    labels = segmenter.predict(frame.color, frame.depth_m, focal_px)
    blind = segmenter.predict(frame.color, np.zeros_like(frame.depth_m), focal_px)
    return Result(frame, labels, pulse), Result(frame, blind, replace(pulse, without_depth=True))


def panel(result: Result, kind: ImageKind, *, words: str = "", palette: Palette = "standard") -> NDArray[np.uint8]:
    """The window's middle panel with its name and scale."""
    names = kind == "classes"
    canvas, layout = compose(result, Painter(Look(image=kind, palette=palette, names=names)), Captions())
    left, right = layout.lefts[1] - MARGIN // 2, layout.lefts[1] + layout.size[0] + MARGIN // 2
    cut = canvas[HEADER - 4 : HEADER + CAPTION + layout.size[1] + 4, left:right].copy()
    if words:
        cut[: CAPTION + 3] = BACKGROUND
        draw_text(cut, kind + words, (MARGIN // 2, 5), size=13, color=GREY)
    return cut


def save(picture: NDArray[np.uint8], name: str, *, colors: int | None = None) -> None:
    """colors: how many are kept, all by default."""
    image = Image.fromarray(picture)
    (image if colors is None else image.quantize(colors)).save(OUT / name, optimize=True)
    print(name, (OUT / name).stat().st_size // 1000, "kB")


if __name__ == "__main__":
    main()

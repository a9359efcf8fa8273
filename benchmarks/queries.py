"""How long a click's answer takes, and how long each panel of the window's picture, at 640x480.

    python benchmarks/queries.py

Medians on one thread; the frame is a procedural room's with a stereo camera's depth, labelled with its truth.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import cv2
import numpy as np
import torch

from app.look import IMAGE_KINDS, Look, Painter
from app.names import find_names
from app.picture import Captions, compose
from app.query import query_distance, query_pixel, query_region
from app.result import Pulse, Result
from segmentation.classes import class_set
from segmentation.result import Segmentation
from segmentation.scores import Scores
from sensors.frames import Frame
from sensors.rooms.depth_sensor import DepthSensor
from sensors.rooms.room import Room

SIZE, SEED = (640, 480), 5
TIMES = 25


def main() -> None:
    result = labelled_room()
    frame, segmentation = result.frame, result.segmentation
    largest = int(np.bincount(segmentation.labels.ravel())[1:].argmax()) + 1
    y, x = np.argwhere(segmentation.labels == largest)[1000]
    region = query_region(frame, segmentation, int(x), int(y))
    report("query_pixel", lambda: query_pixel(frame, segmentation, 320, 240))
    report("query_distance", lambda: query_distance(frame, (100, 100), (400, 300)))
    named = f"query_region, {region.class_name}, {region.pixel_count} pixels"
    report(named, lambda: query_region(frame, segmentation, int(x), int(y)))
    for kind in IMAGE_KINDS:
        painter = Painter(Look())
        report(f"panel {kind}", lambda kind=kind, painter=painter: painter.image(kind, result))
    report("panel classes, one hidden", lambda: Painter(Look(hidden={largest})).image("classes", result))
    report("names, found", lambda: find_names(segmentation))
    for image in ("classes", "entropy"):
        painter = Painter(Look(image=image))
        report(f"whole picture, {image}", lambda painter=painter: compose(result, painter, Captions("t", "n", "s")))


def labelled_room() -> Result:
    """A frame of a room with its true labels, and random scores at a network's resolution."""
    room = Room(SEED, sensor=DepthSensor.preset("stereo"))
    made = room.render(room.viewpoint(np.random.default_rng(1)), room.intrinsics(SIZE))
    depth_m = made.depth_mm.astype(np.float32) * np.float32(0.001)
    frame = Frame(0, 0.0, made.color, depth_m, made.intrinsics)
    logits = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 37, 120, 160)).astype(np.float32))
    confidence = np.full(depth_m.shape, 0.5, np.float16)
    scores = Scores(logits, (SIZE[1], SIZE[0]))
    segmentation = Segmentation(made.label, confidence, class_set("sunrgbd37"), True, scores=scores)
    return Result(frame, segmentation, Pulse(fps=0, latency_ms=0))


def report(name: str, call: Callable[[], object]) -> None:
    """The median over TIMES calls, after one that is not counted."""
    call()
    taken_ms = []
    for _ in range(TIMES):
        began_s = time.perf_counter()
        call()
        taken_ms.append(1e3 * (time.perf_counter() - began_s))
    print(f"{name:44}{np.median(taken_ms):8.2f} ms{np.min(taken_ms):10.2f} ms at best")


if __name__ == "__main__":
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    main()

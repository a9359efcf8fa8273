"""Recording 640x480 colour and depth at 30 frames/s on two cores: what a frame costs, and whether any is lost.

First each way to encode a frame, as processor time and bytes (medians, the ways taking turns). Then the live program
itself, fed by a source that behaves as a camera does, which gives a frame every 33 ms whether anyone is ready or not:
recording alone, labelling alone, and both.

    python benchmarks/recording.py [--frames DIR] [--seconds N] [--folder DIR]

--frames: a folder of real pictures, as for rgbd-live; without it, the frames of a procedural room are used.
"""

from __future__ import annotations

import os

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])  # before numpy and OpenCV start threads

import argparse
import io
import json
import resource
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType

import cv2
import numpy as np
from _measure import print_heading
from numpy.typing import NDArray
from typing_extensions import Self

from app import live
from app.options import DEFAULT_MODEL, LiveOptions
from console.interrupt import Interrupt
from sensors.folders.folder import FolderSource
from sensors.frames import RawFrame
from sensors.recordings.image_codec import encode_png
from sensors.rooms.film import RoomFilm
from sensors.source import FrameSource, SourceInfo, SourceStatus

FPS = 30
SIZE = (640, 480)
DIFFERENT_FRAMES = 24
REPEATS = 3
Image = NDArray[np.uint8] | NDArray[np.uint16]


class Camera:
    """Gives these frames over and over, one every 1/30 s by the clock, for so many seconds."""

    def __init__(self, frames: list[RawFrame], seconds: float) -> None:
        self.frames, self.count = frames, round(seconds * FPS)
        self.info = SourceInfo("a camera made of pictures", "camera", True, None, float(FPS))
        self.status = SourceStatus("streaming", "", time.monotonic())
        self.gaps = self.late = 0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """End the iteration."""
        self._stopped.set()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[RawFrame]:
        began_s = time.monotonic()
        for index in range(self.count):
            wait_s = began_s + index / FPS - time.monotonic()
            if self._stopped.wait(max(wait_s, 0)):
                return
            self.late += wait_s < -1 / FPS
            frame = self.frames[index % len(self.frames)]
            # A camera's frames are new memory each time.
            yield replace(
                frame,
                index=index,
                frame_number=index,
                timestamp_s=index / FPS,
                color=frame.color.copy(),
                depth_raw=frame.depth_raw.copy(),
            )


def frames_of(folder: Path | None) -> list[RawFrame]:
    if folder is None:
        film = RoomFilm(70_196, SIZE, FPS)
        return [film.frame(index) for index in range(DIFFERENT_FRAMES)]
    with FolderSource(folder) as source:
        return list(islice(source, DIFFERENT_FRAMES))


def opencv_png(image: Image, level: int) -> bytes:
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    return cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, level])[1].tobytes()


def print_encoding(frames: list[RawFrame]) -> None:
    ways: dict[str, Callable[[Image], bytes]] = {
        "light (level 1), usual": lambda image: encode_png(image, 1),
        "stored (level 0), in a hurry": lambda image: encode_png(image, 0),
        "OpenCV, its level 1": lambda image: opencv_png(image, 1),
        "OpenCV, its level 0": lambda image: opencv_png(image, 0),
    }
    kinds: dict[str, Callable[[RawFrame], Image]] = {"colour": lambda f: f.color, "depth": lambda f: f.depth_raw}
    taken = {(way, kind): ([], []) for way in ways for kind in kinds}
    for frame in frames:
        for (way, kind), (ms, megabytes) in taken.items():
            image = kinds[kind](frame)
            started_s = time.process_time()
            png = ways[way](image)
            ms.append(1e3 * (time.process_time() - started_s))
            megabytes.append(len(png) / 1e6)
    print(f"\n{'one frame':30} CPU-ms colour + depth      MB    MB/s at {FPS} frames/s")
    for way in ways:
        (color_ms, color_mb), (depth_ms, depth_mb) = taken[way, "colour"], taken[way, "depth"]
        megabytes = statistics.mean(color_mb) + statistics.mean(depth_mb)
        milliseconds = f"{statistics.median(color_ms):5.1f} + {statistics.median(depth_ms):4.1f}"
        print(f"{way:30} {milliseconds:>21} {megabytes:9.2f} {FPS * megabytes:9.0f}")


def print_run(frames: list[RawFrame], seconds: float, folder: Path, model: str, *, records: bool) -> float:
    """Run the program once; its frames a second."""
    camera = Camera(frames, seconds)
    opened: Callable[[LiveOptions], FrameSource] = lambda options: camera  # noqa: E731
    live.open_live_source = opened
    with tempfile.TemporaryDirectory(dir=folder) as place:
        stats, record = Path(place) / "stats.json", Path(place) / "r.db3" if records else None
        before_s = time.process_time()
        with redirect_stderr(io.StringIO()):  # a line a second
            options = LiveOptions(record=record, stats=stats, model=model, view="none", device="cpu")
            live.play(options, Interrupt(), started_s=time.perf_counter())
        cores = (time.process_time() - before_s) / seconds
        told = json.loads(stats.read_text())
    done = "labelled" if model != "none" else "passed on"
    print(f"--model {model}: {told['fps']:.1f} frames/s {done}, {cores:.2f} cores busy", end="")
    if recording := told["recording"]:
        print(
            f"; {recording['written']} of {recording['captured']} frames recorded in {seconds:g} s"
            f" ({recording['dropped']} lost, {recording['not_compressed']} stored, {camera.late} came late),"
            f" {recording['megabytes'] / seconds:.1f} MB/s",
            end="",
        )
    print(f"; peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", flush=True)
    return told["fps"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=Path, help="a folder of pictures, as for rgbd-live --frames")
    parser.add_argument("--seconds", type=float, default=20.0, help="length of each recording")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()), help="on which disk to record")
    arguments = parser.parse_args()
    print_heading(f"Recording {SIZE[0]}x{SIZE[1]} at {FPS} frames/s")
    frames = frames_of(arguments.frames)
    print_encoding(frames)
    print()
    print_run(frames, arguments.seconds, arguments.folder, "none", records=True)
    rates: dict[bool, list[float]] = {False: [], True: []}
    for _ in range(REPEATS):
        for records, found in rates.items():
            found.append(print_run(frames, arguments.seconds, arguments.folder, DEFAULT_MODEL, records=records))
    kept = statistics.median(rates[True]) / statistics.median(rates[False])
    print(f"labelling keeps {kept:.0%} of its rate while recording (medians of {REPEATS})")


if __name__ == "__main__":
    main()

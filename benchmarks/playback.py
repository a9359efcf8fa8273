"""How fast recordings play without the SDK and with it, and whether memory stays flat over 10,000 frames.

640x480 colour and depth with sensor noise (which decides how PNG decodes); one core, CPU time of all threads, which
other programs do not disturb; medians of interleaved repeats.
"""

from __future__ import annotations

import argparse
import os
import resource
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # before numpy and OpenCV start threads

import cv2
import numpy as np
from _measure import cpu_name

from sensors.frames import RawFrame
from sensors.geometry import CameraIntrinsics
from sensors.recordings.db3_writer import Db3Writer
from sensors.recordings.reader import ReaderChoice, open_recording

TARGET_FPS = 60
SIZE = (640, 480)
CAMERA = CameraIntrinsics(*SIZE, 610.0, 610.0, 319.5, 239.5)


def noisy_frames(count: int) -> list[RawFrame]:
    """A smooth scene with the noise of a real sensor: 2 grey levels in colour, 4 mm and 5 % holes in depth."""
    rng = np.random.default_rng(0)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (SIZE[1], SIZE[0], 3)), (0, 0), 12)
    base = 128 + 60 * smooth / smooth.std()
    slope = 1200 + 2 * np.arange(SIZE[0])[None, :] + np.arange(SIZE[1])[:, None]
    frames = []
    for index in range(count):
        color = np.clip(base + rng.normal(0, 2, base.shape), 0, 255).astype(np.uint8)
        depth = (slope + rng.normal(0, 4, slope.shape)).astype(np.uint16)
        depth[rng.random(depth.shape) < 0.05] = 0
        frames.append(RawFrame(index, index / 30, "hardware", color, depth, 0.001, CAMERA, CAMERA, frame_number=index))
    return frames


def quarter_size(frame: RawFrame) -> RawFrame:
    camera = CAMERA.resized(SIZE[0] // 4, SIZE[1] // 4)
    return replace(
        frame,
        color=frame.color[::4, ::4].copy(),
        depth_raw=frame.depth_raw[::4, ::4].copy(),
        color_intrinsics=camera,
        depth_intrinsics=camera,
    )


def write(path: Path, frames: list[RawFrame]) -> Path:
    with Db3Writer(path, like=frames[0], fps=30, device_name="benchmark", serial="0") as writer:
        for frame in frames:
            writer.write(frame)
    return path


def frames_per_second(path: Path, reader: ReaderChoice) -> float:
    with open_recording(path, reader) as source:
        start = time.process_time()
        count = sum(1 for _ in source)
        return count / (time.process_time() - start)


def repeat_frames(path: Path, times: int) -> None:
    """Make a recording long by repeating its encoded frames."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO messages "
            "SELECT NULL, topic_id, timestamp + i * 1000000000, data FROM messages, n WHERE timestamp > 0",
            (times - 1,),
        )


def memory_growth_mb(path: Path) -> tuple[int, float, float]:
    """Frames played, growth of the peak between frame 200 and the end, frames per second."""
    peak_kb = 0
    with open_recording(path, "python") as source:
        start = time.process_time()
        count = 0
        for frame in source:
            count = frame.index + 1
            if count == 200:
                peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        seconds = time.process_time() - start
    return count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak_kb) / 1024, count / seconds


def sdk_is_installed() -> bool:
    try:
        import pyrealsense2  # noqa: F401
    except ImportError:
        return False
    return True


def bag_of(frames: list[RawFrame], path: Path) -> Path:
    """A .bag as in the tests, which is the same as librealsense's."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "support"))
    from recordings import streams_of, write_bag  # pyright: ignore[reportMissingImports]

    return write_bag(path, frames[0], *streams_of(frames), tail=bytes(4))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long-frames", type=int, default=10_000, help="length of the recording for the memory check")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as folder:
        frames = noisy_frames(40)
        files = {"db3": write(Path(folder) / "a.db3", frames), "bag": bag_of(frames, Path(folder) / "a.bag")}
        readers: list[ReaderChoice] = ["python", "sdk"] if sdk_is_installed() else ["python"]
        speeds: dict[tuple[str, ReaderChoice], list[float]] = {
            (kind, reader): [] for kind in files for reader in readers
        }
        for _ in range(arguments.repeats):
            for (kind, reader), found in speeds.items():
                found.append(frames_per_second(files[kind], reader))
        print(f"{cpu_name()}, one core: python {' '.join(sys.argv)}")
        print(f"{'640x480 recording':24} frames/s   (target without the SDK: {TARGET_FPS})")
        for (kind, reader), found in speeds.items():
            print(f".{kind + ' ' + reader:23} {statistics.median(found):8.0f}")
        # Small images: what could grow is counted per frame, not per pixel, and the disk stays small.
        long = write(Path(folder) / "long.db3", [quarter_size(frame) for frame in frames])
        repeat_frames(long, arguments.long_frames // len(frames))
        count, growth_mb, speed = memory_growth_mb(long)
        print(f"peak memory over {count} frames of 160x120 grows by {growth_mb:.1f} MB ({speed:.0f} frames/s)")


if __name__ == "__main__":
    main()

"""What looking costs: an update of the 3D window's cloud against Open3D's example way, and drawing's share of a run.

Open3D's examples make a new cloud of every frame (create_from_rgbd_image) and put it in the old one's place (remove and
add). Updates are timed until the renderer has them; it draws in between, which is not timed. Needs a display; where
there is none: xvfb-run -a python benchmarks/viewers.py

    python benchmarks/viewers.py [--repeats N] [--frames-in-run N] [--bag FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from _measure import THREADS, print_heading

from app.look import Look, Painter
from app.result import Pulse, Result
from app.viewers.three_d.messages import CloudUpdate
from app.viewers.three_d.packed import contiguous
from segmentation.classes import class_set
from segmentation.result import Segmentation
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics

PROGRAM = Path(sys.executable).with_name("rgbd-live")
SIZES = ((640, 480), (1280, 720))


def a_result(width: int, height: int) -> Result:
    """A wavy wall, every tenth pixel without depth, labelled in stripes."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:height, :width]
    depth_m = (2 + 0.5 * np.sin(x / 40) + 0.3 * np.cos(y / 30)).astype(np.float32)
    depth_m[rng.random((height, width)) < 0.1] = 0
    color = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    camera = CameraIntrinsics(width, height, 0.95 * width, 0.95 * width, width / 2, height / 2)
    labels = (x // 40 % 37 + 1).astype(np.uint8)
    segmentation = Segmentation(labels, np.full(labels.shape, 0.5, np.float16), class_set("sunrgbd37"), True)
    return Result(Frame(0, 0.0, color, depth_m, camera), segmentation, Pulse(30.0, 30.0))


class Bench:
    """One window with our cloud and theirs."""

    def __init__(self, result: Result) -> None:
        from open3d.visualization import gui, rendering

        from app.viewers.three_d.window.cloud_view import CloudView

        self.app = gui.Application.instance
        self.window = self.app.create_window("benchmark", 960, 540)
        self.view, self.theirs = CloudView(self.window.renderer), gui.SceneWidget()
        self.theirs.scene = rendering.Open3DScene(self.window.renderer)
        for side, widget in enumerate((self.view.widget, self.theirs)):
            self.window.add_child(widget)
            widget.frame = gui.Rect(480 * side, 0, 480, 540)
        self.material = rendering.MaterialRecord()
        self.material.shader = "defaultUnlit"
        self.result, self.painter = result, Painter(Look(cloud="colour"))

    def ours(self) -> None:
        """The frame's cloud, into the one that is there."""
        points_m, colors = contiguous(self.painter.cloud(self.result))
        capacity = self.result.frame.depth_m.size
        self.view.show(CloudUpdate(points_m=points_m, colors=colors, capacity=capacity, center_m=(0, 0, 2)))

    def example(self) -> None:
        """A new cloud from the frame, put in the old one's place."""
        import open3d as o3d

        frame, scene = self.result.frame, self.theirs.scene
        tensor: Any = o3d.core.Tensor  # its stub knows no arrays
        color, depth = (o3d.t.geometry.Image(tensor(plane)) for plane in (frame.color, frame.depth_m))
        image, camera = o3d.t.geometry.RGBDImage(color, depth), tensor(frame.intrinsics.matrix)
        cloud = o3d.t.geometry.PointCloud.create_from_rgbd_image(image, camera, depth_scale=1.0, depth_max=10.0)
        scene.remove_geometry("cloud")
        scene.add_geometry("cloud", cloud, self.material)

    def draw(self) -> None:
        """Let the renderer do what it was given."""
        self.window.post_redraw()
        for _ in range(20):
            self.app.run_one_tick()


def update_ms(size: tuple[int, int], repeats: int) -> dict[str, float]:
    """Median milliseconds of each way; they take turns."""
    bench = Bench(a_result(*size))
    ways: Mapping[str, Callable[[], None]] = {"ours": bench.ours, "example": bench.example}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for repeat in range(repeats + 1):
        for name, way in ways.items():
            began_s = time.perf_counter()
            way()
            if repeat:  # the first makes what stays
                taken[name].append(1e3 * (time.perf_counter() - began_s))
            bench.draw()
    bench.window.close()
    bench.app.run_one_tick()
    return {name: statistics.median(times) for name, times in taken.items()}


def run(view: str, frames: int, bag: Path | None) -> tuple[dict[str, Any], float, float]:
    """Stats, seconds and processor seconds of a run, all its processes together."""
    with tempfile.TemporaryDirectory() as folder:
        stats = Path(folder, "stats.json")
        command = [PROGRAM, "--view", view, "--max-frames", str(frames), "--loop", "--real-time", "--stats", stats]
        command += [] if bag is None else ["--bag", bag]
        before, began_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        after, elapsed_s = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - began_s
        spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return json.loads(stats.read_text()), elapsed_s, spent_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--frames-in-run", type=int, default=300)
    parser.add_argument("--bag", type=Path)
    asked = parser.parse_args()
    print_heading("Updating the cloud, median milliseconds", THREADS)
    from open3d.visualization import gui

    gui.Application.instance.initialize()
    print(f"{'frame':<12}{'ours':>8}{'example':>10}{'ratio':>8}", flush=True)
    for width, height in SIZES:
        ms = update_ms((width, height), asked.repeats)
        told = f"{width}x{height:<8}{ms['ours']:>7.1f}{ms['example']:>10.1f}{ms['ours'] / ms['example']:>8.2f}"
        print(told, flush=True)
    print_heading(f"A run of {asked.frames_in_run} frames; processor time is that of all processes and cores")
    print(f"{'view':<8}{'frames/s':>9}{'processor s':>13}{'share of the machine':>22}", flush=True)
    for view in ("none", "3d"):
        stats, elapsed_s, spent_s = run(view, asked.frames_in_run, asked.bag)
        share = spent_s / elapsed_s / (os.cpu_count() or 1)
        print(f"{view:<8}{stats['fps']:>9.2f}{spent_s:>13.1f}{share:>22.0%}", flush=True)
    os._exit(0)  # Open3D may wait for its window for ever


if __name__ == "__main__":
    main()

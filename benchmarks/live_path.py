"""Everything on the live path but the network, for one 640x480 frame on two threads.

Each step runs many times, the steps taking turns, in one process; the table has medians in milliseconds. Beside two
steps stands the ordinary way: `palette[labels]` with addWeighted, and Open3D's cloud where Open3D is installed.

    python benchmarks/live_path.py [--repeats N]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import cv2
import numpy as np
from _measure import THREADS, medians_ms, print_heading

from app.cloud import CloudMaker
from app.overlay import Overlay
from segmentation.classes import class_set
from segmentation.preprocess import Preprocessor
from segmentation.result import Segmentation
from sensors.align import Aligner
from sensors.frames import Frame
from sensors.plain_scene import PlainScene

SIZE = (640, 480)
NETWORK_SIZE = (320, 240)
TARGETS_MS = {"preprocess": 2.5, "overlay": 1.0, "cloud": 6.0, "all": 20.0}
Steps = dict[str, Callable[[], object]]


def steps() -> tuple[Steps, Steps]:
    """Our steps, and the ordinary ways to do the same."""
    raw = PlainScene(frames=1, size=SIZE).render(0)
    aligner, overlay, cloud_of = Aligner(), Overlay(), CloudMaker()
    preprocess = Preprocessor(NETWORK_SIZE)
    frame = aligner(raw)
    classes = class_set("sunrgbd37")
    labels = (cv2.blur(frame.color, (31, 31)).mean(axis=-1) % 37).astype(np.uint8) + np.uint8(1)
    segmentation = Segmentation(labels, np.ones(labels.shape, np.float16), classes, True)
    blended = np.empty_like(frame.color)
    focal_px = (frame.intrinsics.fx, frame.intrinsics.fy)
    ours: Steps = {
        "copy": lambda: (raw.color.copy(), raw.depth_raw.copy()),
        "align": lambda: aligner(raw),
        "preprocess": lambda: preprocess(frame.color, frame.depth_m, focal_px),
        "overlay": lambda: overlay(frame.color, segmentation, blended),
        "cloud": lambda: cloud_of(frame, labels),
    }
    ordinary: Steps = {"overlay": lambda: cv2.addWeighted(frame.color, 0.5, classes.colors[labels], 0.5, 0)}
    open3d_cloud = _open3d_cloud(frame)
    if open3d_cloud is not None:
        ordinary["cloud"] = open3d_cloud
    return ours, ordinary


def _open3d_cloud(frame: Frame) -> Callable[[], object] | None:
    try:
        import open3d
    except ImportError:
        return None
    camera = frame.intrinsics
    matrix = open3d.core.Tensor.from_numpy(camera.matrix)

    def cloud() -> object:
        color, depth = open3d.t.geometry.Image(frame.color), open3d.t.geometry.Image(frame.depth_m)
        pair = open3d.t.geometry.RGBDImage(color, depth)
        return open3d.t.geometry.PointCloud.create_from_rgbd_image(pair, matrix, depth_scale=1.0, depth_max=100.0)

    return cloud


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=100)
    repeats = parser.parse_args().repeats
    cv2.setNumThreads(THREADS)
    ours, ordinary = steps()
    found = medians_ms({**ours, **{f"ordinary {name}": step for name, step in ordinary.items()}}, repeats)
    total_ms = sum(found[name] for name in ours)
    print_heading(f"the live path but the network, {SIZE[0]}x{SIZE[1]}, median of {repeats} in ms")
    print(f"{'step':<12}{'ours':>8}{'target':>8}{'ordinary':>10}{'ratio':>8}")
    for name in ours:
        target = f"{TARGETS_MS[name]:.1f}" if name in TARGETS_MS else ""
        other = found.get(f"ordinary {name}")
        beside = f"{other:>10.2f}{other / found[name]:>7.1f}x" if other is not None else ""
        print(f"{name:<12}{found[name]:>8.2f}{target:>8}{beside}")
    print(f"{'all':<12}{total_ms:>8.2f}{TARGETS_MS['all']:>8.1f}")
    if "cloud" not in ordinary:
        print("Open3D is not installed; its cloud is not compared (make bench installs it)")


if __name__ == "__main__":
    main()

"""What a map costs and how true it is, on walks through rooms that no model has seen: `python benchmarks/mapping.py`.

Times are medians over a walk; every frame is also segmented in between, so that the ratios are of one process. Truth is
the rooms' own. The model is the shipped one.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from _measure import THREADS, print_heading

from app.mapping.mapper import Mapper
from app.mapping.odometry import LONGEST_PX, View, match
from app.mapping.pinhole import PinholeMaker
from segmentation.result import Segmentation
from segmentation.segmenter import load_segmenter
from sensors.frames import Frame
from sensors.geometry import RigidTransform

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

WALKS = ((70196, 80), (70203, 0), (70211, 0))  # room and first frame, at 10 frames/s
FRAMES = 60
SIZES = ((320, 240), (640, 480))
STEPS = ("motion alone", "finding the place", "fusing", "votes", "inference")


def main() -> None:
    torch.set_num_threads(THREADS)
    segmenter = load_segmenter()
    print_heading(f"Maps of {len(WALKS)} walks of {FRAMES} frames at 10 frames/s")
    for size in SIZES:
        for seed, first in WALKS:
            measure(segmenter, seed, first, size)


def measure(segmenter: Any, seed: int, first: int, size: tuple[int, int]) -> None:
    """Map one walk twice, with the model's labels and with the true ones, and print what came of it."""
    from room_walk import CLASSES, room_walk  # pyright: ignore[reportMissingImports]

    walk = room_walk(seed, size=size, first=first, count=FRAMES)
    took_ms: dict[str, list[float]] = defaultdict(list)
    mapper, perfect, alone = Mapper(CLASSES), Mapper(CLASSES), FrameToFrame()
    _time_inside(mapper, took_ms)
    labels, motions, poses = [], [], []
    for step in walk:
        frame, k = step.frame, step.frame.intrinsics
        labels.append(timed(took_ms, "inference", segmenter.predict, frame.color, frame.depth_m, (k.fx, k.fy)))
        motions.append(timed(took_ms, "motion alone", alone, frame))
        mapper.add(frame, labels[-1])
        perfect.add(frame, step.truth)
        poses.append(mapper.world_from_camera)
    timed(took_ms, "snapshot", _snapshot, mapper)
    with tempfile.TemporaryDirectory() as folder:
        timed(took_ms, "file", mapper.save, Path(folder) / "m.ply", model="m", trained=True)
    print(f"\nroom {seed}, {size[0]}x{size[1]}: {mapper.counts.fused} fused, {mapper.counts.lost} lost")
    _print_times({name: float(np.median(values)) for name, values in took_ms.items()})
    _print_way(walk, motions, poses)
    _print_surface(walk, _snapshot(perfect))
    before, after = _accuracy(walk, labels, poses, mapper)
    print(f"  model's labels: single frames {before:.3f}, fused {after:.3f}")
    _print_memory(mapper)


class FrameToFrame:
    """Frame -> previous_from_current, or None: what maps do without kept views."""

    def __init__(self) -> None:
        self._maker = PinholeMaker(LONGEST_PX)
        self._last: View | None = None
        self._motion: RigidTransform | None = None

    def __call__(self, frame: Frame) -> RigidTransform | None:
        """Take the next frame."""
        view, last = View.of(self._maker(frame)), self._last
        self._last = view
        self._motion = None if last is None else match(view, last, self._motion)
        return self._motion


def _print_times(ms: dict[str, float]) -> None:
    print("  ms a frame: " + ", ".join(f"{name} {ms[name]:.0f}" for name in STEPS))
    share = sum(ms[name] for name in STEPS[1:4]) / ms["inference"]
    print(f"  mapping / inference {share:.2f}; snapshot {ms['snapshot']:.0f} ms, file {ms['file']:.0f} ms")


def _print_way(walk: Any, motions: list[Any], poses: list[Any]) -> None:
    from room_walk import error_of  # pyright: ignore[reportMissingImports]

    start, chained = walk[0].world_from_camera, walk[0].world_from_camera
    for motion in motions:
        chained = chained if motion is None else chained @ motion
    pairs = zip(walk, poses, strict=True)
    errors = np.array([error_of(start @ pose, step.world_from_camera) for step, pose in pairs if pose is not None])
    places = np.array([step.world_from_camera.translation_m for step in walk])
    way_m = np.linalg.norm(np.diff(places, axis=0), axis=1).sum()
    alone_m, _ = error_of(chained, walk[-1].world_from_camera)
    (median_m, _), (end_m, end_deg) = np.median(errors, axis=0), errors[-1]
    print(f"  way {way_m:.1f} m; off by {1e3 * median_m:.0f} mm in the median, {1e3 * end_m:.0f} mm and", end=" ")
    print(f"{end_deg:.1f} deg at the end; from frame to frame alone {1e3 * alone_m:.0f} mm")


def _print_surface(walk: Any, cloud: Any) -> None:
    from room_walk import TrueSurface  # pyright: ignore[reportMissingImports]

    beside_m, true_labels = TrueSurface.of(walk).beside(cloud.points_m)
    known = true_labels > 0
    middle_mm, most_mm = 1e3 * np.percentile(beside_m, [50, 95])
    print(f"  {len(cloud)} points; from the true surface {middle_mm:.1f} mm in the median, {most_mm:.1f} mm at 95 %")
    print(f"  true labels, fused: {(cloud.labels == true_labels)[known].mean():.3f} of the points right")


def _print_memory(mapper: Mapper) -> None:
    blocks, voxels = len(mapper._grid), len(mapper._votes)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"  {blocks} blocks {blocks * 512 * 20 / 1e6:.0f} MB, {voxels} voxels with votes", end=" ")
    print(f"{voxels * 38 * 4 / 1e6:.0f} MB; this process's peak {peak_mb:.0f} MB")


def timed(took_ms: dict[str, list[float]], name: str, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """What the call gives; its milliseconds are added under the name."""
    started_s = time.perf_counter()
    result = call(*arguments, **named)
    took_ms[name].append(1e3 * (time.perf_counter() - started_s))
    return result


def _time_inside(mapper: Mapper, took_ms: dict[str, list[float]]) -> None:
    """Measure the parts of Mapper.add where they are called."""
    for holder, method, name in (
        (mapper._place, "follow", "finding the place"),
        (mapper._grid, "fuse", "fusing"),
        (mapper, "_vote", "votes"),
    ):
        call = getattr(holder, method)
        setattr(holder, method, lambda *given, call=call, name=name: timed(took_ms, name, call, *given))


def _snapshot(mapper: Mapper) -> Any:
    mapper.snapshot()
    mapper.refresh()
    return mapper.snapshot()


def _accuracy(walk: Any, labels: list[Segmentation], poses: list[Any], mapper: Mapper) -> tuple[float, float]:
    """Share of right pixels (of those with a true class and a depth up to 4 m), in single frames and in the map."""
    from app.cloud import camera_rays

    before, after = [], []
    for step, segmentation, pose in zip(walk, labels, poses, strict=True):
        depth_m, truth = step.frame.depth_m, step.seen.label
        seen = (depth_m > 0) & (depth_m <= 4) & (truth > 0)
        if pose is None:
            continue
        rays = np.dstack([*camera_rays(step.frame.intrinsics), np.ones_like(depth_m)])
        points_m = pose.apply(rays[seen] * depth_m[seen][:, None])
        before.append(segmentation.labels[seen] == truth[seen])
        after.append(mapper._votes.labels_at(points_m) == truth[seen])
    return float(np.concatenate(before).mean()), float(np.concatenate(after).mean())


if __name__ == "__main__":
    main()

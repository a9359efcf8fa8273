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
from app.motion import MotionTracker
from segmentation.result import Segmentation
from segmentation.segmenter import load_segmenter

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
    """Map one walk twice, with the model's labels and with the true ones."""
    from room_walk import CLASSES, TrueSurface, error_of, room_walk  # pyright: ignore[reportMissingImports]

    walk = room_walk(seed, size=size, first=first, count=FRAMES)
    took_ms: dict[str, list[float]] = defaultdict(list)
    mapper, perfect, tracker = Mapper(CLASSES), Mapper(CLASSES), MotionTracker()
    _time_inside(mapper, took_ms)
    chained, alone_m, found, poses, labels = walk[0].world_from_camera, [], [], [], []
    for step in walk:
        k = step.frame.intrinsics
        labels.append(
            timed(took_ms, "inference", segmenter.predict, step.frame.color, step.frame.depth_m, (k.fx, k.fy))
        )
        motion = timed(took_ms, "motion alone", tracker, step.frame)
        chained = chained if motion is None else chained @ motion
        alone_m.append(error_of(chained, step.world_from_camera)[0])
        mapper.add(step.frame, labels[-1])
        perfect.add(step.frame, step.truth)
        poses.append(mapper.world_from_camera)
        if poses[-1] is not None:
            found.append(error_of(walk[0].world_from_camera @ poses[-1], step.world_from_camera))
    timed(took_ms, "snapshot", _snapshot, mapper)
    with tempfile.TemporaryDirectory() as folder:
        timed(took_ms, "file", mapper.save, Path(folder) / "m.ply", model="m", trained=True)
    ms = {name: float(np.median(values)) for name, values in took_ms.items()}
    cloud = _snapshot(perfect)
    beside_m, true_labels = TrueSurface.of(walk).beside(cloud.points_m)
    known = true_labels > 0
    before, after = _accuracy(walk, labels, poses, mapper)
    print(f"\nroom {seed}, {size[0]}x{size[1]}: {mapper.counts.fused} fused, {mapper.counts.lost} lost")
    print("  ms a frame: " + ", ".join(f"{name} {ms[name]:.0f}" for name in STEPS))
    share = sum(ms[name] for name in STEPS[1:4]) / ms["inference"]
    print(f"  mapping / inference {share:.2f}; snapshot {ms['snapshot']:.0f} ms, file {ms['file']:.0f} ms")
    print(
        f"  way {_way_m(walk):.1f} m; the end is off by {1e3 * found[-1][0]:.0f} mm, {found[-1][1]:.1f} deg;", end=" "
    )
    print(f"median {1e3 * np.median(found, axis=0)[0]:.0f} mm; from frame to frame alone {1e3 * alone_m[-1]:.0f} mm")
    print(f"  {len(cloud)} points; from the true surface {1e3 * np.median(beside_m):.1f} mm in the median,", end=" ")
    print(f"{1e3 * np.percentile(beside_m, 95):.1f} mm at 95 %")
    print(f"  true labels fused {(cloud.labels == true_labels)[known].mean():.3f};", end=" ")
    print(f"model's labels: single frames {before:.3f}, fused {after:.3f}")
    blocks, voxels = len(mapper._grid), len(mapper._votes)
    memory = (
        f"{blocks} blocks {blocks * 512 * 20 / 1e6:.0f} MB, {voxels} voxels with votes {voxels * 38 * 4 / 1e6:.0f} MB"
    )
    print(f"  {memory}; this process's peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3:.0f} MB")


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


def _way_m(walk: Any) -> float:
    places = np.array([step.world_from_camera.translation_m for step in walk])
    return float(np.linalg.norm(np.diff(places, axis=0), axis=1).sum())


def _accuracy(walk: Any, labels: list[Segmentation], poses: list[Any], mapper: Mapper) -> tuple[float, float]:
    """Share of right pixels (with a depth, a true class, within 4 m): of single frames, and of the map seen from them."""
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

"""What --smooth brings and costs on walks through rooms that no model was trained on, where the truth is known.

Flicker: the share of pixels whose label differs from the label of the same place in the frame before, places being
followed by the true geometry and the true motion; what was hidden before is left out. Accuracy is against the true
labels. In the second part somebody walks through the view, and the pixels near the outline are scored. Milliseconds
are medians, in one process with the network.

    python benchmarks/smoothing.py [--rooms SEED ...] [--frames N] [--fps F] [--size WxH] [--picture OUT.png]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from _measure import THREADS, print_heading
from numpy.typing import NDArray

from app.smoothing.smoother import LabelSmoother
from segmentation.classes import class_set
from segmentation.segmenter import Segmenter, load_segmenter
from sensors.align import Aligner
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.film import RoomFilm
from sensors.rooms.furniture.people import standing
from sensors.rooms.primitives import moved
from sensors.rooms.render import render_color
from sensors.rooms.rig import COLOR_FROM_DEPTH, rig_frame
from sensors.rooms.view import Geometry, render_geometry

WAYS = ("as the network says", "--smooth")
ROOMS = (70001, 70002, 70003, 70004, 70005, 70006)
NEAR_PX = 8
PERSON_AT_M, PERSON_SWINGS_M, PERSON_ROUND_S = 1.9, 0.75, 5.0  # to and fro before the camera
Labels = NDArray[np.uint8]


@dataclass
class Score:
    """Of one way: right and all pixels by class, changes from frame to frame, right and all near an outline."""

    confusion: NDArray[np.int64] = field(default_factory=lambda: np.zeros((38, 38), np.int64))
    flicker: list[float] = field(default_factory=list)
    near: list[int] = field(default_factory=lambda: [0, 0])

    def count(self, labels: Labels, truth: Labels) -> None:
        """Count a whole frame."""
        known = truth > 0
        pairs = truth[known].astype(np.int64) * 38 + labels[known]
        self.confusion += np.bincount(pairs, minlength=38 * 38).reshape(38, 38)

    def count_near(self, labels: Labels, truth: Labels, near: NDArray[np.bool_]) -> None:
        """Count the pixels that are near an outline."""
        self.near[0] += int(np.sum(labels[near] == truth[near]))
        self.near[1] += int(near.sum())

    @property
    def percents(self) -> tuple[float, float, float, float]:
        """Flicker, pixel accuracy, mIoU, accuracy near the outline."""
        right, true = np.diag(self.confusion), self.confusion.sum(axis=1)
        iou = right[true > 0] / (true + self.confusion.sum(axis=0) - right)[true > 0]
        near = self.near[0] / self.near[1] if self.near[1] else np.nan
        flicker = float(np.mean(self.flicker)) if self.flicker else np.nan
        return 100 * flicker, 100 * right.sum() / true.sum(), 100 * iou.mean(), 100 * near


@dataclass(frozen=True)
class Shot:
    """A frame and the truth about it. outline: pixels near somebody who moves."""

    frame: Frame
    truth: Geometry
    outline: NDArray[np.bool_]


def shots(film: RoomFilm, frames: int, *, person: bool) -> Iterator[Shot]:
    """A walk through a room; with a person, who keeps before the camera and walks to and fro."""
    align, someone = Aligner(), standing(np.random.default_rng(film.room.seed)).primitives
    furniture = len(film.room.scene.primitives)
    for index in range(frames):
        pose, scene = film.walk.pose_at(index / film.fps), film.room.scene
        if person:
            turn_rad = 2 * np.pi * index / film.fps / PERSON_ROUND_S
            x, y, _ = pose.apply(np.array([PERSON_SWINGS_M * np.sin(turn_rad), 0, PERSON_AT_M]))
            scene = replace(scene, primitives=[*scene.primitives, *moved(someone, x, y, yaw_rad=turn_rad)])
        truth = render_geometry(scene, film.color_intrinsics, pose)
        measured = render_geometry(scene, film.depth_intrinsics, pose @ COLOR_FROM_DEPTH)
        rng = film.room.frame_rng(index)
        color = render_color(scene, truth, film.photo, rng)
        depth_mm = film.room.sensor.measure(measured, film.depth_intrinsics, rng)
        frame = align(rig_frame(index, color, depth_mm, film.fps))
        yield Shot(frame, truth, near_outline(truth.primitive >= furniture))


def near_outline(inside: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels at most NEAR_PX from the border of a region, on either side."""
    side = inside.astype(np.uint8)
    return np.maximum(*(cv2.distanceTransform(part, cv2.DIST_L2, 5) for part in (side, 1 - side))) <= NEAR_PX


def places_before(now: Geometry, before: Geometry) -> tuple[NDArray[np.bool_], tuple[NDArray, NDArray]]:
    """Which pixels (h, w) were seen before, and the row and column of each of those then."""
    k: CameraIntrinsics = now.intrinsics
    before_from_now: RigidTransform = before.world_from_camera.inverse() @ now.world_from_camera
    x, y = np.meshgrid(np.arange(k.width), np.arange(k.height))
    points = np.dstack([(x - k.cx) / k.fx, (y - k.cy) / k.fy, np.ones(x.shape)]) * now.depth_m[..., None]
    points = before_from_now.apply(points)
    z = np.where((now.depth_m > 0) & (points[..., 2] > 0.05), points[..., 2], np.inf)
    column, row = np.rint(points[..., 0] / z * k.fx + k.cx), np.rint(points[..., 1] / z * k.fy + k.cy)
    seen = np.isfinite(z) & (column >= 0) & (column < k.width) & (row >= 0) & (row < k.height)
    at = row[seen].astype(int), column[seen].astype(int)
    same = np.abs(before.depth_m[at] - z[seen]) <= 0.01 + 0.02 * z[seen]
    seen[seen] = same
    return seen, (at[0][same], at[1][same])


def measure(segmenter: Segmenter, film: RoomFilm, frames: int, *, person: bool, scores: list[Score]) -> list[float]:
    """Count one walk into the scores; milliseconds of the network and of smoothing, frame after frame."""
    smoother, last, last_labels, times_ms = LabelSmoother(), None, [], []
    for shot in shots(film, frames, person=person):
        frame = shot.frame
        started_s = time.perf_counter()
        given = segmenter.predict(frame.color, frame.depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))
        between_s = time.perf_counter()
        labels = [given.labels, smoother(frame, given).labels]
        times_ms.append((1e3 * (between_s - started_s), 1e3 * (time.perf_counter() - between_s)))
        seen, at = places_before(shot.truth, last) if last is not None else (None, None)
        for way, score in enumerate(scores):
            score.count(labels[way], shot.truth.label)
            score.count_near(labels[way], shot.truth.label, shot.outline)
            if seen is not None and at is not None and not person:
                score.flicker.append(float(np.mean(labels[way][seen] != last_labels[way][at])))
        last, last_labels = shot.truth, labels
    return list(np.median(times_ms[1:], axis=0))


def save_picture(path: Path, segmenter: Segmenter, film: RoomFilm, first: int, count: int) -> None:
    """Frames that follow each other: colour above, labels below, steadied labels at the bottom."""
    smoother, columns = LabelSmoother(), []
    colors = class_set("sunrgbd37").colors
    for index, shot in enumerate(shots(film, first + count, person=False)):
        frame = shot.frame
        given = segmenter.predict(frame.color, frame.depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))
        both = [colors[given.labels], colors[smoother(frame, given).labels]]
        if index >= first:
            columns.append(np.vstack([frame.color, *both]))
    picture = cv2.resize(np.hstack(columns), None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 9])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rooms", type=int, nargs="+", default=list(ROOMS))
    parser.add_argument("--frames", type=int, default=60, help="of each walk")
    parser.add_argument("--fps", type=float, default=15.0)
    parser.add_argument("--size", default="320x240")
    parser.add_argument("--picture", type=Path, help="only write a picture of the first room")
    parser.add_argument("--first", type=int, default=20, help="of the picture")
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    cv2.setNumThreads(THREADS)
    width, height = map(int, arguments.size.split("x"))
    segmenter = load_segmenter()
    films = [RoomFilm(seed, (width, height), arguments.fps) for seed in arguments.rooms]
    if arguments.picture is not None:
        save_picture(arguments.picture, segmenter, films[0], arguments.first, 4)
        return
    print_heading(
        f"--smooth on {len(films)} walks of {arguments.frames} frames, {arguments.size}, {arguments.fps:g} frames/s"
    )
    still, busy = [Score() for _ in WAYS], [Score() for _ in WAYS]
    times_ms = []
    for film in films:
        here = [Score() for _ in WAYS]
        times_ms.append(measure(segmenter, film, arguments.frames, person=False, scores=here))
        for score, total in zip(here, still, strict=True):
            total.confusion += score.confusion
            total.flicker += score.flicker
        (a, b) = (score.percents for score in here)
        print(
            f"room {film.room.seed} ({film.room.kind}): flicker {a[0]:.2f} -> {b[0]:.2f} %,"
            f" pixel accuracy {a[1]:.2f} -> {b[1]:.2f} %, mIoU {a[2]:.2f} -> {b[2]:.2f} %",
            flush=True,
        )
        measure(segmenter, film, arguments.frames, person=True, scores=busy)
    print(f"\n{'':<22}{'flicker':>9}{'pixel acc.':>12}{'mIoU':>8}   somebody walks past: near the outline (8 px)")
    for way, score, with_person in zip(WAYS, still, busy, strict=True):
        flicker, accuracy, miou, _ = score.percents
        print(f"{way:<22}{flicker:>8.2f}%{accuracy:>11.2f}%{miou:>7.2f}%   {with_person.percents[3]:>7.2f}%")
    network_ms, smooth_ms = np.median(times_ms, axis=0)
    print(f"\nnetwork {network_ms:.1f} ms, smoothing {smooth_ms:.1f} ms a frame: {smooth_ms / network_ms:.2f}")


if __name__ == "__main__":
    main()

"""Runs a segmenter over prepared samples: each once as it is, once with its depth removed, and at several scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ids_from_labels
from sensors.align import depth_in_metres
from sensors.prepared import PreparedDataError, PreparedIndex, PreparedSample
from training.evaluate.scoring.depth_ranges import DepthRanges, depth_ranges
from training.evaluate.scoring.predictor import Predictor
from training.evaluate.scoring.tally import Tally


@dataclass(frozen=True, slots=True)
class FrameScore:
    """A frame's own mean IoU over the classes that have a true pixel in it, with its depth."""

    sample: PreparedSample
    miou: float


@dataclass(slots=True)
class Evaluation:
    """All scores.

    multi_scale: where that was asked for. ranges: those that the tallies count by. frames: one for each frame in which
    any pixel has a truth. scenes: how many different ones. unknown_pixels: labelled with a class that the model does
    not have; they count as void.
    """

    ranges: DepthRanges
    with_depth: Tally
    without_depth: Tally
    multi_scale: Tally | None = None
    frames: list[FrameScore] = field(default_factory=list)
    scenes: int = 0
    unknown_pixels: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class LabelledFrame:
    """A sample as it is scored.

    color: (H, W, 3) uint8 RGB. depth_m: (H, W) float32, 0 = no reading. label: (H, W) uint8, 0 = void.
    unknown_pixels: how many of its labels became void because the model does not have their class.
    """

    color: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    label: NDArray[np.uint8]
    focal_px: tuple[float, float]
    unknown_pixels: int


def evaluate(
    index: PreparedIndex,
    samples: Sequence[PreparedSample],
    predictor: Predictor,
    *,
    before_each: Callable[[], None],
    averaged: Predictor | None = None,
) -> Evaluation:
    """Score the predictor at the labels' size; before_each is called before each frame and may raise.

    averaged: the same at several scales, scored beside it. Raises PreparedDataError, which names the file, for a sample
    that cannot be read, and where no pixel of all has a truth.
    """
    ranges, classes = depth_ranges(index.class_set), len(predictor.classes)
    with_depth, without_depth, multi_scale = (Tally(classes, len(ranges)) for _ in range(3))
    result = Evaluation(ranges, with_depth, without_depth, multi_scale if averaged else None)
    result.scenes = len({sample.scene for sample in samples})
    for sample in samples:
        before_each()
        frame = read_frame(index, sample, classes)
        truth = sample.camera, ids_from_labels(frame.label), ranges.numbers(frame.depth_m)
        matrix = with_depth.add(predict(predictor, frame), *truth)
        without_depth.add(predict(predictor, frame, without_depth=True), *truth)
        if averaged:
            multi_scale.add(predict(averaged, frame), *truth)
        result.unknown_pixels += frame.unknown_pixels
        if matrix.pixels:
            result.frames.append(FrameScore(sample, float(matrix.miou())))
    if not result.frames:
        raise PreparedDataError(f"{index.root}: none of its {len(samples)} frames has a labelled pixel to score")
    return result


def read_frame(index: PreparedIndex, sample: PreparedSample, classes: int) -> LabelledFrame:
    """Read a sample for a model of so many classes, which are the first of the data's."""
    arrays = index.read(sample)
    unknown = arrays.label > classes
    label = np.where(unknown, np.uint8(0), arrays.label)
    depth_m = depth_in_metres(arrays.depth_steps, sample.depth_unit_m)
    focal_px = sample.intrinsics.fx, sample.intrinsics.fy
    return LabelledFrame(arrays.color, depth_m, label, focal_px, int(unknown.sum()))


def predict(predictor: Predictor, frame: LabelledFrame, *, without_depth: bool = False) -> NDArray[np.float32]:
    """Every class's probability (C, H, W) at the frame's size."""
    depth_m = np.zeros_like(frame.depth_m) if without_depth else frame.depth_m
    return predictor.probabilities(frame.color, depth_m, frame.focal_px)

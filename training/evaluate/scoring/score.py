"""Runs a segmenter over prepared samples, each once as it is and once with its depth removed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet, ids_from_labels
from sensors.align import depth_in_metres
from sensors.prepared import PreparedArrays, PreparedIndex, PreparedSample
from training.evaluate.scoring.tally import Tally


class Predictor(Protocol):
    """What is evaluated: segmentation.segmenter.Segmenter, or anything that predicts as it does."""

    classes: ClassSet

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """Every class's probability at every pixel of the frame, (C, H, W) float32."""
        ...


@dataclass(frozen=True, slots=True)
class FrameScore:
    """A frame's own mean IoU over the classes that have a true pixel in it, with its depth."""

    sample: PreparedSample
    miou: float


@dataclass(slots=True)
class Evaluation:
    """All scores. frames: one for each frame in which any pixel has a truth; scenes: how many different ones."""

    with_depth: Tally
    without_depth: Tally
    frames: list[FrameScore] = field(default_factory=list)
    scenes: int = 0


def evaluate(
    index: PreparedIndex, samples: Sequence[PreparedSample], predictor: Predictor, *, before_each: Callable[[], None]
) -> Evaluation:
    """Score the predictor at the labels' size; before_each is called before each frame and may raise.

    Raises PreparedDataError, which names the file, for a sample that cannot be read.
    """
    classes = len(predictor.classes)
    result = Evaluation(Tally(classes), Tally(classes), scenes=len({sample.scene for sample in samples}))
    for sample in samples:
        before_each()
        arrays = index.read(sample)
        target = ids_from_labels(arrays.label)
        matrix = result.with_depth.add(sample.camera, predict(predictor, sample, arrays), target)
        flat = predict(predictor, sample, arrays, without_depth=True)
        result.without_depth.add(sample.camera, flat, target)
        if matrix.counts.any():
            result.frames.append(FrameScore(sample, float(matrix.miou())))
    return result


def predict(
    predictor: Predictor, sample: PreparedSample, arrays: PreparedArrays, *, without_depth: bool = False
) -> NDArray[np.float32]:
    """Every class's probability (C, H, W) at the sample's size."""
    depth_m = depth_in_metres(arrays.depth_steps, sample.depth_unit_m)
    if without_depth:
        depth_m = np.zeros_like(depth_m)
    return predictor.probabilities(arrays.color, depth_m, (sample.intrinsics.fx, sample.intrinsics.fy))

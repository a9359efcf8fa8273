"""The field's second way of testing: the network at several input sizes, each also mirrored, and the mean of all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from segmentation.segmenter import Segmenter
from training.evaluate.scoring.predictor import Predictor

NAME = "multi-scale + flip"
SCALES = (0.5, 0.75, 1.0, 1.25, 1.5)  # DFormer's
PASSES = 2 * len(SCALES)


class Averaged:
    """Predicts the mean probability of several predictors, each on the frame and on its mirror image."""

    def __init__(self, predictors: Sequence[Predictor]) -> None:
        self.predictors = predictors
        self.classes = predictors[0].classes

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """(C, H, W) float32: means at the frame's own size, taken after each one's softmax there."""
        # A mirrored camera has the same focal lengths; its principal point moves, but no network asks for that.
        mirrored = np.ascontiguousarray(color[:, ::-1]), np.ascontiguousarray(depth_m[:, ::-1])
        total = np.zeros((len(self.classes), *depth_m.shape), np.float32)
        for predictor in self.predictors:
            total += predictor.probabilities(color, depth_m, focal_px)
            total += predictor.probabilities(*mirrored, focal_px)[..., ::-1]
        total /= 2 * len(self.predictors)
        return total


def multi_scale(segmenter: Segmenter) -> Averaged:
    """The segmenter at SCALES times its input size; fx and fy follow each as they follow any resize."""
    width, height = segmenter.card.input_size
    return Averaged([segmenter.at_input_size((round(scale * width), round(scale * height))) for scale in SCALES])

"""Adding up frames: confusion matrices by camera and by depth, and the calibration of the whole."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import IGNORE
from training.evaluate.scoring.calibration import Calibration
from training.metrics import ConfusionMatrix


class Tally:
    """The scores of one way of predicting, over all frames added.

    cameras: a confusion matrix by camera; frames: how many frames by camera. ranges: a confusion matrix for each range
    of depth. Pixels without truth count nowhere.
    """

    def __init__(self, num_classes: int, num_ranges: int) -> None:
        self.num_classes = num_classes
        self.cameras: dict[str, ConfusionMatrix] = {}
        self.frames: dict[str, int] = {}
        self.ranges = [ConfusionMatrix(num_classes) for _ in range(num_ranges)]
        self.calibration = Calibration()

    def add(
        self,
        probabilities: NDArray[np.float32],
        camera: str,
        target: NDArray[np.uint8],
        ranges: NDArray[np.uint8],
    ) -> ConfusionMatrix:
        """Add a frame, and give its own confusion matrix.

        probabilities: (C, H, W). target: (H, W) uint8 network ids, 255 = no truth. ranges: (H, W) uint8, the number of
        each pixel's range of depth.
        """
        best = probabilities.argmax(axis=0)
        known = target != IGNORE
        confidence = np.take_along_axis(probabilities, best[None], axis=0)[0]
        self.calibration.update(confidence[known], (best == target)[known])
        matrix = ConfusionMatrix(self.num_classes)
        for number, total in enumerate(self.ranges):
            inside = ranges == number
            part = ConfusionMatrix(self.num_classes)
            part.update(best[inside], target[inside])
            total.counts += part.counts
            matrix.counts += part.counts
        self.cameras[camera] = self.cameras.get(camera, ConfusionMatrix(self.num_classes)) + matrix
        self.frames[camera] = self.frames.get(camera, 0) + 1
        return matrix

    def whole(self) -> ConfusionMatrix:
        """The one confusion matrix of all cameras."""
        return sum(self.cameras.values(), ConfusionMatrix(self.num_classes))

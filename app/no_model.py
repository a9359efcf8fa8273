"""`--model none`: a stand-in for the segmenter that labels nothing, for looking and recording."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet
from segmentation.engines.history import EngineHistory
from segmentation.result import Segmentation

NO_CLASSES = ClassSet("none", ("void",), np.zeros((1, 3), np.uint8))


class NoModel:
    """Gives every pixel the label void, with confidence 0."""

    model_name = "none"
    engine_name = "none"
    device_name = "none"
    precision = "none"
    engine_reason = "as asked for"
    trained = True  # there are no weights to be untrained
    history = EngineHistory()  # never changes

    def predict(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> Segmentation:
        """color: (H, W, 3) -> all void."""
        shape = color.shape[:2]
        return Segmentation(np.zeros(shape, np.uint8), np.zeros(shape, np.float16), NO_CLASSES, True)

    def abandon(self) -> None:
        """Nobody ever waits."""

    def close(self) -> None:
        """There is nothing to give back."""

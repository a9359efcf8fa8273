"""What every engine is to the segmenter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from segmentation.preprocess import NetworkInput
from segmentation.scores import Scores


@dataclass(frozen=True, slots=True, eq=False)
class EngineResult:
    """labels: (H, W) uint8, void first. confidence: (H, W) float16. The two stages' durations in milliseconds.

    scores: every class's probability, None where the engine gives only the best.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float16]
    inference_ms: float
    postprocess_ms: float
    scores: Scores | None = None


class Engine(Protocol):
    """Something that runs one network. name: such as "torch". device_name, precision: where and how it runs."""

    name: str
    device_name: str
    precision: str

    def run(self, network_input: NetworkInput, size: tuple[int, int]) -> EngineResult:
        """Labels and confidence of `size` (height, width). The arrays are the caller's."""
        ...

    def probabilities(self, network_input: NetworkInput, size: tuple[int, int]) -> NDArray[np.float32]:
        """Every class's probability (C, H, W) of `size` (height, width). The array is the caller's."""
        ...

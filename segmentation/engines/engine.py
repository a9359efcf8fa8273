"""What every engine is to the segmenter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # a command line knows the names below without waiting for NumPy and torch
    import numpy as np
    from numpy.typing import NDArray

    from segmentation.scores import Scores

Precision = Literal["auto", "fp32", "fp16", "bf16", "int8"]
PRECISIONS: tuple[Precision, ...] = ("auto", "fp32", "fp16", "bf16", "int8")
GraphPrecision = Literal["fp32", "fp16"]
GRAPH_PRECISIONS: tuple[GraphPrecision, ...] = ("fp32", "fp16")
ENGINE_NAMES = ("auto", "torch", "onnx", "openvino", "tensorrt", "torch-compile")
DEVICE_NAME = re.compile("auto|cpu|cuda(:[0-9]+)?")


@dataclass(frozen=True, slots=True, eq=False)
class EngineResult:
    """labels: (H, W) uint8, void first. confidence: (H, W) float16. The arrays are the caller's.

    preprocess_ms, inference_ms, postprocess_ms: how long the three stages took. scores: every class's probability, None
    where the engine gives only the best.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float16]
    preprocess_ms: float
    inference_ms: float
    postprocess_ms: float
    scores: Scores | None = None


class Engine(Protocol):
    """Something that runs one network. name: such as "torch". device_name, precision: where and how it runs.

    Frames are color (H, W, 3) uint8 RGB, depth_m (H, W) float32 metres with 0 = no reading (what is negative or not
    finite counts as no reading) and focal_px, fx and fy in pixels of these images; any size. All methods raise
    ValueError for anything else, and EngineUnavailableError when the device fails or has no memory left.
    """

    name: str
    device_name: str
    precision: str

    def run(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> EngineResult:
        """Labels and confidence of the frame's size; the same frame gives the same bytes."""
        ...

    def probabilities(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> NDArray[np.float32]:
        """Every class's probability (C, H, W) at the frame's size. The array is the caller's."""
        ...

    def at_input_size(self, input_size: tuple[int, int]) -> Engine:
        """The same network, weights shared, for which frames become another size (width, height).

        Raises EngineUnavailableError where the network was built for one size.
        """
        ...

    def close(self) -> None:
        """Give back what the engine holds outside this process's memory; it is not used any more."""
        ...

"""What a segmenter gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import ClassSet

if TYPE_CHECKING:
    from segmentation.scores import Scores


@dataclass(frozen=True, slots=True, eq=False)
class Segmentation:
    """Labels for one frame, at the frame's own size.

    labels: (H, W) uint8 in the numbering of screens and files: 0 = void, class i of the network is i + 1.
    confidence: (H, W) float16, the probability of the label, 0..1.
    classes: names and colours; classes.names[label] and classes.colors[label] take labels as they stand here.
    trained: False while the network's weights are untrained; whatever shows the labels must then say UNTRAINED.
    stages_ms: milliseconds of "preprocess", "inference", "postprocess".
    scores: every class's probability, None where the engine gives only the best.
    """

    labels: NDArray[np.uint8]
    confidence: NDArray[np.float16]
    classes: ClassSet
    trained: bool
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    scores: Scores | None = None

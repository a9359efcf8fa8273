"""What goes over the line between the two processes; frames, labels and scores do not."""

from __future__ import annotations

from dataclasses import dataclass

from segmentation.engines.isolated.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Start:
    """Make the engine. Answered by Started."""

    recipe: Recipe


@dataclass(frozen=True, slots=True)
class Run:
    """Label the frame in the shared memory, of size (height, width). Answered by Ran."""

    size: tuple[int, int]
    focal_px: tuple[float, float]


@dataclass(frozen=True, slots=True)
class GetProbabilities:
    """Every class's probability for the frame in the shared memory. Answered by Numbers."""

    size: tuple[int, int]
    focal_px: tuple[float, float]


@dataclass(frozen=True, slots=True)
class GetLogits:
    """Those of an earlier frame. Answered by Numbers, (1, h, w, C)."""

    frame: int


@dataclass(frozen=True, slots=True)
class Started:
    """The engine is there. See Engine and Choice."""

    name: str
    device_name: str
    precision: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ran:
    """Labels and confidence are in the shared memory. frame: to ask for its logits with, None where it has none."""

    frame: int | None
    preprocess_ms: float
    inference_ms: float
    postprocess_ms: float


@dataclass(frozen=True, slots=True)
class Numbers:
    """A float32 array of this shape is in the memory for answers; None where there is none any more."""

    shape: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something for the user, said by the logger of this name, while an answer is being made."""

    logger: str
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Raised:
    """Instead of an answer."""

    error: Exception


Question = Start | Run | GetProbabilities | GetLogits
Answer = Started | Ran | Numbers

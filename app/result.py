"""What the frame path hands to a viewer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from segmentation.result import Segmentation
from sensors.frames import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Pulse:
    """How the program is doing, for telling beside the picture.

    fps: results per second of late. latency_ms: from the frame's arrival to its labels. stages_ms: this frame's
    milliseconds by stage. losses: frames lost so far, by cause in words, only causes that have any. smoothed,
    without_depth: whether these labels were steadied over time, or made without looking at the depth.
    """

    fps: float
    latency_ms: float
    stages_ms: Mapping[str, float] = field(default_factory=dict)
    losses: Mapping[str, int] = field(default_factory=dict)
    smoothed: bool = False
    without_depth: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """A frame, its labels, and how the program is doing."""

    frame: Frame
    segmentation: Segmentation
    pulse: Pulse

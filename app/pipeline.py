"""The frame path: capture, align, segment, hand to the sinks and the viewer."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.capture import Capture, Captured, CapturePolicy
from app.depth_view import has_depth
from app.timing import FrameRate, StageTimes
from segmentation.result import Segmentation
from sensors.frames import Frame, RawFrame
from sensors.source import FrameSource, SourceStatus


class Sink(Protocol):
    """Takes every result; close() finishes what was begun."""

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Take one result. Raises OutputError."""
        ...

    def close(self) -> None:
        """Finish what was begun. Raises OutputError."""
        ...


@dataclass(frozen=True, slots=True)
class Pulse:
    """What a viewer tells beside the picture. latency_ms: from the frame's arrival to its labels."""

    fps: float
    latency_ms: float
    overwritten: int


class Viewer(Protocol):
    """Shows results; called on the main thread only."""

    @property
    def name(self) -> str:
        """As --view has it: "2d" or "none"."""
        ...

    def show(self, frame: Frame, segmentation: Segmentation, pulse: Pulse) -> None:
        """Show one result."""
        ...

    def attend(self, status: SourceStatus) -> bool:
        """Look after keys, pauses and a lost camera, between two results; False when the user quits."""
        ...

    def hold(self) -> None:
        """After the last frame, with someone at the terminal: stay until the user quits."""
        ...

    def close(self) -> None:
        """Take the picture away."""
        ...


class Predictor(Protocol):
    """What the pipeline needs of a segmenter."""

    def predict(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> Segmentation:
        """color (H, W, 3) uint8 RGB, depth_m (H, W) float32 metres, focal_px fx and fy."""
        ...


@dataclass(slots=True, kw_only=True)
class Progress:
    """What has happened so far. Times are time.perf_counter() seconds, None before the event."""

    captured: int = 0
    overwritten: int = 0
    segmented: int = 0
    shown: int = 0
    sdk_gaps: int = 0
    without_depth: int = 0
    first_frame_s: float | None = None
    first_result_s: float | None = None
    last_result_s: float | None = None
    times: StageTimes = field(default_factory=StageTimes)
    positions: array[int] = field(default_factory=lambda: array("q"))
    frame_numbers: array[int] = field(default_factory=lambda: array("q"))

    @property
    def fps(self) -> float | None:
        """Segmented frames over the time from the first frame out of the source to the last result."""
        if self.first_frame_s is None or self.last_result_s is None:
            return None
        return self.segmented / max(self.last_result_s - self.first_frame_s, 1e-9)


@dataclass(kw_only=True)
class Pipeline:
    """The parts of the frame path, put together.

    source: entered. align: RawFrame -> Frame. sinks: closed by whoever made it. stop: asked between frames whether to
    end. tap: sees every captured frame on the capture thread. max_frames: results after which it is enough.
    """

    source: FrameSource
    align: Callable[[RawFrame], Frame]
    segmenter: Predictor
    sinks: Sink
    viewer: Viewer
    policy: CapturePolicy
    stop: Callable[[], bool] = lambda: False
    tap: Callable[[RawFrame], None] | None = None
    max_frames: int | None = None
    progress: Progress = field(default_factory=Progress)

    def run(self) -> None:
        """Play until the source ends, the user quits, or max_frames results are out; raises what the parts raise."""
        rate = FrameRate()
        with Capture(self.source, self.policy, self.tap) as capture:
            try:
                for captured in capture.frames():
                    if captured is not None:
                        self._step(captured, capture, rate)
                    if not self.viewer.attend(self.source.status) or self._is_enough():
                        break
            finally:
                self._count(capture)

    def _is_enough(self) -> bool:
        return self.stop() or self.progress.segmented == self.max_frames

    def _step(self, captured: Captured, capture: Capture, rate: FrameRate) -> None:
        """One frame through all stages."""
        times = self.progress.times
        # A recording's frame was read ahead and is not late; a camera's frame ages from its arrival.
        started_s = captured.arrived_s if self.policy.drop else time.perf_counter()
        with times.measure("align"):
            frame = self.align(captured.raw)
        segmentation = self.segmenter.predict(frame.color, frame.depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))
        latency_ms = (time.perf_counter() - started_s) * 1e3
        with times.measure("render"):
            self.sinks.write(frame, segmentation)
            self.viewer.show(frame, segmentation, Pulse(rate.tick(), latency_ms, capture.overwritten))
        times.add("capture", (captured.arrived_s - captured.asked_s) * 1e3)
        for stage, ms in segmentation.stages_ms.items():
            times.add(stage, ms)
        times.add("total", (time.perf_counter() - started_s) * 1e3)
        self._note(frame)
        self._count(capture)

    def _note(self, frame: Frame) -> None:
        now_s, progress = time.perf_counter(), self.progress
        progress.segmented += 1
        progress.without_depth += not has_depth(frame.depth_m)
        progress.shown += self.viewer.name != "none"
        progress.first_result_s = progress.first_result_s or now_s
        progress.last_result_s = now_s
        progress.positions.append(frame.index)
        progress.frame_numbers.append(frame.frame_number)

    def _count(self, capture: Capture) -> None:
        self.progress.captured = capture.captured
        self.progress.overwritten = capture.overwritten
        self.progress.first_frame_s = capture.first_s
        self.progress.sdk_gaps = self.source.gaps

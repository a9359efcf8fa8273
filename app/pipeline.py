"""The frame path: capture, segment and show, each on a thread of its own, so that none slows the one before it.

source -> capture thread -> one slot -> segment thread (align, predict, files) -> one slot -> main thread (viewer)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.capture import Capture, CapturePolicy
from app.controls import Controls
from app.progress import Progress
from app.result import Result
from app.segment_stage import Predictor, SegmentStage, Sink
from segmentation.result import Segmentation
from sensors.frames import Frame, RawFrame
from sensors.source import FrameSource, SourceStatus


class Viewer(Protocol):
    """Shows results; called on the main thread only, which it owns."""

    @property
    def wait_s(self) -> float:
        """How long attend() may be kept waiting for the next result."""
        ...

    @property
    def name(self) -> str:
        """As --view has it, such as "2d" or "none"."""
        ...

    def show(self, result: Result) -> None:
        """Show one result."""
        ...

    def attend(self, status: SourceStatus) -> bool:
        """Look after keys, clicks and a lost camera, between two results; False when the user quits."""
        ...

    def picture(self) -> NDArray[np.uint8] | None:
        """What is seen now, (h, w, 3) uint8 RGB; None where that is the usual picture or nothing."""
        ...

    def close(self) -> None:
        """Take the picture away."""
        ...


@dataclass(kw_only=True)
class Pipeline:
    """The parts of the frame path, put together.

    source: entered. align: RawFrame -> Frame. sinks: closed by whoever made it. stop: asked between frames whether to
    end. tap: sees every captured frame on the capture thread. max_frames: results after which it is enough.
    smoother: see SegmentStage.
    """

    source: FrameSource
    align: Callable[[RawFrame], Frame]
    segmenter: Predictor
    sinks: Sink
    viewer: Viewer
    policy: CapturePolicy
    controls: Controls = field(default_factory=Controls)
    smoother: Callable[[Frame, Segmentation], Segmentation] | None = None
    stop: Callable[[], bool] = lambda: False
    tap: Callable[[RawFrame], None] | None = None
    max_frames: int | None = None
    progress: Progress = field(default_factory=Progress)

    def run(self) -> None:
        """Play until the source ends, the user quits, or max_frames results are out; raises what the parts raise."""
        with self._capture() as capture, self._segment(capture) as stage:
            while not stage.finished:
                result = stage.take(self.viewer.wait_s)
                if result is not None:
                    self._show(result)
                if not self.viewer.attend(self.source.status):
                    self.controls.quit()
                if self.controls.quits or self.stop():
                    break
        stage.check()

    def _capture(self) -> Capture:
        return Capture(self.source, self.policy, self.controls, self.progress, tap=self.tap, limit=self.max_frames)

    def _segment(self, capture: Capture) -> SegmentStage:
        return SegmentStage(
            capture,
            self.align,
            self.segmenter,
            self.sinks,
            self.controls,
            self.progress,
            smoother=self.smoother,
            drops=self.policy.drop,
            max_frames=self.max_frames,
        )

    def _show(self, result: Result) -> None:
        with self.progress.times.measure("render"):
            self.viewer.show(result)
        self.progress.shown += self.viewer.name != "none"

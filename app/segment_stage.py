"""The segment thread: takes the newest frame, labels it, hands it to the files, and leaves it for the viewer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from app.capture import WAIT_S, Capture, Captured
from app.controls import Controls
from app.depth_view import has_depth
from app.mailbox import Mailbox
from app.progress import Progress
from app.result import Pulse, Result
from app.timing import FrameRate
from segmentation.errors import EngineUnavailableError
from segmentation.result import Segmentation
from sensors.frames import Frame, RawFrame

PATIENCE_S = 1.0  # with the frame that is under way when the user quits


class Predictor(Protocol):
    """What the frame path needs of a segmenter."""

    def predict(
        self, color: NDArray[np.uint8], depth_m: NDArray[np.float32], focal_px: tuple[float, float]
    ) -> Segmentation:
        """color (H, W, 3) uint8 RGB, depth_m (H, W) float32 metres, focal_px fx and fy."""
        ...

    def abandon(self) -> None:
        """Have predict() fail with EngineUnavailableError, where it may wait for a device that never answers."""
        ...


class Sink(Protocol):
    """Takes every result; close() finishes what was begun."""

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Take one result. Raises OutputError."""
        ...

    def close(self) -> None:
        """Finish what was begun. Raises OutputError."""
        ...


class SegmentStage:
    """Runs on a thread of its own while inside the `with`; take() gives the newest result.

    smoother: frame and segmentation -> steadier segmentation, asked while controls.smooth is on. drops: as in
    CapturePolicy. max_frames: results after which it is enough.
    """

    def __init__(
        self,
        capture: Capture,
        align: Callable[[RawFrame], Frame],
        segmenter: Predictor,
        sinks: Sink,
        controls: Controls,
        progress: Progress,
        *,
        smoother: Callable[[Frame, Segmentation], Segmentation] | None,
        drops: bool,
        max_frames: int | None,
    ) -> None:
        self._capture, self._align, self._segmenter = capture, align, segmenter
        self._sinks, self._controls, self._progress, self._smoother = sinks, controls, progress, smoother
        self._drops, self._max_frames = drops, max_frames
        self._results: Mailbox[Result] = Mailbox()
        self._rate = FrameRate()
        self._stopping, self._abandoned = threading.Event(), False
        self._thread = threading.Thread(target=self._run, name="segment", daemon=True)

    def take(self, timeout_s: float) -> Result | None:
        """The newest result, or None when none came in time or none will come any more."""
        return self._results.take(timeout_s)

    @property
    def finished(self) -> bool:
        """Whether all results are out; raises what any part raised."""
        return self._results.finished

    def check(self) -> None:
        """Raise what any part raised, if anything did."""
        self._results.check()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(PATIENCE_S)
        if self._thread.is_alive():
            self._abandoned = True
            self._segmenter.abandon()
        self._thread.join()  # it ends with the frame that it is at

    def _run(self) -> None:
        try:
            while not (self._stopping.is_set() or self._capture.finished or self._is_enough()):
                if self._controls.may_go(WAIT_S):
                    self._take_one()
        except Exception as error:
            expected = self._abandoned and isinstance(error, EngineUnavailableError)
            self._results.close(None if expected else error)
        finally:
            self._results.close()

    def _is_enough(self) -> bool:
        return self._progress.segmented == self._max_frames

    def _take_one(self) -> None:
        captured = self._capture.take(WAIT_S)
        if captured is not None and self._controls.lets_pass(captured.seeks):
            self._results.put(self._result(captured), wait=False)

    def _result(self, captured: Captured) -> Result:
        """One frame through all stages."""
        # A recording's frame was read ahead and is not late; a camera's frame ages from its arrival.
        started_s = captured.arrived_s if self._drops else time.perf_counter()
        stages_ms = {"capture": 1e3 * (captured.arrived_s - captured.asked_s)}
        aligning_s = time.perf_counter()
        frame = self._align(captured.raw)
        stages_ms["align"] = 1e3 * (time.perf_counter() - aligning_s)
        with_depth = self._controls.uses_depth
        # Labels made without depth are there to compare with, so they are left as the network gave them.
        smooths = self._controls.smooth and self._smoother is not None and with_depth
        segmentation = self._labels(frame, stages_ms, with_depth=with_depth, smooths=smooths)
        stages_ms["total"] = 1e3 * (time.perf_counter() - started_s)
        self._sinks.write(frame, segmentation)
        self._note(frame, stages_ms)
        return Result(
            frame,
            segmentation,
            Pulse(
                fps=self._rate.tick(),
                latency_ms=stages_ms["total"],
                stages_ms=stages_ms,
                losses=self._progress.losses,
                smoothed=smooths,
                without_depth=not with_depth,
            ),
        )

    def _labels(self, frame: Frame, stages_ms: dict[str, float], *, with_depth: bool, smooths: bool) -> Segmentation:
        depth_m = frame.depth_m if with_depth else np.zeros_like(frame.depth_m)
        segmentation = self._segmenter.predict(frame.color, depth_m, (frame.intrinsics.fx, frame.intrinsics.fy))
        stages_ms.update(segmentation.stages_ms)
        if smooths and self._smoother is not None:
            smoothing_s = time.perf_counter()
            segmentation = self._smoother(frame, segmentation)
            stages_ms["smooth"] = 1e3 * (time.perf_counter() - smoothing_s)
        return segmentation

    def _note(self, frame: Frame, stages_ms: dict[str, float]) -> None:
        now_s, progress = time.perf_counter(), self._progress
        for stage, ms in stages_ms.items():
            progress.times.add(stage, ms)
        progress.segmented += 1
        progress.without_depth += not has_depth(frame.depth_m)
        progress.first_result_s = progress.first_result_s or now_s
        progress.last_result_s = now_s
        progress.positions.append(frame.index)
        progress.frame_numbers.append(frame.frame_number)

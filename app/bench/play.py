"""The process of one run: the real frame path with the overlay painted, first to warm up, then to be measured."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.bench.case import Run, Setup
from app.bench.usage import Usage, usage
from app.capture import CapturePolicy
from app.live import load_model, make_aligner, make_controls, may_drop, open_live_source
from app.options import LiveOptions
from app.outputs.stats import stats_document
from app.overlay import Overlay
from app.picture import overlay_picture
from app.pipeline import Pipeline
from app.progress import Progress
from app.result import Result
from console.exit_codes import ExitCode, exit_code_of, one_line
from segmentation.result import Segmentation
from sensors.frames import Frame
from sensors.source import FrameSource, SourceStatus


@dataclass(kw_only=True)
class PaintingViewer:
    """A viewer that paints every overlay and shows it to nobody. first_s: when the first was painted."""

    name = "bench"
    wait_s = 0.05
    overlay: Overlay = field(default_factory=Overlay)
    first_s: float | None = None

    def show(self, result: Result) -> None:
        """Paint it."""
        overlay_picture(self.overlay, result.frame, result.segmentation)
        self.first_s = self.first_s or time.perf_counter()

    def attend(self, status: SourceStatus) -> bool:
        """Nobody quits."""
        return True

    def picture(self) -> NDArray[np.uint8] | None:
        """There is none."""
        return None

    def close(self) -> None:
        """There is nothing to take away."""


class NoFiles:
    """A sink that writes nothing."""

    def write(self, frame: Frame, segmentation: Segmentation) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


def main() -> None:
    """Play what the one argument asks for and leave the answer as JSON. Standard input must end with the bench."""
    threading.Thread(target=_end_with_bench, daemon=True).start()
    asked = json.loads(sys.argv[1])
    # The parent's wall clock tells when this process was started, before Python ran in it.
    started_s = time.perf_counter() - max(0.0, time.time() - asked["spawned_unix_s"])
    options = LiveOptions(**{**asked["options"], **_paths(asked["options"])})
    try:
        setup, run = play(options, frames=asked["frames"], warm_up=asked["warm_up"], started_s=started_s)
        answer: dict[str, Any] = {"setup": asdict(setup), "run": asdict(run)}
    except Exception as error:
        code = exit_code_of(error)
        if code == ExitCode.DEFECT:
            raise
        answer = {"refused": one_line(error), "exit_code": int(code)}
    Path(asked["answer"]).write_text(json.dumps(answer))


def _paths(given: dict[str, Any]) -> dict[str, Path]:
    return {name: Path(given[name]) for name in ("bag", "frames") if given[name] is not None}


def _end_with_bench() -> None:
    sys.stdin.buffer.read()
    os._exit(int(ExitCode.INTERRUPTED))


def play(options: LiveOptions, *, frames: int, warm_up: int, started_s: float) -> tuple[Setup, Run]:
    """Warm up, then measure; raises what the parts raise. started_s: time.perf_counter() when the process began."""
    painter = PaintingViewer()
    with open_live_source(options) as source:
        segmenter = load_model(options)
        try:
            ready_s = time.perf_counter()
            if warm_up:
                _pass(options, source, segmenter, painter, warm_up)
            before, began_s = usage(), time.perf_counter()
            progress = _pass(options, source, segmenter, painter, frames)
            took_s, after = time.perf_counter() - began_s, usage()
            setup = _setup(segmenter)
        finally:
            segmenter.close()
    history = segmenter.history
    played = stats_document(progress, about={}, engine_restarts=history.restarts, startup_s=None, recording=None)
    run = Run(
        fps=played["fps"],
        stages_ms={stage: ms for stage, ms in played["stages_ms"].items() if ms["p50"] is not None},
        counters=played["counters"],
        startup_s=round(ready_s - started_s, 3),
        first_mask_s=round((painter.first_s or time.perf_counter()) - started_s, 3),
        peak_mb=round(after.peak_mb, 1),
        cpu_ms=round(1e3 * (after.cpu_s - before.cpu_s) / max(progress.segmented, 1), 2),
        others_cores=_others_cores(before, after, took_s),
        engine_changes=list(history.changes),
    )
    return setup, run


def _pass(options: LiveOptions, source: FrameSource, segmenter: Any, painter: PaintingViewer, frames: int) -> Progress:
    """One play of so many results, counted afresh."""
    progress = Progress()
    Pipeline(
        source=source,
        align=make_aligner(source.info),
        segmenter=segmenter,
        sinks=NoFiles(),
        viewer=painter,
        policy=CapturePolicy(drop=may_drop(options, source.info), paced=options.real_time),
        controls=make_controls(options, source),
        max_frames=frames,
        progress=progress,
    ).run()
    return progress


def _setup(segmenter: Any) -> Setup:
    device = segmenter.device_name
    return Setup(device=device, precision=segmenter.precision, trained=segmenter.trained, gpu=_gpu_name(device))


def _gpu_name(device: str) -> str | None:
    if not device.startswith("cuda"):
        return None
    import torch

    return torch.cuda.get_device_name(device) if torch.cuda.is_available() else None


def _others_cores(before: Usage, after: Usage, took_s: float) -> float | None:
    if before.machine_s is None or after.machine_s is None:
        return None
    others_s = (after.machine_s - before.machine_s) - (after.cpu_s - before.cpu_s)
    return round(max(0.0, others_s / took_s), 2)

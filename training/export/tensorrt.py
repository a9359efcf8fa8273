"""`--to tensorrt`: an engine for this machine's GPU, held against torch, kept for later starts, and given as a file."""

from __future__ import annotations

from typing import cast

from console.atomic import output_errors, write_whole
from console.check_frames import DEMO_CHECK_FRAMES
from console.errors import OutputError
from console.interrupt import Interrupt
from segmentation.engines.choose import accepted
from segmentation.engines.engine import Precision
from segmentation.engines.parity import read_report, report_text
from segmentation.engines.request import EngineRequest
from segmentation.engines.tensorrt_engine import TensorRTEngine, machine
from segmentation.model_source import ModelSource
from training.export.options import ExportOptions


def export(source: ModelSource, options: ExportOptions, interrupt: Interrupt) -> list[str]:
    """See command.Exporter. Raises EngineRefusedError for an engine whose labels are not torch's.

    The engine goes through the cache, so that a plain rgbd-live takes it from now on.
    """
    precision = cast("Precision", options.precision or "auto")
    request = EngineRequest(source, precision=precision, check_frames=DEMO_CHECK_FRAMES)
    engine = cast("TensorRTEngine", accepted("tensorrt", request))
    try:
        interrupt.check()
        with output_errors(engine.plan_file):
            content = engine.plan_file.read_bytes()
        report = read_report(engine.plan_file.parent)
        if report is None:
            raise OutputError(
                f"{engine.plan_file.parent}: the report was not left there; make room, or see the line above"
            )
        write_whole(options.report, report_text(report).encode())
        write_whole(options.out, content)
    finally:
        engine.close()
    width, height = source.card.input_size
    about = machine(engine.device)
    return [
        f"{options.out}: {source.card.model} for {width}x{height}, {engine.precision}, {len(content) / 1e6:.1f} MB, for"
        f" TensorRT {about['tensorrt']} on {about['gpu']} (compute {about['compute']}) and no other",
        f"{report.summary} ({options.report}); rgbd-live takes this engine here from now on",
    ]

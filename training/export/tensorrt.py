"""`--to tensorrt`: an engine for this machine's GPU, held against torch, kept for later starts, and given as a file."""

from __future__ import annotations

from typing import cast

from console.atomic import write_whole
from console.check_frames import DEMO_CHECK_FRAMES
from console.errors import OutputError
from console.interrupt import Interrupt
from segmentation.engines.choose import accepted
from segmentation.engines.engine import Precision
from segmentation.engines.parity import read_report, report_text
from segmentation.engines.request import EngineRequest
from segmentation.engines.tensorrt_engine import PLAN_FILE, request_key
from segmentation.model_source import ModelSource
from training.export.options import ExportOptions


def export(source: ModelSource, options: ExportOptions, interrupt: Interrupt) -> list[str]:
    """See command.Exporter. Raises EngineRefusedError for an engine whose labels are not torch's.

    The engine goes through the cache, so that a plain rgbd-live takes it from now on.
    """
    precision = cast("Precision", options.precision or "auto")
    request = EngineRequest(source, precision=precision, check_frames=DEMO_CHECK_FRAMES)
    accepted("tensorrt", request).close()
    interrupt.check()
    key = request_key(request)
    folder = request.cache.path(key)
    report = read_report(folder)
    if report is None:
        raise OutputError(f"{folder}: cannot be written, so no report is there; make room")
    content = (folder / PLAN_FILE).read_bytes()
    write_whole(options.report, report_text(report).encode())
    write_whole(options.out, content)
    taken = "" if options.size else "; rgbd-live takes this engine here from now on"
    return [
        f"{options.out}: {source.card.model} for {key['shape']}, {key['precision']}, {len(content) / 1e6:.1f} MB, for"
        f" TensorRT {key['tensorrt']} on {key['gpu']} (compute {key['compute']}) and no other",
        f"{report.summary} ({options.report}){taken}",
    ]

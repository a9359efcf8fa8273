"""`--to onnx`: the graph, held against torch before it gets its name."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch

from console.atomic import make_folder, output_errors, part_path, write_whole
from console.check_frames import DEMO_CHECK_FRAMES
from console.errors import UsageError
from console.interrupt import Interrupt
from console.say import say
from segmentation.engines.engine import GraphPrecision
from segmentation.engines.onnx_engine import OnnxEngine
from segmentation.engines.parity import LEAST_AGREEMENT, EngineRefusedError, Gate, compare, report_text
from segmentation.engines.torch_engine import TorchEngine
from segmentation.errors import EngineUnavailableError
from segmentation.graphs.export import GraphReport, export_graph
from segmentation.model_source import ModelSource
from training.export.options import ExportOptions


def export(source: ModelSource, options: ExportOptions, interrupt: Interrupt) -> list[str]:
    """See command.Exporter. Raises EngineRefusedError, with its report left, for a graph that is not as torch is."""
    if source.is_graph:
        raise UsageError(f"--model {options.model}: is an ONNX graph already")
    precision = cast("GraphPrecision", options.precision or "fp32")
    make_folder(options.out.parent)
    part = part_path(options.out)
    try:
        with output_errors(options.out):
            part.touch()  # sooner than half a minute of work is lost
            say(f"exporting {source.card.model}")
            written = export_graph(
                source.card, source.network(), part, precision=precision, fingerprint=source.fingerprint
            )
        interrupt.check()
        agreement = _checked(source, part, options)
        with output_errors(options.out):
            part.replace(options.out)
    finally:
        part.unlink(missing_ok=True)
    width, height = source.card.input_size
    return [f"{options.out}: {source.card.model} for {width}x{height}, {precision}, {_figures(written)}", agreement]


def _checked(source: ModelSource, part: Path, options: ExportOptions) -> str:
    """Compare, leave the report, and return it in words."""
    try:
        engine = OnnxEngine(source.card, part, device="cpu")
    except EngineUnavailableError as error:
        return f"not compared with torch: {error}"
    say(f"comparing with torch on the frames of {DEMO_CHECK_FRAMES.name.split()[0]}")
    reference = TorchEngine(source.card, source.network(), device="cpu", precision="fp32")
    gate = Gate(f"torch {torch.__version__} on cpu, fp32", DEMO_CHECK_FRAMES.name, LEAST_AGREEMENT)
    report = compare(engine, reference, DEMO_CHECK_FRAMES(), gate)
    write_whole(options.report, report_text(report).encode())
    if not report.accepted:
        raise EngineRefusedError(f"{options.out}: not written: {report.summary} ({options.report})")
    return f"{report.summary} ({options.report})"


def _figures(written: GraphReport) -> str:
    return f"{written.bytes / 1e6:.1f} MB, {written.nodes} nodes of {len(written.ops)} kinds"

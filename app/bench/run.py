"""`rgbd-live bench` from beginning to end."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.bench.case import Case, Tally
from app.bench.child import Outcome, measure
from app.bench.compare import changes, differences, read_other, remarks
from app.bench.document import Document, SourceFacts, bench_document, write_document
from app.bench.machine import describe_machine
from app.bench.options import BenchOptions
from app.bench.progress import ProgressLine
from app.bench.rounds import play_rounds
from app.bench.table import print_bench, print_changes
from app.live import open_live_source
from app.outputs.targets import check_file
from console.check_frames import DEMO
from console.exit_codes import ExitCode
from console.interrupt import Interrupt
from console.parse import printing
from console.say import say
from segmentation.assets import asset_path
from segmentation.errors import EngineUnavailableError
from segmentation.models import check_model_name
from sensors.errors import RecordingError


def run(options: BenchOptions, interrupt: Interrupt) -> int:
    """Measure, write the file, print the tables.

    Raises KeyboardInterrupt when a signal came, after what was measured is written and printed;
    EngineUnavailableError where nothing could be measured; UsageError, OutputError and RecordingError for what cannot
    be asked, written or read; UnknownModelError.
    """
    _check_models(options.models)
    other = None if options.against is None else read_other(options.against)
    if options.out is not None:
        check_file("--out", options.out, overwrite=options.overwrite)
    machine, source = describe_machine(), describe_source(options)
    tallies = [Tally(case=Case(engine, model)) for model in options.models for engine in options.engines]
    complete = False

    def measure_case(case: Case, frames: int, warm_up: int) -> Outcome:
        return measure(case, options, frames=frames, warm_up=warm_up, interrupted=lambda: interrupt.requested)

    with interrupt.shielded():
        line = ProgressLine(sys.stderr, rounds=options.runs, cases=len(tallies))
        with suppress(KeyboardInterrupt), line:
            play_rounds(tallies, frames=options.frames, runs=options.runs, measure=measure_case, tell=line.tell)
            complete = True
        measured = any(tally.runs for tally in tallies)
        if measured or complete:
            _hand_over(options, bench_document(options, machine, source, tallies, complete=complete), other)
    interrupt.check()
    if not measured:
        raise EngineUnavailableError(f"nothing could be measured: {_reasons(tallies)}")
    return ExitCode.DONE


def _check_models(models: Sequence[str]) -> None:
    """Names at once; whether a file is there, and what it holds, is found out when it is opened."""
    for model in models:
        if not (Path(model).suffix or len(Path(model).parts) > 1 or os.path.lexists(model)):
            check_model_name(model)


def describe_source(options: BenchOptions) -> SourceFacts:
    """The frames that every run plays. Raises the errors of opening them, and RecordingError where there are none."""
    live = options.as_live(options.engines[0], options.models[0])
    with open_live_source(live) as source:
        frame = next(iter(source), None)
        source.stop()
        info = source.info
    if frame is None:
        raise RecordingError(f"{info.name}: has no frames")
    height, width = frame.color.shape[:2]
    return SourceFacts(
        name=info.name,
        kind=info.kind,
        size=(width, height),
        frame_count=info.frame_count,
        fps=info.fps,
        bytes=_size_bytes(options.bag or options.frames_dir or asset_path(DEMO)),
    )


def _size_bytes(path: Path) -> int:
    """Of a file, or of the files of a folder."""
    return sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())


def _hand_over(options: BenchOptions, document: Document, other: Document | None) -> None:
    """The file comes whatever becomes of standard output, which `head` may close, and the other way round."""
    try:
        printing(lambda: _print(document, other))
    finally:
        if options.out is not None:
            write_document(options.out, document)
            say(f"wrote {options.out}")


def _print(document: Document, other: Document | None) -> int:
    from rich.console import Console

    if any(case["runs"] for case in document["cases"]):
        console = Console()
        print_bench(console, document)
        if other is not None:
            print_changes(
                console,
                document,
                changes(document, other),
                differences=differences(document, other),
                remarks=remarks(document, other),
            )
    return ExitCode.DONE


def _reasons(tallies: Sequence[Tally]) -> str:
    return "; ".join(dict.fromkeys(tally.refused for tally in tallies if tally.refused is not None))

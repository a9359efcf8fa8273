"""Runs, tallies and documents of `rgbd-live bench` as if they had been measured."""

from __future__ import annotations

from typing import Any

from app.bench.case import Case, Run, Setup, Tally
from app.bench.document import SourceFacts, bench_document
from app.bench.machine import Machine
from app.bench.options import BenchOptions

LITE = "malleable-deresunet-lite"
SETUP = Setup(device="cpu", precision="fp32", trained=True, gpu=None)
MACHINE = Machine(
    cpu="Test CPU",
    cores=2,
    all_cores=4,
    memory_gb=8.0,
    gpus=(),
    system="Test OS",
    python="3.11.0",
    libraries={"torch": "2.13.0"},
    governor=None,
    load=0.1,
)
SOURCE = SourceFacts(name="demo.db3", kind="recording", size=(320, 240), frame_count=70, fps=10.0, bytes=0)


def run_of(*, inference_ms: float = 20.0, **changes: Any) -> Run:
    """One run; inference_ms: its median, which the other percentiles follow."""
    stages = {
        "align": {"p50": 0.0, "p95": 1.0, "p99": 2.0},
        "inference": {"p50": inference_ms, "p95": inference_ms + 1, "p99": inference_ms + 2},
    }
    counters = {"captured": 60, "overwritten": 0, "segmented": 60, "shown": 60, "sdk_gaps": 0, "without_depth": 0}
    given: dict[str, Any] = {
        "fps": 25.0, "stages_ms": stages, "counters": counters, "startup_s": 1.0, "first_mask_s": 1.5,
        "peak_mb": 400.0, "cpu_ms": 50.0, "others_cores": 0.0, "engine_changes": [],
    }  # fmt: skip
    return Run(**{**given, **changes})


def tally_of(engine: str, *runs: Run, model: str = LITE, refused: str | None = None) -> Tally:
    """A case and its runs; setup is there where any ran."""
    setup, first_start_s = (SETUP, 3.0) if runs else (None, None)
    return Tally(
        case=Case(engine, model), runs=list(runs), setup=setup, first_start_s=first_start_s, refused=refused
    )  # fmt: skip


def document_of(*tallies: Tally, complete: bool = True, runs: int = 3) -> dict[str, Any]:
    """What --out has for them."""
    options = BenchOptions(engines=("torch",), runs=runs)
    return bench_document(options, MACHINE, SOURCE, tallies, complete=complete)

"""The bench as JSON. docs/bench.md describes every field."""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from app.bench.case import Run, Tally
from app.bench.machine import Machine
from app.bench.options import BenchOptions
from app.bench.rounds import WARM_UP_FRAMES
from console.atomic import write_whole
from sensors.errors import RecordingError

KIND, VERSION = "rgbd-live bench", 1
BUSY_SHARE = 0.1  # beyond this, other programs make times too long
NUMBERS = ("fps", "cpu_ms", "peak_mb", "startup_s", "first_mask_s")
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """Which frames. size: (width, height) px of the colour images. bytes: of the file or folder. fps: as recorded."""

    name: str
    kind: str
    size: tuple[int, int]
    frame_count: int | None
    fps: float | None
    bytes: int


def bench_document(
    options: BenchOptions, machine: Machine, source: SourceFacts, tallies: Sequence[Tally], *, complete: bool
) -> Document:
    """Everything that was measured so far. complete: whether that is all that was asked for."""
    return {
        "kind": KIND,
        "version": VERSION,
        "made": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "complete": complete,
        "machine": {**asdict(machine), "gpus": list(machine.gpus)},
        "source": {**asdict(source), "size": list(source.size)},
        "settings": {
            "frames": options.frames,
            "warm_up_frames": WARM_UP_FRAMES,
            "runs": options.runs,
            "real_time": options.real_time,
            "device": options.device,
            "precision": options.precision,
        },
        "cases": [_case(tally) for tally in tallies],
    }


def _case(tally: Tally) -> Document:
    return {
        **asdict(tally.case),
        "setup": tally.setup and asdict(tally.setup),
        "refused": tally.refused,
        "first_start_s": tally.first_start_s,
        "median": medians(tally.runs) if tally.runs else None,
        "runs": [asdict(run) for run in tally.runs],
    }


def medians(runs: Sequence[Run]) -> Document:
    """Over at least one run, of every figure by itself; of counters the sum."""
    stages = {
        stage: {name: _median([run.stages_ms[stage][name] for run in runs]) for name in runs[0].stages_ms[stage]}
        for stage in runs[0].stages_ms
    }
    counters = {name: sum(run.counters[name] for run in runs) for name in runs[0].counters}
    numbers = {name: _median([getattr(run, name) for run in runs]) for name in NUMBERS}
    return {**numbers, "stages_ms": stages, "counters": counters}


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 3) if known else None


def busy_share(document: Document) -> float:
    """The most of the cores that other programs took during a run; 0 where the system does not tell."""
    taken = [run["others_cores"] for case in document["cases"] for run in case["runs"]]
    return max((cores for cores in taken if cores is not None), default=0.0) / document["machine"]["cores"]


def write_document(path: Path, document: Document) -> None:
    """Whole or not at all. Raises OutputError."""
    write_whole(path, (json.dumps(document, indent=1) + "\n").encode())


def read_document(path: Path) -> Document:
    """One that an earlier bench wrote. Raises RecordingError for what cannot be read or is of another version."""
    try:
        document = json.loads(path.read_text())
    except OSError as error:
        raise RecordingError(f"--against {path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"--against {path}: is no JSON, or is cut off; make it again with --out") from error
    if not isinstance(document, dict) or document.get("kind") != KIND:
        raise RecordingError(f"--against {path}: was not written by rgbd-live bench --out")
    if document.get("version") != VERSION:
        raise RecordingError(
            f"--against {path}: has version {document.get('version')} of the format and this program knows {VERSION};"
            " make it again with this program"
        )
    return document

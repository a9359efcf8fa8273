"""The parity gate: a new engine is used only if its labels are those of torch in float32."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from segmentation.engines.engine import Engine, EngineResult
from segmentation.engines.request import CheckFrame, CheckFrames
from segmentation.errors import EngineUnavailableError, one_line

LEAST_FRAMES = 32
CONFIDENT = 0.5  # pixels that the reference is less sure of may tip over with the last bit of a sum
LEAST_AGREEMENT = 0.995
LEAST_AGREEMENT_INT8 = 0.98  # eight bits change labels; the lite network keeps 99.9 % of them (docs/engines.md)
REPORT_FILE = "parity.json"
NO_DEPTH_EVERY, HOLES_EVERY = 8, 4
_log = logging.getLogger(__name__)


class EngineRefusedError(EngineUnavailableError):
    """An engine's labels are not those of the reference."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What an engine is compared with: a report counts only where all of it is the same.

    reference: such as "torch 2.13.0 on cpu, fp32". frames: the name of the CheckFrames. least_agreement: the share of
    confident pixels that must have the same label. confident: from which confidence of the reference they count.
    """

    reference: str
    frames: str
    least_agreement: float
    confident: float = CONFIDENT


@dataclass(frozen=True, slots=True)
class ParityReport:
    """How an engine compares with the reference.

    frames: how many were compared. confident_pixels: how many of their pixels count. agreement: the share of those with
    the same label. finite: whether no confidence and no logit is NaN or infinite.
    """

    engine: str
    gate: Gate
    frames: int
    confident_pixels: int
    agreement: float
    finite: bool

    @property
    def accepted(self) -> bool:
        """Whether the engine may be used."""
        return self.finite and self.confident_pixels > 0 and self.agreement >= self.gate.least_agreement

    @property
    def summary(self) -> str:
        """In a few words, for one line."""
        if not self.finite:
            return f"its results are not all numbers (NaN or infinity) on {self.frames} frames"
        words = f"{100 * self.agreement:.2f} % of labels as {self.gate.reference} on {self.frames} frames"
        return words if self.accepted else f"{words}, at least {100 * self.gate.least_agreement:.1f} % are needed"


def least_agreement(precision: str) -> float:
    """What the gate asks of an engine of this precision."""
    return LEAST_AGREEMENT_INT8 if precision == "int8" else LEAST_AGREEMENT


def compare(engine: Engine, reference: Engine, frames: Iterable[CheckFrame], gate: Gate) -> ParityReport:
    """Run both on LEAST_FRAMES frames, some of them without depth and some with holes in it.

    A pixel counts from gate.confident on, or, in a frame that the reference is mostly unsure of, if it is in the surer
    half of it. Raises ValueError for fewer frames, and what the engines raise.
    """
    count, confident, same, finite = 0, 0, 0, True
    for frame in _harder(frames):
        expected, got = reference.run(*frame), engine.run(*frame)
        sure = expected.confidence >= min(gate.confident, float(np.median(expected.confidence)))
        count += 1
        confident += int(sure.sum())
        same += int((expected.labels == got.labels)[sure].sum())
        finite = finite and _is_finite(got)
    if count < LEAST_FRAMES:
        raise ValueError(f"frames to check an engine with: expected at least {LEAST_FRAMES}, got {count}")
    described = f"{engine.name} on {engine.device_name}, {engine.precision}"
    return ParityReport(described, gate, count, confident, same / max(confident, 1), finite)


def accept(
    engine: Engine, make_reference: Callable[[], Engine], frames: CheckFrames | None, gate: Gate, folder: Path
) -> None:
    """Return if an engine may be used, by the report in the folder or a new one that is left there.

    frames: None where there are none; then a report on any frames counts, and without one the engine is not used. An
    engine that was refused stays so until its report is deleted. Raises EngineRefusedError, EngineUnavailableError.
    """
    path, report = folder / REPORT_FILE, read_report(folder)
    if report is None or (report.gate if frames else replace(report.gate, frames=gate.frames)) != gate:
        if frames is None:
            raise EngineUnavailableError(f"engine {engine.name}: was not compared with torch yet; give check_frames")
        report = _compare_anew(engine, make_reference, frames, gate)
        write_report(folder, report)
    if not report.accepted:
        raise EngineRefusedError(
            f"engine {engine.name}: refused: {report.summary} (report: {path}; delete it to retry)"
        )


def read_report(folder: Path) -> ParityReport | None:
    """The report in a folder; None where there is none that can be read."""
    try:
        document = json.loads((folder / REPORT_FILE).read_text())
        facts = {name: document[name] for name in ParityReport.__dataclass_fields__}
        return ParityReport(**{**facts, "gate": Gate(**document["gate"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def report_text(report: ParityReport) -> str:
    """A report as JSON, as read_report reads it."""
    return json.dumps({"accepted": report.accepted, **asdict(report)}, indent=1) + "\n"


def write_report(folder: Path, report: ParityReport) -> None:
    """Leave a report in a folder; where it cannot be written, the next start compares again."""
    part = folder / f".{REPORT_FILE}.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(report_text(report))
        part.replace(folder / REPORT_FILE)
    except OSError as error:
        _log.warning(f"{folder} cannot be written ({error.strerror}): engines are compared anew at every start")


def _compare_anew(
    engine: Engine, make_reference: Callable[[], Engine], frames: CheckFrames, gate: Gate
) -> ParityReport:
    _log.warning(f"engine {engine.name}: its labels are compared with those of {gate.reference}, this once")
    try:
        reference = make_reference()
    except EngineUnavailableError as error:
        raise EngineUnavailableError(f"engine {engine.name}: cannot be checked: {one_line(error)}") from error
    try:
        return compare(engine, reference, frames(), gate)
    except ValueError as error:  # too few frames, or such as cannot be read
        raise EngineUnavailableError(f"engine {engine.name}: cannot be checked: {one_line(error)}") from error


def _harder(frames: Iterable[CheckFrame]) -> Iterator[CheckFrame]:
    """The frames, every eighth without any depth, and every eighth with a hole of a quarter of it."""
    for index, given in enumerate(islice(frames, LEAST_FRAMES)):
        frame = CheckFrame(*given)  # a plain tuple will do
        depth_m = frame.depth_m
        if index % HOLES_EVERY == 0:
            depth_m = depth_m.copy()
            rows, columns = depth_m.shape
            missing = np.s_[:] if index % NO_DEPTH_EVERY == 0 else np.s_[rows // 4 : 3 * rows // 4, columns // 2 :]
            depth_m[missing] = 0
        yield frame._replace(depth_m=depth_m)


def _is_finite(result: EngineResult) -> bool:
    logits = None if result.scores is None else result.scores.logits
    return (logits is None or bool(logits.isfinite().all())) and bool(np.isfinite(result.confidence).all())

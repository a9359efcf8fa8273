"""The parity gate: a new engine is used only if its labels are those of torch in float32."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from segmentation.engines.engine import Engine, EngineResult
from segmentation.engines.request import CheckFrame
from segmentation.errors import EngineUnavailableError

LEAST_FRAMES = 32
CONFIDENT = 0.5  # pixels that the reference is less sure of may tip over with the last bit of a sum
LEAST_AGREEMENT = 0.995
LEAST_AGREEMENT_INT8 = 0.95  # eight bits change labels: what that costs is measured in docs/engines.md
REPORT_FILE = "parity.json"
NO_DEPTH_EVERY, HOLES_EVERY = 8, 4


class EngineRefusedError(EngineUnavailableError):
    """An engine's labels are not those of the reference."""


@dataclass(frozen=True, slots=True)
class ParityReport:
    """How an engine compares with the reference.

    frames: how many were compared. confident_pixels: of them, where the reference's confidence is at least CONFIDENT.
    agreement: the share of those with the same label. finite: no confidence and no logit is NaN or infinite.
    least_agreement: what was asked for. engine, reference: what was compared.
    """

    engine: str
    reference: str
    frames: int
    confident_pixels: int
    agreement: float
    finite: bool
    least_agreement: float

    @property
    def accepted(self) -> bool:
        """Whether the engine may be used."""
        return self.finite and self.confident_pixels > 0 and self.agreement >= self.least_agreement

    @property
    def summary(self) -> str:
        """In a few words, for one line."""
        if not self.finite:
            return f"NaN or infinity on {self.frames} frames"
        if not self.confident_pixels:
            return f"{self.reference} is sure of no pixel of {self.frames} frames, so nothing can be compared"
        words = f"{100 * self.agreement:.2f} % of labels as {self.reference} on {self.frames} frames"
        return words if self.accepted else f"{words}, at least {100 * self.least_agreement:.1f} % are needed"


def least_agreement(precision: str) -> float:
    """What the gate asks of an engine of this precision."""
    return LEAST_AGREEMENT_INT8 if precision == "int8" else LEAST_AGREEMENT


def compare(engine: Engine, reference: Engine, frames: Iterable[CheckFrame]) -> ParityReport:
    """Run both on at least LEAST_FRAMES frames, some of them without depth and some with holes in it.

    Raises ValueError for fewer frames, and what the engines raise.
    """
    count, confident, same, finite = 0, 0, 0, True
    for frame in _harder(frames):
        expected, got = reference.run(*frame), engine.run(*frame)
        sure = expected.confidence >= CONFIDENT
        count += 1
        confident += int(sure.sum())
        same += int((expected.labels == got.labels)[sure].sum())
        finite = finite and _is_finite(got)
    if count < LEAST_FRAMES:
        raise ValueError(f"frames to check an engine with: expected at least {LEAST_FRAMES}, got {count}")
    return ParityReport(
        engine=_describe(engine),
        reference=_describe(reference),
        frames=count,
        confident_pixels=confident,
        agreement=same / max(confident, 1),
        finite=finite,
        least_agreement=least_agreement(engine.precision),
    )


def accept(
    engine: Engine, make_reference: Callable[[], Engine], frames: Callable[[], Iterable[CheckFrame]], folder: Path
) -> ParityReport:
    """The report of an engine that may be used: the one in the folder, or a new one that is left there.

    Raises EngineRefusedError for an engine that may not be used, now and whenever it is asked for again.
    """
    report = read_report(folder)
    if report is None:
        report = compare(engine, make_reference(), frames())
        write_report(folder, report)
    if not report.accepted:
        raise EngineRefusedError(f"engine {engine.name}: refused: {report.summary} ({folder / REPORT_FILE})")
    return report


def read_report(folder: Path) -> ParityReport | None:
    """The report in a folder; None where there is none that can be read."""
    try:
        document: Mapping[str, Any] = json.loads((folder / REPORT_FILE).read_text())
        return ParityReport(**{name: document[name] for name in ParityReport.__dataclass_fields__})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def write_report(folder: Path, report: ParityReport) -> None:
    """Leave a report in a folder. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{REPORT_FILE}.{os.getpid()}"
    part.write_text(json.dumps({**asdict(report), "accepted": report.accepted}, indent=1) + "\n")
    part.replace(folder / REPORT_FILE)


def _harder(frames: Iterable[CheckFrame]) -> Iterator[CheckFrame]:
    """The frames, every eighth without any depth, and every eighth with a hole of a quarter of it."""
    for index, frame in enumerate(islice(frames, LEAST_FRAMES)):
        depth_m = frame.depth_m
        if index % HOLES_EVERY == 0:
            depth_m = depth_m.copy()
            rows, columns = depth_m.shape
            missing = np.s_[:] if index % NO_DEPTH_EVERY == 0 else np.s_[rows // 4 : 3 * rows // 4, columns // 2 :]
            depth_m[missing] = 0
        yield frame._replace(depth_m=depth_m)


def _is_finite(result: EngineResult) -> bool:
    logits_finite = result.scores is None or bool(result.scores.logits.isfinite().all())
    return logits_finite and bool(np.isfinite(result.confidence).all())


def _describe(engine: Engine) -> str:
    return f"{engine.name} on {engine.device_name}, {engine.precision}"

"""A bench against an earlier one: what changed by more than the runs differ among themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Literal

from app.bench.document import BUSY_SHARE, NUMBERS, Document, busy_share, read_document
from app.timing import STAGES
from sensors.errors import RecordingError

Verdict = Literal["better", "worse", "same", "unknown"]
FRAMES = ("name", "size", "frame_count", "bytes")
LEAST_RUNS = 3  # of two each, one unchanged figure in three would lie apart by chance
_MORE_IS_BETTER = ("fps",)


@dataclass(frozen=True, slots=True)
class Change:
    """ratio: new over old, None where the old is zero or either is missing. verdict: "same" within the noise."""

    ratio: float | None
    verdict: Verdict


Changes = Mapping[tuple[str, str], Mapping[str, Change]]  # by engine and model, then by stage or number


def read_other(path: Path) -> Document:
    """The bench to compare with. Raises RecordingError for a file that is none, or is damaged."""
    document = read_document(path)
    try:  # comparing it with itself looks at all that will be looked at
        for look in (differences, remarks, changes):
            look(document, document)
    except (LookupError, TypeError, AttributeError, ValueError, ArithmeticError) as error:
        raise RecordingError(f"--against {path}: is damaged ({type(error).__name__}); make it again") from error
    return document


def differences(new: Document, old: Document) -> list[str]:
    """Why the two must not be compared, each in words; none where they may."""
    return [f"{what} {_words(then)}, now {_words(now)}" for what, now, then in _conditions(new, old) if now != then]


def remarks(new: Document, old: Document) -> list[str]:
    """What to know of the ratios: other versions, which may be just what one wants to compare, and a busy machine."""
    return [*_versions(new, old), *_busy(new, old)]


def _versions(new: Document, old: Document) -> list[str]:
    now, then = ({"Python": made["machine"]["python"], **made["machine"]["libraries"]} for made in (new, old))
    return [
        f"{name} {then.get(name, 'absent')}, now {now.get(name, 'absent')}"
        for name in dict.fromkeys([*then, *now])
        if then.get(name) != now.get(name)
    ]


def _busy(new: Document, old: Document) -> list[str]:
    then, now = (f"{100 * busy_share(document):.0f} %" for document in (old, new))
    if max(map(busy_share, (new, old))) <= BUSY_SHARE:
        return []
    return [f"other programs took up to {then} of the cores, now {now}: trust only processor time and memory"]


def changes(new: Document, old: Document) -> Changes:
    """Of every case that both measured on the same device in the same precision."""
    earlier = {_key(case): case for case in old["cases"] if case["runs"]}
    found = {}
    for case in new["cases"]:
        before = earlier.get(_key(case))
        if case["runs"] and before is not None:
            found[case["engine"], case["model"]] = dict(_changes_of(case["runs"], before["runs"]))
    return found


def change(new: Sequence[float | None], old: Sequence[float | None], *, more_is_better: bool) -> Change:
    """Of one figure over its runs: beyond the noise where no run of one side lies within the range of the other."""
    now, then = ([value for value in values if value is not None] for values in (new, old))
    if not now or not then:
        return Change(None, "unknown")
    ratio = median(now) / median(then) if median(then) else None
    if min(len(now), len(then)) < LEAST_RUNS:
        return Change(ratio, "unknown")
    if max(now) < min(then):
        return Change(ratio, "worse" if more_is_better else "better")
    if min(now) > max(then):
        return Change(ratio, "better" if more_is_better else "worse")
    return Change(ratio, "same")


def _changes_of(new: Sequence[Document], old: Sequence[Document]) -> Iterator[tuple[str, Change]]:
    for stage in STAGES:
        now, then = ([_p50(run, stage) for run in runs] for runs in (new, old))
        if any(value is not None for value in (*now, *then)):
            yield stage, change(now, then, more_is_better=False)
    for name in NUMBERS:
        now, then = ([run[name] for run in runs] for runs in (new, old))
        yield name, change(now, then, more_is_better=name in _MORE_IS_BETTER)


def _p50(run: Document, stage: str) -> float | None:
    return run["stages_ms"].get(stage, {}).get("p50")


def _key(case: Document) -> tuple[Any, ...]:
    setup = case["setup"] or {}
    return case["engine"], case["model"], setup.get("device"), setup.get("precision")


def _conditions(new: Document, old: Document) -> Iterator[tuple[str, Any, Any]]:
    for name, words in (("cpu", "processor"), ("cores", "cores"), ("gpus", "GPU"), ("system", "system")):
        yield words, new["machine"][name], old["machine"][name]
    for name in FRAMES:
        yield f"source {name.replace('_', ' ')}", new["source"][name], old["source"][name]
    for name, words in (
        ("frames", "frames a run"),
        ("real_time", "real time"),
        ("warm_up_frames", "frames to warm up"),
    ):
        yield words, new["settings"][name], old["settings"][name]


def _words(value: Any) -> str:
    if isinstance(value, list):
        return ("x" if all(isinstance(part, int) for part in value) else ", ").join(map(str, value)) or "none"
    return str(value)

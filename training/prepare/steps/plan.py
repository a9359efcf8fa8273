"""What is to be prepared, compared with what the data set should have, before anything is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from console.atomic import output_errors, write_whole
from sensors.errors import PreparedDataError
from sensors.prepared import SPLITS, Split
from sensors.prepared.sample import check_name
from training.prepare.source import DatasetReader, Entry
from training.prepare.steps.work import Fault

MISSING_NAME = "missing.txt"
SHOWN = 3


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """entries: all that can be prepared. missing: those that cannot, with what they lack. expected: official counts."""

    dataset: str
    entries: tuple[Entry, ...]
    missing: tuple[Fault, ...]
    expected: Mapping[Split, int]

    @property
    def counts_fit(self) -> bool:
        """Whether as many can be prepared as there should be."""
        return counted(self.entries) == dict(self.expected)


def make_plan(reader: DatasetReader) -> Plan:
    """Raises PreparedDataError where nothing can be prepared, or two samples would have the same files."""
    entries = tuple(reader.entries())
    _check_names(entries)
    usable = tuple(entry for entry in entries if not entry.missing)
    missing = tuple(Fault(entry.name, f"no {entry.missing}") for entry in entries if entry.missing)
    if not usable:
        raise PreparedDataError(
            f"{reader.dataset}: nothing to prepare; {of_which(missing) if missing else 'the split names no samples'}"
        )
    return Plan(reader.dataset, usable, missing, reader.expected)


def counted(entries: Sequence[Entry]) -> dict[Split, int]:
    """How many there are of each split that has any."""
    counts = Counter(entry.split for entry in entries)
    return {split: counts[split] for split in SPLITS if counts[split]}


def compared(plan: Plan, entries: Sequence[Entry]) -> str:
    """Such as "2666 of 2666 train, 2618 of 2619 val", of the samples that are prepared."""
    counts = counted(entries)
    splits: list[Split] = [split for split in SPLITS if split in plan.expected or split in counts]
    return ", ".join(f"{counts.get(split, 0)} of {plan.expected.get(split, 0)} {split}" for split in splits)


def of_which(faults: Sequence[Fault]) -> str:
    """The first few, and how many more there are."""
    more = f"; and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
    return "; ".join(map(str, faults[:SHOWN])) + more


def write_missing(out: Path, faults: Sequence[Fault]) -> None:
    """All of them into the folder's missing.txt, which is removed where there are none. Raises OutputError."""
    path = out / MISSING_NAME
    if faults:
        write_whole(path, "".join(f"{fault}\n" for fault in faults).encode())
        return
    with output_errors(path):
        path.unlink(missing_ok=True)


def _check_names(entries: Sequence[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        try:
            check_name(entry.name)
        except ValueError as error:
            raise PreparedDataError(f"a sample's {error}; the split's file is damaged") from error
        if (name := entry.name.lower()) in seen:  # some file systems do not tell A from a
            raise PreparedDataError(f"two samples would be called {entry.name}; the split's file is damaged")
        seen.add(name)

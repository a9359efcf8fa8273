"""How far a call is."""

from __future__ import annotations

from dataclasses import dataclass, field

from training.prepare.options import PrepareOptions
from training.prepare.source import DatasetReader, Entry
from training.prepare.steps.plan import Plan
from training.prepare.steps.records import Record
from training.prepare.steps.work import Fault


@dataclass(slots=True, eq=False)
class State:
    """identity: of the source. records: of what is written. faults: what could not be, by the samples' names."""

    options: PrepareOptions
    reader: DatasetReader
    identity: str
    plan: Plan
    records: dict[str, Record] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)

    @property
    def written(self) -> tuple[Entry, ...]:
        """The entries that have a record."""
        return tuple(entry for entry in self.plan.entries if entry.name in self.records)

    @property
    def left_out(self) -> tuple[Fault, ...]:
        """What the source lacks, then what is damaged in it, in the split's order."""
        return (*self.plan.missing, *(self.faults[e.name] for e in self.plan.entries if e.name in self.faults))

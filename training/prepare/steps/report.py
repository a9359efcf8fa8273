"""What was prepared, as a page of Markdown and as lines: samples by split and camera, and what the split hides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sensors.prepared import SPLITS
from training.prepare.source import Entry
from training.prepare.steps.work import Fault

REPORT_NAME = "report.md"


@dataclass(frozen=True, slots=True)
class Strangers:
    """Test samples of one camera that come from collections without any sample to train or validate on."""

    camera: str
    count: int
    tests: int
    collections: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"{self.camera}: {self.count} of its {self.tests} test samples come from {' and '.join(self.collections)},"
            " of which training has none: a score on them measures other places too"
        )


def strangers(entries: Sequence[Entry]) -> list[Strangers]:
    """Of every camera that has any."""
    known = {entry.collection for entry in entries if entry.split != "test"}
    found: list[Strangers] = []
    for camera in sorted({entry.camera for entry in entries}):
        tests = [entry for entry in entries if (entry.camera, entry.split) == (camera, "test")]
        strange = [entry.collection for entry in tests if entry.collection and entry.collection not in known]
        if strange:
            found.append(Strangers(camera, len(strange), len(tests), tuple(sorted(set(strange)))))
    return found


def table(entries: Sequence[Entry]) -> list[tuple[str, ...]]:
    """The cells, rows of one length: a heading, a row for each camera, and the sums."""
    counts = Counter((entry.camera, entry.split) for entry in entries)
    cameras = sorted({entry.camera for entry in entries})
    rows = [(camera, *(counts[camera, split] for split in SPLITS)) for camera in cameras]
    sums = ("all", *(sum(counts[camera, split] for camera in cameras) for split in SPLITS))
    return [("camera", *SPLITS), *(tuple(map(str, row)) for row in (*rows, sums))]


def page(title: str, about: str, entries: Sequence[Entry], compared: str, left_out: Sequence[Fault]) -> str:
    """The page. compared: the counts beside the official ones."""
    heading, *rows = [f"| {' | '.join(row)} |" for row in table(entries)]
    rule = "|---|" + "---:|" * len(SPLITS)
    lines = [f"# {title}", "", f"{about}.", "", heading, rule, *rows, "", f"Of the official numbers: {compared}."]
    lines += [f"* {stranger}." for stranger in strangers(entries)]
    if left_out:
        lines += ["", f"Left out ({len(left_out)}):", *(f"* {fault}" for fault in left_out)]
    return "\n".join(lines) + "\n"

"""What is known of every sample that is written: a line each, until the index says it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.atomic import output_errors, write_whole
from sensors.geometry import CameraIntrinsics
from sensors.prepared import DEPTH_KINDS, remove_parts
from sensors.prepared.sample import FOLDERS, INDEX_NAME, REFINED_FOLDER, sample_paths
from training.jobs.lines import intrinsics_numbers, read_lines
from training.prepare.steps.settings import SCRATCH_NAME

RECORDS_NAME = "samples.jsonl"


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A sample that is written. name: of its files."""

    name: str
    intrinsics: CameraIntrinsics
    color_suffix: str

    def as_line(self) -> str:
        """As it stands in the file."""
        numbers = intrinsics_numbers(self.intrinsics)
        return json.dumps({"name": self.name, "intrinsics": numbers, "color": self.color_suffix}) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Record:
        """Raises ValueError or one of its kin for a line that is cut off."""
        entry = json.loads(line)
        return cls(entry["name"], CameraIntrinsics(*entry["intrinsics"]), entry["color"])


def records_path(out: Path) -> Path:
    """Where the lines stand."""
    return out / SCRATCH_NAME / RECORDS_NAME


def kept_records(out: Path, refined: bool) -> dict[str, Record]:
    """By name, those of the samples that earlier calls wrote whole; what they left unfinished is removed."""
    with output_errors(out):
        remove_parts(out)
    records, _ = indexed_records(out)  # of a call that was finished without some samples, which this one goes on with
    records |= {record.name: record for record in read_lines(records_path(out), Record.from_line)}
    whole = whole_names(out, records.values(), refined)
    records = {name: records[name] for name in sorted(records) if name in whole}
    write_whole(records_path(out), "".join(record.as_line() for record in records.values()).encode())
    return records


def indexed_records(out: Path) -> tuple[dict[str, Record], bool]:
    """Those of the samples that the folder's index has, by name, and whether they should have refined depth.

    None where there is no index; where files are gone that it names, that does not show.
    """
    try:
        document = json.loads((out / INDEX_NAME).read_text(encoding="utf-8"))
        return {entry["name"]: _record(entry) for entry in document["samples"]}, document["refined_depth"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}, False


def whole_names(out: Path, records: Iterable[Record], refined: bool) -> set[str]:
    """The names of those whose files are all there. refined: whether refined depth is one of them."""
    kinds = DEPTH_KINDS if refined else DEPTH_KINDS[:1]
    with output_errors(out):
        present = {
            str(folder / name)
            for folder in (out / name for name in (*FOLDERS, REFINED_FOLDER))
            if folder.is_dir()
            for name in os.listdir(folder)  # noqa: PTH208 - ten thousand names without ten thousand Path objects
        }
    return {
        record.name
        for record in records
        if all(
            str(path) in present for kind in kinds for path in sample_paths(out, record.name, record.color_suffix, kind)
        )
    }


def _record(entry: dict[str, Any]) -> Record:
    numbers = (entry[key] for key in ("width", "height", "fx", "fy", "cx", "cy"))
    return Record(entry["name"], CameraIntrinsics(*numbers), entry["color"])

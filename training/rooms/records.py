"""What is known of every sample that is written, kept beside the samples so that a call can go on after any end.

rooms.jsonl: a line a sample, appended the moment it is whole, and put in order when a call ends.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.atomic import write_whole
from sensors.geometry import CameraIntrinsics
from training.jobs.lines import intrinsics_numbers, read_lines

RECORDS_NAME = "rooms.jsonl"


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """A sample that is written. name: of its files. room: kind of room. camera: kind of depth sensor."""

    name: str
    room: str
    camera: str
    intrinsics: CameraIntrinsics

    def as_line(self) -> str:
        """As it stands in the file."""
        numbers = intrinsics_numbers(self.intrinsics)
        return json.dumps({"name": self.name, "room": self.room, "camera": self.camera, "intrinsics": numbers}) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Record:
        """Raises ValueError or one of its kin for a line that is cut off."""
        entry = json.loads(line)
        return cls(entry["name"], entry["room"], entry["camera"], CameraIntrinsics(*entry["intrinsics"]))


def read_records(root: Path) -> dict[str, Record]:
    """By name."""
    return {record.name: record for record in read_lines(root / RECORDS_NAME, Record.from_line)}


def write_records(root: Path, records: Mapping[str, Record]) -> None:
    """All of them, in order. Raises OutputError."""
    write_whole(root / RECORDS_NAME, "".join(records[name].as_line() for name in sorted(records)).encode())

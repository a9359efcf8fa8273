"""A data set that costs nothing to read, with the face of training.prepare.source.DatasetReader; importable by others.

Its source is a folder with list.json: [{"name", "split", and what else differs from a sound sample}, ...].
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sensors.errors import PreparedDataError
from sensors.geometry import CameraIntrinsics
from sensors.prepared.encode import jpeg_bytes
from training.prepare.source import Entry, Request, Sample

OFFICIAL = {"train": 8, "val": 4, "test": 4}
FIRST_SLOW = 6
SIZE = (24, 32)


@dataclass(frozen=True, kw_only=True)
class FakeEntry(Entry):
    number: int
    fault: str


def write_source(folder: Path, changes: dict[int, dict] | None = None, counts: dict[str, int] | None = None) -> Path:
    """A data set of the official size, but for the changes, by the sample's number."""
    splits = [split for split, count in (counts or OFFICIAL).items() for _ in range(count)]
    lines = [
        {"name": f"s{number:03d}", "split": split, "camera": ("kv1", "kv2")[number % 2], "scene": f"place{number}"}
        | (changes or {}).get(number, {})
        for number, split in enumerate(splits)
    ]
    folder.mkdir(exist_ok=True)
    (folder / "list.json").write_text(json.dumps(lines))
    return folder


class FakeReader:
    dataset = "sunrgbd"
    class_set = "sunrgbd37"
    about = "noise"
    refined = True
    depth_unit_m = 0.001
    expected = OFFICIAL
    sample_bytes = 10_000

    def __init__(self, request: Request) -> None:
        self.request = request

    def identity(self) -> str:
        return hashlib.sha256((self.request.source / "list.json").read_bytes()).hexdigest()

    def entries(self) -> list[FakeEntry]:
        lines = json.loads((self.request.source / "list.json").read_text())
        return [FakeEntry(**{"fault": "", **line, "number": number}) for number, line in enumerate(lines)]

    def read(self, entry: FakeEntry) -> Sample:
        sample = noise(entry.number, entry.fault)
        if entry.fault == "damaged":
            raise PreparedDataError(f"{self.request.source}/{entry.name}.jpg: is damaged")
        if entry.fault == "defect":
            raise ZeroDivisionError("no\nfloor")
        if entry.fault == "deadly":
            os.kill(os.getpid(), signal.SIGKILL)
        return sample


def noise(number: int, fault: str = "") -> Sample:
    """What sample `number` holds."""
    rng = np.random.default_rng(number)
    depth = rng.integers(0, 8000, SIZE).astype(np.uint16)
    color = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    label = rng.integers(0, 38, SIZE, dtype=np.uint8)
    if fault == "label id":
        label[3, 4] = 38
    if fault == "label size":
        label = label[:, :-1]
    if fault == "depth size":
        depth = depth[:-1]
    kept = jpeg_bytes(color[:-2] if fault == "kept size" else color) if number % 2 else None
    refined = np.maximum(depth, 1)[:, : (20 if fault == "refined size" else None)]
    return Sample(
        color=color,
        depth_steps=depth,
        refined_steps=refined,
        label=label,
        intrinsics=CameraIntrinsics(SIZE[1], SIZE[0], 30 + number / 7, 30 + number / 9, 15.5, 11.5),
        color_bytes=kept,
        color_suffix=".jpg" if number % 4 else ".png",
    )


class SlowReader(FakeReader):
    """Takes its time from FIRST_SLOW on, so that a test can do something in the middle of a call."""

    def read(self, entry: FakeEntry) -> Sample:
        time.sleep(0 if entry.number < FIRST_SLOW else 1)
        return super().read(entry)


class ThirstyReader(FakeReader):
    sample_bytes = 10**15


class ClosedReader(FakeReader):
    """Can only be asked what it is."""

    def entries(self) -> list[FakeEntry]:
        raise AssertionError("the source was read")

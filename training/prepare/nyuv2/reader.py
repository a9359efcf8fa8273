"""Reads NYUDv2's 1449 labelled frames as samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from console.errors import UsageError
from sensors.errors import PreparedDataError
from sensors.geometry import CameraIntrinsics
from sensors.prepared import Split
from sensors.prepared.sample import DEPTH_UNIT_M
from training.prepare.archive import Tree
from training.prepare.downloads import check_downloads
from training.prepare.member import file_member
from training.prepare.nyuv2.class_maps import CLASS_SETS, NAMES, USUAL_CLASSES, label_table
from training.prepare.nyuv2.files import LABELLED, downloads
from training.prepare.nyuv2.labelled import LabelledFile
from training.prepare.nyuv2.split import VAL_SHARE, counts, official_frames, split_of
from training.prepare.source import Entry, Request, Sample

CAMERA = "nyuv2"
LENS = CameraIntrinsics(640, 480, 518.858, 519.470, 325.582, 253.736)  # of the colour image, which depth lies on


@dataclass(frozen=True, kw_only=True)
class NyuEntry(Entry):
    """frame: its position in the file, from 0."""

    frame: int


class NyuReader:
    """A DatasetReader."""

    dataset = "nyuv2"
    refined = True
    depth_unit_m = DEPTH_UNIT_M
    sample_bytes = 900_000  # two real frames take 700,000 and 800,000

    def __init__(self, source: Path, classes: int) -> None:
        self._source, self._classes = source, classes
        check_downloads(source, downloads(classes))
        self._file = LabelledFile(source / LABELLED)
        self._labels = label_table(source, classes)

    @property
    def class_set(self) -> str:
        """By the number of classes that was asked for."""
        return CLASS_SETS[self._classes]

    @property
    def about(self) -> str:
        """What was made, and that the validation split is our own."""
        return (
            f"NYUDv2, {self._classes} classes; the official test frames; there is no official validation split: val is"
            f" what the official train frames show of {VAL_SHARE:.0%} of the scenes, chosen by the SHA-256 of their"
            " names"
        )

    @property
    def expected(self) -> Mapping[Split, int]:
        """795 train frames, those for validation included, and 654 test frames."""
        return counts([entry.split for entry in self._entries])

    def identity(self) -> str:
        """By the .mat's size and time and the small files' content."""
        names = [download.name for download in downloads(self._classes)]
        members = {name: file_member(self._source / name, name) for name in names}
        small = [name for name in names if name != LABELLED]
        return Tree(self._source, members).identity(by_content=small) + f"/{self._classes}"

    def entries(self) -> Sequence[NyuEntry]:
        """In the file's order: neighbours share chunks of it."""
        return self._entries

    def read(self, entry: Entry) -> Sample:
        """One frame."""
        assert isinstance(entry, NyuEntry)
        numbers = self._file.numbers(entry.frame)
        if (highest := int(numbers.max())) > NAMES:
            raise PreparedDataError(
                f"{self._file.path}: frame {entry.frame + 1} has label {highest}, but there are {NAMES} names"
            )
        return Sample(
            color=self._file.color(entry.frame),
            depth_steps=self._file.depth_mm(entry.frame, "rawDepths"),
            label=self._labels[numbers],
            intrinsics=LENS.resized(*self._file.size),
            refined_steps=self._file.depth_mm(entry.frame, "depths"),
            color_suffix=".png",
        )

    @cached_property
    def _entries(self) -> list[NyuEntry]:
        train, test = official_frames(self._source, self._file.frames)
        scenes = self._file.scenes()
        splits: dict[int, Split] = {frame: split_of(scenes[frame]) for frame in train}
        splits.update(dict.fromkeys(test, "test"))
        return [
            NyuEntry(name=f"{frame + 1:04d}", split=split, camera=CAMERA, scene=scenes[frame], frame=frame)
            for frame, split in sorted(splits.items())
        ]


def open_reader(request: Request) -> NyuReader:
    """See training.prepare.readers.open_reader."""
    classes = USUAL_CLASSES if request.classes is None else request.classes
    if classes not in CLASS_SETS:
        raise UsageError(f"--classes {classes}: nyuv2 has {', '.join(map(str, CLASS_SETS))}")
    return NyuReader(request.source, classes)

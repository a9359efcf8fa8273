"""In which folders and files samples are written: what every layout offers, and the one that training reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from console.atomic import output_errors
from segmentation.classes import class_set
from sensors.prepared import PreparedSample, remove_parts, write_index, write_sample
from sensors.prepared.sample import FOLDERS
from training.rooms.options import LayoutName
from training.rooms.plan import Shot
from training.rooms.records import Record
from training.rooms.work import Picture

CLASS_SET = "sunrgbd37"
ABOUT = "procedural rooms; a score on them measures the pipeline and the learning signal, not accuracy on real data"


class Layout(Protocol):
    """A way to lay samples out. Everything that writes raises OutputError."""

    root: Path

    def whole(self) -> set[str]:
        """The names of the samples that are written and whole."""
        ...

    def write(self, picture: Picture) -> None:
        """Write one sample, whole or not at all."""
        ...

    def finish(self, shots: Sequence[Shot], records: Mapping[str, Record]) -> None:
        """Write what describes all samples: those of the shots that have a record."""
        ...

    def clean(self) -> None:
        """Remove what a killed call left unfinished."""
        ...


def make_layout(name: LayoutName, root: Path) -> Layout:
    """The layout of this name."""
    if name == "prepared":
        return PreparedLayout(root)
    from training.rooms.sunrgbd.layout import SunRgbdLayout

    return SunRgbdLayout(root)


class PreparedLayout:
    """As sensors.prepared describes it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def whole(self) -> set[str]:
        """The names that all three folders have."""
        folders = [self.root / folder for folder in FOLDERS]
        if not all(folder.is_dir() for folder in folders):
            return set()
        with output_errors(self.root):
            return set.intersection(*({path.stem for path in folder.iterdir()} for folder in folders))

    def write(self, picture: Picture) -> None:
        """Write one sample."""
        with output_errors(self.root / FOLDERS[0] / picture.record.name):
            write_sample(
                self.root,
                picture.record.name,
                picture.color,
                picture.depth_mm,
                picture.label,
                palette=class_set(CLASS_SET).colors,
            )

    def finish(self, shots: Sequence[Shot], records: Mapping[str, Record]) -> None:
        """Write the index."""
        samples = [_sample(shot, records[shot.name]) for shot in shots if shot.name in records]
        with output_errors(self.root):
            write_index(self.root, samples, class_set=CLASS_SET, about=ABOUT, dataset="rooms")

    def clean(self) -> None:
        """Remove parts of files."""
        with output_errors(self.root):
            remove_parts(self.root)


def _sample(shot: Shot, record: Record) -> PreparedSample:
    return PreparedSample(record.name, shot.split, record.camera, str(shot.seed), record.intrinsics)

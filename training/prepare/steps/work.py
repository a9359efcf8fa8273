"""What one process does: read samples of a data set, check what they hold, and write them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from console.atomic import output_errors
from segmentation.classes import class_set
from sensors.errors import PreparedDataError, RecordingError
from sensors.prepared import write_sample
from training.prepare.source import DatasetReader, Entry, Request, Sample
from training.prepare.steps.records import Record

Opener = Callable[[Request], DatasetReader]
FORMATS = {".jpg": "JPEG", ".png": "PNG"}


@dataclass(frozen=True, slots=True)
class Fault:
    """A sample that cannot be prepared. name: its own. reason: which file, and what is wrong."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Job:
    """Turns entries into files of `out`, one after the other. opener: importable."""

    request: Request
    opener: Opener
    out: Path

    def __call__(self, entries: tuple[Entry, ...]) -> Iterator[Record | Fault]:
        """What became of each. Raises OutputError where a file cannot be written."""
        for entry in entries:
            try:
                yield self._prepared(entry)
            except (PreparedDataError, RecordingError) as error:
                yield Fault(entry.name, str(error))

    def _prepared(self, entry: Entry) -> Record:
        reader = _opened(self.opener, self.request)
        sample = reader.read(entry)
        classes = class_set(reader.class_set)
        check_sample(sample, len(classes))
        with output_errors(self.out):
            write_sample(
                self.out,
                entry.name,
                sample.color,
                sample.depth_steps,
                sample.label,
                color_file=sample.color_bytes,
                refined_steps=sample.refined_steps,
                color_suffix=sample.color_suffix,
                palette=classes.colors,
            )
        return Record(entry.name, sample.intrinsics, sample.color_suffix)


@cache
def _opened(opener: Opener, request: Request) -> DatasetReader:
    """One reader for all tasks of a process."""
    return opener(request)


def check_sample(sample: Sample, classes: int) -> None:
    """Raise PreparedDataError for images that do not fit together and for labels that there are no classes for."""
    camera = sample.intrinsics
    size = (camera.height, camera.width)
    images = {"the image": sample.color, "its depth": sample.depth_steps, "its label": sample.label}
    if sample.refined_steps is not None:
        images["its refined depth"] = sample.refined_steps
    for what, image in images.items():
        if image.shape[:2] != size:
            raise PreparedDataError(
                f"{what} is {image.shape[1]}x{image.shape[0]}, expected {size[1]}x{size[0]} as the others;"
                " the download is damaged or of another edition"
            )
    if (highest := int(sample.label.max())) > classes:
        raise PreparedDataError(f"its label has id {highest}, but there are {classes} classes")
    if sample.color_bytes is not None:
        _check_kept(sample.color_bytes, sample.color_suffix, size)


def _check_kept(content: bytes, suffix: str, size: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(content)) as image:
        found = (image.format, image.height, image.width)
    if found != (FORMATS[suffix], *size):
        raise PreparedDataError(
            f"the image's file is {found[0]} {found[2]}x{found[1]}, expected {FORMATS[suffix]} {size[1]}x{size[0]}"
        )

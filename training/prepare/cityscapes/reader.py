"""Reads Cityscapes' finely annotated images as samples."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import cast

from console.errors import UsageError
from sensors.errors import PreparedDataError, RecordingError
from sensors.images import decode_color, decode_depth, decode_label
from sensors.prepared import Split
from training.prepare.archive import Tree
from training.prepare.cityscapes.calibration import DEPTH_UNIT_M, FARTHEST_M, depth_steps, parse_calibration
from training.prepare.cityscapes.files import CAMERA, COLOR, DISPARITY, LABEL, PARTS, Part, open_parts
from training.prepare.cityscapes.labels import SCORED_IDS, labels_of
from training.prepare.member import Member
from training.prepare.source import Entry, Request, Sample

CAMERA_NAME = "cityscapes"
CLASSES = len(SCORED_IDS)
EXPECTED: Mapping[Split, int] = {"train": 2975, "val": 500}
WORDS = {COLOR: "image", LABEL: "label", DISPARITY: "disparity", CAMERA: "camera file"}


@dataclass(frozen=True, kw_only=True)
class CityscapesEntry(Entry):
    """files: of the image, its label, its disparity and its camera, in the order of PARTS; None = missing."""

    files: tuple[Member | None, ...]


class CityscapesReader:
    """A DatasetReader."""

    dataset = "cityscapes"
    class_set = "cityscapes19"
    refined = False
    depth_unit_m = DEPTH_UNIT_M
    expected = EXPECTED
    sample_bytes = 4_500_000  # 11 GB of colour are 2.2 MB an image; noisy depth may take as much
    about = (
        f"Cityscapes, fine annotations, 19 classes; depth from disparity with each image's calibration, none beyond"
        f" {FARTHEST_M:g} m; the test labels are not public, so there is no test split: val is scored"
    )

    def __init__(self, source: Path) -> None:
        self._source = source

    def identity(self) -> str:
        """By the names, sizes and checksums or times of all files."""
        texts = [tree.identity() for tree in self._trees.values()]
        return hashlib.sha256(" ".join(texts).encode()).hexdigest()

    def entries(self) -> Sequence[CityscapesEntry]:
        """By split, city and name."""
        images = {part.image(name) for part in (COLOR, LABEL) for name in self._trees[part].members}
        return [self._entry(*image) for image in sorted(images)]

    def read(self, entry: Entry) -> Sample:
        """One image with what belongs to it; its file is kept as it is."""
        assert isinstance(entry, CityscapesEntry)
        color_file, label_file, disparity_file, camera_file = (cast("Member", member) for member in entry.files)
        color_bytes = color_file.read()
        try:
            color = decode_color(color_bytes, color_file)
            ids = decode_label(label_file.read(), label_file)
            disparity = decode_depth(disparity_file.read(), disparity_file)
        except RecordingError as error:
            raise PreparedDataError(str(error)) from error
        for member, image in ((label_file, ids), (disparity_file, disparity)):
            if image.shape != color.shape[:2]:
                size, expected = (f"{shape[1]}x{shape[0]}" for shape in (image.shape, color.shape))
                raise PreparedDataError(f"{member}: is {size}, but its image is {expected}; download it again")
        calibration = parse_calibration(camera_file.read(), camera_file)
        return Sample(
            color=color,
            depth_steps=depth_steps(disparity, calibration),
            label=labels_of(ids, label_file),
            intrinsics=calibration.intrinsics(color.shape[1], color.shape[0]),
            color_bytes=color_bytes,
            color_suffix=".png",
        )

    @cached_property
    def _trees(self) -> dict[Part, Tree]:
        return open_parts(self._source)

    def _entry(self, split: str, city: str, image: str) -> CityscapesEntry:
        files = tuple(self._trees[part].members.get(part.name(split, city, image)) for part in PARTS)
        missing = [WORDS[part] for part, member in zip(PARTS, files, strict=True) if member is None]
        return CityscapesEntry(
            name=image,
            split=cast("Split", split),
            camera=CAMERA_NAME,
            scene=city,
            missing=", ".join(missing),
            files=files,
        )


def open_reader(request: Request) -> CityscapesReader:
    """See training.prepare.readers.open_reader."""
    if request.classes not in (None, CLASSES):
        raise UsageError(f"--classes {request.classes}: cityscapes has {CLASSES}")
    return CityscapesReader(request.source)

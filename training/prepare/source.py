"""What a reader of a data set offers: which samples there are, and each of them as arrays.

A reader's package, such as training.prepare.sunrgbd, has `open_reader(request: Request) -> DatasetReader`. It is called
once in the main process, which asks for identity() and entries(), and once in every process that reads samples, which
asks for read() alone: opening must be cheap, and no open file may be a part of an Entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics
from sensors.prepared import Split


@dataclass(frozen=True, slots=True)
class Request:
    """What a reader is opened with.

    dataset: "sunrgbd", "nyuv2" or "cityscapes". source: the folder with the official downloads. classes: how many
    classes, None = the data set's usual ones. scratch: a folder for what must be unpacked to be read; it may not exist
    yet, outlives a call that was stopped, and is removed after one that was not.
    """

    dataset: str
    source: Path
    scratch: Path
    classes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A sample that the data set's split names; picklable. A reader derives its own, with where the files are.

    name: of the prepared files (sensors.prepared.sample.check_name). scene: samples of one scene must never be split
    between training and validation. collection: the part of the data set that it was recorded for, such as
    "realsense/lg", or "" where there are none. missing: what the source lacks of it, such as "depth", or "";
    an entry that misses something is never read.
    """

    name: str
    split: Split
    camera: str
    scene: str
    collection: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sample:
    """What a sample consists of, all of one size.

    color: (H, W, 3) uint8 RGB. depth_steps: (H, W) uint16 in the reader's depth_unit_m as the camera gave it, 0 =
    no reading. label: (H, W) uint8, 0 = void, class i is i + 1. refined_steps: as depth_steps, with its holes filled.
    color_bytes: the colour image's file as it came, JPEG or PNG as color_suffix says, to be kept bit by bit;
    None: color is encoded.
    """

    color: NDArray[np.uint8]
    depth_steps: NDArray[np.uint16]
    label: NDArray[np.uint8]
    intrinsics: CameraIntrinsics
    refined_steps: NDArray[np.uint16] | None = None
    color_bytes: bytes | None = None
    color_suffix: str = ".jpg"


class DatasetReader(Protocol):
    """Reads one data set. Whatever is missing, damaged or wrong is a PreparedDataError: which file, and the cure."""

    @property
    def dataset(self) -> str:
        """As on the command line."""
        ...

    @property
    def class_set(self) -> str:
        """Whose labels the samples carry; see segmentation.classes."""
        ...

    @property
    def about(self) -> str:
        """A line for the index: what this is and how it was made."""
        ...

    @property
    def refined(self) -> bool:
        """Whether every sample has refined depth too."""
        ...

    @property
    def depth_unit_m(self) -> float:
        """Metres per depth step; sensors.prepared.sample.DEPTH_UNIT_M unless depths beyond 65 m matter."""
        ...

    @property
    def expected(self) -> Mapping[Split, int]:
        """The official number of samples of each split."""
        ...

    @property
    def sample_bytes(self) -> int:
        """What a prepared sample takes on disk, measured, rounded up."""
        ...

    def identity(self) -> str:
        """Another one whenever a file that samples are made from is another one; see training.prepare.archive."""
        ...

    def entries(self) -> Sequence[Entry]:
        """All samples that the split names, in an order of their own that never changes."""
        ...

    def read(self, entry: Entry) -> Sample:
        """One sample. Raises PreparedDataError naming the file, where that is damaged or does not fit."""
        ...

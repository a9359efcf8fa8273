"""One prepared sample: what the index says of it, and what its three images hold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics

Split = Literal["train", "val", "test"]
DepthKind = Literal["raw", "refined"]

SPLITS: tuple[Split, ...] = get_args(Split)
DEPTH_KINDS: tuple[DepthKind, ...] = get_args(DepthKind)
COLOR_SUFFIXES = (".jpg", ".png")
CLASS_COUNTS = {"sunrgbd37": 37, "nyu40": 40, "nyu13": 13, "cityscapes19": 19}  # labels are 0 (void) to this
FORMAT_VERSION = 1
DEPTH_UNIT_M = 0.001  # unless a data set needs a longer reach than 65 m
INDEX_NAME = "index.json"
COLOR_FOLDER, DEPTH_FOLDER, LABEL_FOLDER = FOLDERS = ("color", "depth", "label")
REFINED_FOLDER = "depth_refined"
CONFIDENCE_FOLDER = "confidence"  # beside the labels that a model predicted
DEPTH_FOLDERS: dict[DepthKind, str] = {"raw": DEPTH_FOLDER, "refined": REFINED_FOLDER}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}")


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSample:
    """A line of the index.

    name: of its files, without folder or suffix. split: what it may be used for. camera: which kind took it.
    scene: samples of one scene must never be split between training and validation. intrinsics: of all three images.
    depth_unit_m: metres per depth step. Raises ValueError for a name that could lead out of the folder, an unknown
    split, an unknown suffix or a unit that makes no metres.
    """

    name: str
    split: Split
    camera: str
    scene: str
    intrinsics: CameraIntrinsics
    color_suffix: str = ".jpg"
    depth_unit_m: float = DEPTH_UNIT_M

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.split not in SPLITS:
            raise ValueError(f"split: expected one of {', '.join(SPLITS)}, got {self.split!r}")
        if self.color_suffix not in COLOR_SUFFIXES:
            raise ValueError(f"color: expected one of {', '.join(COLOR_SUFFIXES)}, got {self.color_suffix!r}")
        if not 0 < self.depth_unit_m < 1:
            raise ValueError(f"depth_unit_m: expected metres per step, such as 0.001, got {self.depth_unit_m!r}")


@dataclass(frozen=True, slots=True, eq=False)
class PreparedArrays:
    """A sample's images.

    color: (H, W, 3) uint8 RGB. depth_steps: (H, W) uint16 in the sample's depth_unit_m, 0 = no reading; metres:
    sensors.align.depth_in_metres.
    label: (H, W) uint8, 0 = void, class i is i + 1.
    """

    color: NDArray[np.uint8]
    depth_steps: NDArray[np.uint16]
    label: NDArray[np.uint8]


class SamplePaths(NamedTuple):
    """The three files of a sample."""

    color: Path
    depth: Path
    label: Path


def sample_paths(root: Path, name: str, color_suffix: str, depth: DepthKind = "raw") -> SamplePaths:
    """Where a sample's files lie; depth: which of its depth images."""
    return SamplePaths(
        root / COLOR_FOLDER / f"{name}{color_suffix}",
        root / DEPTH_FOLDERS[depth] / f"{name}.png",
        root / LABEL_FOLDER / f"{name}.png",
    )


def check_name(name: str) -> None:
    """Raise ValueError for what is no plain file name: "../x", "a/b", ".hidden", ""."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"name: expected letters, digits and . _ + - only, not starting with a dot, got {name!r}")

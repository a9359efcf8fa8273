"""Reads SUN RGB-D; see training.prepare.source for what a reader offers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sensors.errors import PreparedDataError
from sensors.geometry import CameraIntrinsics
from sensors.images import decode_color, decode_depth
from sensors.prepared import Split
from sensors.prepared.sample import DEPTH_UNIT_M
from training.prepare.archive import Tree, open_tree
from training.prepare.downloads import Download, check_downloads
from training.prepare.member import Member
from training.prepare.scratch import as_file
from training.prepare.source import Entry, Request, Sample
from training.prepare.sunrgbd.depth import depth_mm
from training.prepare.sunrgbd.labels import Labels
from training.prepare.sunrgbd.meta import Described, read_meta
from training.prepare.sunrgbd.paths import CURE, camera_of, collection_of, file_name, scene_of
from training.prepare.sunrgbd.samples import (
    COLOR,
    DEPTH,
    INTRINSICS,
    REFINED,
    Found,
    SunRgbdEntry,
    by_folder,
    chosen,
    is_wanted,
    missing_from,
)
from training.prepare.sunrgbd.split import OFFICIAL, read_split

IMAGES, TOOLBOX = "SUNRGBD", "SUNRGBDtoolbox"
DOWNLOADS = [
    Download(f"{name}.zip", f"http://rgbd.cs.princeton.edu/data/{name}.zip", name) for name in (IMAGES, TOOLBOX)
]
SPLIT_FILE = f"{TOOLBOX}/traintestSUNRGBD/allsplit.mat"
META_FILE = f"{TOOLBOX}/Metadata/SUNRGBDMeta.mat"
LABEL_FILE = f"{TOOLBOX}/Metadata/SUNRGBD2Dseg.mat"
TOOLBOX_FILES = (SPLIT_FILE, META_FILE, LABEL_FILE)
JPEG_START = b"\xff\xd8\xff"


class SunRgbdReader:
    """A DatasetReader."""

    dataset = "sunrgbd"
    class_set = "sunrgbd37"
    about = (
        "SUN RGB-D v1 with its 37 classes and its own division into training and validation; depth as its toolbox"
        " decodes it, what lies beyond 8 m put at 8 m"
    )
    refined = True
    depth_unit_m = DEPTH_UNIT_M
    expected = OFFICIAL
    sample_bytes = 620_000  # a frame of kv2, the largest; one of kv1 takes 240,000

    def __init__(self, request: Request) -> None:
        check_downloads(request.source, DOWNLOADS)
        self._request = request
        self._labels: dict[Member, Labels] = {}

    @cached_property
    def _images(self) -> Tree:
        known_by = f"samples of {IMAGES}/kv1, kv2, realsense or xtion"
        return open_tree(self._request.source, IMAGES, f"{IMAGES}.zip", is_wanted, known_by=known_by)

    @cached_property
    def _toolbox(self) -> Tree:
        names = frozenset(TOOLBOX_FILES)
        tree = open_tree(self._request.source, TOOLBOX, f"{TOOLBOX}.zip", names.__contains__, known_by=SPLIT_FILE)
        for name in TOOLBOX_FILES:
            tree.get(name)
        return tree

    def identity(self) -> str:
        """Of both archives or folders."""
        return f"{self._toolbox.identity(by_content=TOOLBOX_FILES)}-{self._images.identity()}"

    def entries(self) -> Sequence[Entry]:
        """In the order of allsplit.mat: train, val, test."""
        split = read_split(self._toolbox.get(SPLIT_FILE))
        meta = read_meta(self._toolbox.get(META_FILE))
        labels = self._toolbox.get(LABEL_FILE)
        if (count := len(self._open_labels(labels))) != len(meta):
            raise PreparedDataError(
                f"{labels}: holds {count} labels, but SUNRGBDMeta.mat describes {len(meta)} samples; {CURE}"
            )
        files = by_folder(self._images.members.values())
        return [
            _entry(folder, part, files.get(folder, {}), meta.get(folder), labels)
            for part, folders in split.items()
            for folder in folders
        ]

    def read(self, entry: Entry) -> Sample:
        """One sample of entries()."""
        assert isinstance(entry, SunRgbdEntry)
        files = entry.files
        content = files[COLOR].read()
        color = decode_color(content, files[COLOR])
        is_jpeg = content.startswith(JPEG_START)
        return Sample(
            color=color,
            depth_steps=_depth(files[DEPTH]),
            refined_steps=_depth(files[REFINED]),
            label=self._open_labels(entry.labels).read(entry.position),
            intrinsics=intrinsics_from(files[INTRINSICS], color.shape[1], color.shape[0]),
            color_bytes=content if is_jpeg else None,
            color_suffix=".jpg" if is_jpeg else ".png",
        )

    def _open_labels(self, member: Member) -> Labels:
        if member not in self._labels:
            self._labels[member] = Labels(as_file(member, self._request.scratch))
        return self._labels[member]


def intrinsics_from(member: Member, width: int, height: int) -> CameraIntrinsics:
    """From intrinsics.txt, which holds the camera matrix row by row. Raises PreparedDataError."""
    words = member.read().decode("utf-8", "replace").split()
    try:
        matrix = [float(word) for word in words]
        if len(matrix) != 9 or not all(map(math.isfinite, matrix)):
            raise ValueError(f"expected 9 numbers, got {len(words)}")
        return CameraIntrinsics(width, height, matrix[0], matrix[4], matrix[2], matrix[5])
    except ValueError as error:
        raise PreparedDataError(f"{member}: holds no camera matrix ({error})") from error


def _depth(member: Member) -> NDArray[np.uint16]:
    return depth_mm(decode_depth(member.read(), member))


def _entry(folder: str, split: Split, found: Found, described: Described | None, labels: Member) -> SunRgbdEntry:
    files = chosen(found, described)
    return SunRgbdEntry(
        name=file_name(folder),
        split=split,
        camera=camera_of(folder),
        scene=scene_of(folder),
        collection=collection_of(folder),
        missing=missing_from(files, described),
        files=files,
        labels=labels,
        position=described.position if described else -1,
    )

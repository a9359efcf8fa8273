"""Rooms in SUN RGB-D's layout: sample by sample, and the toolbox's files at the end."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from console.atomic import make_folder, output_errors, write_whole
from segmentation.classes import class_set
from sensors.errors import MissingLibraryError
from sensors.images import read_label
from sensors.prepared import Split
from sensors.prepared.encode import label_bytes
from training.rooms.plan import Shot
from training.rooms.records import Record
from training.rooms.sunrgbd.sample import EXTRINSICS_NAME, SET, Entry, camera_folder, depth_name, write_folder
from training.rooms.work import Picture

IMAGES, TOOLBOX, LABELS = "SUNRGBD", "SUNRGBDtoolbox", "toolbox_labels"
CLASSES = class_set("sunrgbd37")
NEEDED = ("h5py", "scipy")
PART = ".part"


class SunRgbdLayout:
    """As training.rooms.sunrgbd describes it. Raises MissingLibraryError where its files could not be written."""

    def __init__(self, root: Path) -> None:
        if missing := [name for name in NEEDED if find_spec(name) is None]:
            raise MissingLibraryError(
                f"--layout sunrgbd needs {' and '.join(missing)}, which is not installed: run make setup, or pip"
                " install 'rgbd-live[train]'"
            )
        self.root = root

    def whole(self) -> set[str]:
        """The names that have both their folder and their label image, which is written last."""
        with output_errors(self.root):
            folders = {path.name for path in (self.root / IMAGES).glob(f"*/{SET}/*")}
            return folders & {path.stem for path in (self.root / LABELS).glob("*.png")}

    def write(self, picture: Picture) -> None:
        """Write one sample: its folder appears whole, then its label image."""
        record = picture.record
        folder = self.root / _folder(record)
        part = folder.with_name(f".{folder.name}.{os.getpid()}{PART}")
        make_folder(folder.parent)
        with output_errors(folder):
            try:
                write_folder(part, picture, _camera(record))
                shutil.rmtree(folder, ignore_errors=True)  # of a call that was killed before the label image
                part.replace(folder)
            except OSError:
                shutil.rmtree(part, ignore_errors=True)
                raise
        write_whole(self._label(record.name), label_bytes(picture.label, CLASSES.colors))

    def finish(self, shots: Sequence[Shot], records: Mapping[str, Record]) -> None:
        """Write the toolbox's files."""
        from training.rooms.sunrgbd import toolbox  # h5py and scipy are slow to import, and only needed here

        written = [shot for shot in shots if shot.name in records]
        folders: dict[Split, list[str]] = {"train": [], "val": [], "test": []}
        for shot in written:
            folders[shot.split].append(_folder(records[shot.name]))
        base = self.root / TOOLBOX
        split = toolbox.split_bytes(folders["train"], folders["val"], folders["test"])
        write_whole(base / "traintestSUNRGBD" / "allsplit.mat", split)
        entries = [self._entry(records[shot.name]) for shot in written]
        write_whole(base / "Metadata" / "SUNRGBDMeta.mat", toolbox.meta_bytes(entries))
        labels = (read_label(self._label(shot.name)) for shot in written)
        names = [name.replace(" ", "_") for name in CLASSES.names[1:]]
        write_whole(base / "Metadata" / "SUNRGBD2Dseg.mat", toolbox.label_bytes(labels, names))

    def clean(self) -> None:
        """Remove parts of samples and files."""
        with output_errors(self.root):
            for part in (self.root / IMAGES).glob(f"*/{SET}/.*{PART}"):
                shutil.rmtree(part)
            for folder in (self.root / LABELS, *(self.root / TOOLBOX).glob("*")):
                for part in folder.glob(f".*{PART}.*"):
                    part.unlink()

    def _entry(self, record: Record) -> Entry:
        folder, camera = _folder(record), _camera(record)
        with output_errors(self.root / folder):
            extrinsics = np.loadtxt(self.root / folder / "extrinsics" / EXTRINSICS_NAME)
        return Entry(
            folder,
            camera,
            f"{record.name}.jpg",
            depth_name(camera, record.name),
            record.intrinsics.matrix,
            extrinsics[:, :3],
        )

    def _label(self, name: str) -> Path:
        return self.root / LABELS / f"{name}.png"


def _camera(record: Record) -> str:
    return camera_folder(record.camera, record.name)


def _folder(record: Record) -> str:
    return f"{IMAGES}/{_camera(record)}/{SET}/{record.name}"

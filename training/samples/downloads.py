"""Tells an official download that was not prepared yet by what lies in it."""

from __future__ import annotations

import shlex
from pathlib import Path

# What the publishers call their files and folders.
CONTENTS = {
    "sunrgbd": ("SUNRGBD.zip", "SUNRGBD", "SUNRGBDtoolbox.zip", "SUNRGBDtoolbox"),
    "nyuv2": ("nyu_depth_v2_labeled.mat",),
    "cityscapes": ("leftImg8bit_trainvaltest.zip", "leftImg8bit", "gtFine_trainvaltest.zip", "gtFine"),
}
INSIDE_SUNRGBD = ("kv1", "kv2", "realsense", "xtion")


def downloaded_dataset(folder: Path) -> tuple[str, Path] | None:
    """The name of the data set whose download this is and the folder that holds it; None where it is none."""
    if not folder.is_dir():
        return None
    for name, contents in CONTENTS.items():
        if any((folder / entry).exists() for entry in contents):
            return name, folder
    if all((folder / entry).is_dir() for entry in INSIDE_SUNRGBD):
        return "sunrgbd", folder.absolute().parent
    return None


def how_to_prepare(dataset_name: str, source: Path) -> str:
    """The command that prepares a download, ready to be copied."""
    prepared = source.with_name(f"{source.name}-ready") if source.name else f"{dataset_name}-ready"
    words = ("rgbd-train", "prepare", "--dataset", dataset_name, "--source", source, "--out", prepared)
    return shlex.join(map(str, words))

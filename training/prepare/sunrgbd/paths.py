"""What the data set's own files call a sample: its folder below SUNRGBD/, such as "kv1/NYUdata/NYU0034"."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

TOP = "SUNRGBD/"
CAMERAS = ("kv1", "kv2", "realsense", "xtion")
SEQUENCES = "xtion/sun3ddata/"  # its samples are frames of films, several of one place
CURE = "download SUNRGBDtoolbox.zip again"  # of whatever is wrong with the lists
UNSAFE = re.compile(r"[^A-Za-z0-9._+-]")


def cleaned(path: str) -> str:
    """The path below SUNRGBD/: each of the official lists has a prefix of its own, and slashes that mean nothing.

    Raises ValueError for what is no path of the data set.
    """
    _, top, below = path.rpartition(TOP)
    parts = [part for part in below.split("/") if part]
    if not top or len(parts) < 3 or parts[0] not in CAMERAS:
        raise ValueError(f"{path!r} is no path of SUN RGB-D")
    return "/".join(parts)


def texts(cells: Any) -> list[str]:
    """A MATLAB cell array of texts, however many there are."""
    array: NDArray[Any] = np.atleast_1d(np.asarray(cells))
    return [str(text) for text in array.ravel()]


def camera_of(folder: str) -> str:
    """kv1, kv2, realsense or xtion."""
    return folder.partition("/")[0]


def collection_of(folder: str) -> str:
    """Such as "realsense/lg"."""
    return "/".join(folder.split("/")[:2])


def scene_of(folder: str) -> str:
    """The place that a film of sun3ddata was taken in; of the others nothing is known but the sample itself."""
    return SEQUENCES + folder.split("/")[2] if folder.startswith(SEQUENCES) else folder


def file_name(folder: str) -> str:
    """Of the prepared files: the path with - for /, readable and of safe characters."""
    return UNSAFE.sub("_", folder.replace("/", "-"))

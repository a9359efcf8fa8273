"""Class names and colours, and the one place that converts between the network's label ids and everyone else's.

Inside networks, losses and metrics a class is 0..C-1 and 255 is ignored. On disk and on screen 0 is void and class i is
i + 1, for every data set.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from segmentation.assets import asset_path

if TYPE_CHECKING:
    from torch import Tensor

Ids = TypeVar("Ids", "NDArray[np.uint8]", "Tensor")

IGNORE = 255
CLASS_SET_NAMES = ("sunrgbd37", "nyu40", "nyu13", "cityscapes19")


@dataclass(frozen=True, slots=True, eq=False)
class ClassSet:
    """The classes of a data set with void first.

    names: C + 1 names, names[0] == "void". colors: (C + 1, 3) uint8 RGB, all different.
    Raises ValueError when the two do not fit together.
    """

    name: str
    names: tuple[str, ...]
    colors: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.names[:1] != ("void",) or self.colors.shape != (len(self.names), 3):
            raise ValueError(f"{self.name}: expected void first and a colour for each of {len(self.names)} names")

    def __len__(self) -> int:
        """The number of classes without void: the network's number of outputs."""
        return len(self.names) - 1


@cache
def class_set(name: str) -> ClassSet:
    """The class set of this name. Raises ValueError for a name that is not in CLASS_SET_NAMES."""
    if name not in CLASS_SET_NAMES:
        raise ValueError(f"unknown class set {name!r}; known: {', '.join(CLASS_SET_NAMES)}")
    document = json.loads(asset_path(f"classes/{name}.json").read_text())
    entries = [("void", (0, 0, 0)), *((entry["name"], entry["color"]) for entry in document["classes"])]
    names, colors = zip(*entries, strict=True)
    return ClassSet(name, tuple(names), np.array(colors, dtype=np.uint8))


def labels_from_ids(ids: Ids) -> Ids:
    """Network ids (any shape, uint8, 255 = ignore) -> labels of disk and screen (class i -> i + 1, 255 -> 0 = void).

    Takes a numpy array or a torch tensor on any device.
    """
    return ids + 1  # uint8 wraps: 255 becomes 0


def ids_from_labels(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Labels of disk and screen, any shape, uint8 -> network ids (0 -> 255 = ignore)."""
    return labels - np.uint8(1)  # uint8 wraps: 0 becomes 255

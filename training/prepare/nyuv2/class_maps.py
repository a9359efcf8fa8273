"""From NYUDv2's 894 names to the classes that networks learn: 40, the first 37 of them, or 13."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import class_set
from sensors.errors import PreparedDataError
from training.prepare.nyuv2.files import MAPPING_13, MAPPING_40, number_row

NAMES = 894
USUAL_CLASSES = 40
CLASS_SETS: Mapping[int, str] = {40: "nyu40", 37: "sunrgbd37", 13: "nyu13"}
SAME_IN_BOTH = sorted({*class_set("nyu40").names} & {*class_set("nyu13").names} - {"void"})


def label_table(source: Path, classes: int) -> NDArray[np.uint8]:
    """(895,) uint8: the label of each of the .mat's numbers, 0 = void.

    Raises PreparedDataError naming the mapping file that is damaged or another one.
    """
    table = np.concatenate([[0], number_row(source / MAPPING_40, "mapClass", length=NAMES, lowest=1, highest=40)])
    if classes == 37:
        table = np.where(table > classes, 0, table)
    if classes == 13:
        thirteen = number_row(source / MAPPING_13, "classMapping13", "labels13", length=40, lowest=1, highest=13)
        _check_shared_names(source / MAPPING_13, thirteen)
        table = np.concatenate([[0], thirteen])[table]
    return table.astype(np.uint8)


def _check_shared_names(path: Path, thirteen: NDArray[np.int64]) -> None:
    """A class that both sets name alike must stay what it is: a list that begins at another place would not do that."""
    forty, names = class_set("nyu40").names, class_set("nyu13").names
    for name in SAME_IN_BOTH:
        if (given := names[thirteen[forty.index(name) - 1]]) != name:
            raise PreparedDataError(f"{path}: makes {given} of {name}; is it another mapping of 40 to 13 classes?")

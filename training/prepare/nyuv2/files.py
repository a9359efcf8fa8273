"""Which files NYUDv2 consists of, and the numbers in the small ones: the split and the class mappings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensors.errors import PreparedDataError
from training.prepare.downloads import Download
from training.prepare.matlab import variables
from training.prepare.member import file_member

LABELLED, SPLITS = "nyu_depth_v2_labeled.mat", "splits.mat"
MAPPING_40, MAPPING_13 = "classMapping40.mat", "class13Mapping.mat"
HOME = {
    LABELLED: "http://horatio.cs.nyu.edu/mit/silberman/nyu_depth_v2/nyu_depth_v2_labeled.mat",
    SPLITS: "http://horatio.cs.nyu.edu/mit/silberman/indoor_seg_sup/splits.mat",
    MAPPING_40: "https://github.com/ankurhanda/nyuv2-meta-data",
    MAPPING_13: "https://github.com/ankurhanda/nyuv2-meta-data",
}


def downloads(classes: int) -> list[Download]:
    """What so many classes need."""
    return [Download(name, url) for name, url in HOME.items() if classes == 13 or name != MAPPING_13]


def number_row(
    path: Path, variable: str, field: str | None = None, *, length: int | None = None, lowest: int, highest: int
) -> NDArray[np.int64]:
    """A variable, or a field of a struct, as a row of whole numbers.

    length: how many there must be. Raises PreparedDataError where the file is damaged, has no such variable, or has
    another number of numbers or one outside lowest..highest.
    """
    name = variable if field is None else f"{variable}.{field}"
    cure = f"download it again from {HOME[path.name]}"
    value = variables(file_member(path, path.name), variable, cure=cure)[variable]
    try:
        numbers = np.asarray(value if field is None else value[field].item()).ravel()
    except (AttributeError, KeyError, IndexError, ValueError, TypeError) as error:
        raise PreparedDataError(f"{path}: has no {name}; is it another file?") from error
    if numbers.dtype.kind not in "iuf" or (length is not None and len(numbers) != length):
        wanted = "numbers" if length is None else f"{length} numbers"
        raise PreparedDataError(f"{path}: {name}: expected {wanted}, got {len(numbers)} of {numbers.dtype}")
    wrong = numbers[~((numbers >= lowest) & (numbers <= highest) & (numbers == np.rint(numbers)))]
    if wrong.size:
        raise PreparedDataError(f"{path}: {name}: expected whole numbers {lowest} to {highest}, got {wrong[0]}")
    return numbers.astype(np.int64)

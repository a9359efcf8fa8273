"""Numbers in MATLAB 5 files: the split and the class mappings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import scipy.io
from numpy.typing import NDArray
from scipy.io.matlab import MatReadError

from sensors.errors import PreparedDataError, one_line

HOME = {
    "nyu_depth_v2_labeled.mat": "http://horatio.cs.nyu.edu/mit/silberman/nyu_depth_v2/nyu_depth_v2_labeled.mat",
    "splits.mat": "http://horatio.cs.nyu.edu/mit/silberman/indoor_seg_sup/splits.mat",
    "classMapping40.mat": "https://github.com/ankurhanda/nyuv2-meta-data",
    "class13Mapping.mat": "https://github.com/ankurhanda/nyuv2-meta-data",
}


def require_file(path: Path) -> None:
    """Raise PreparedDataError, with where to get it, where one of NYUDv2's files is missing."""
    if not path.parent.is_dir():
        what = "is a file" if path.parent.exists() else "no such folder"
        raise PreparedDataError(f"{path.parent}: {what}; expected the folder with {path.name}")
    if not path.is_file():
        raise PreparedDataError(f"{path}: is missing; download it from {HOME[path.name]}")


def number_row(
    path: Path, variable: str, field: str | None = None, *, length: int | None = None, lowest: int, highest: int
) -> NDArray[np.int64]:
    """A variable, or a field of a struct, as a row of whole numbers.

    length: how many there must be. Raises PreparedDataError where the file is missing or damaged, has no such
    variable, or has another number of numbers or one outside lowest..highest.
    """
    require_file(path)
    name = variable if field is None else f"{variable}.{field}"
    value = _variable(path, variable)
    try:
        numbers = np.asarray(value if field is None else value[field][0, 0]).ravel()
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise PreparedDataError(f"{path}: has no {name}; is it another file?") from error
    if numbers.dtype.kind not in "iuf" or (length is not None and len(numbers) != length):
        wanted = "numbers" if length is None else f"{length} numbers"
        raise PreparedDataError(f"{path}: {name}: expected {wanted}, got {len(numbers)} of {numbers.dtype}")
    wrong = numbers[~((numbers >= lowest) & (numbers <= highest) & (numbers == np.rint(numbers)))]
    if wrong.size:
        raise PreparedDataError(f"{path}: {name}: expected whole numbers {lowest} to {highest}, got {wrong[0]}")
    return numbers.astype(np.int64)


def _variable(path: Path, variable: str) -> Any:
    try:
        return scipy.io.loadmat(path, variable_names=[variable])[variable]
    except NotImplementedError as error:
        raise PreparedDataError(f"{path}: is a MATLAB 7.3 file; expected the published one, of MATLAB 5") from error
    except KeyError as error:
        raise PreparedDataError(f"{path}: has no {variable}; is it another file?") from error
    except Exception as error:  # scipy's reader has no errors of its own for damage: zlib's, numpy's, struct's
        if isinstance(error, OSError) and error.strerror and not isinstance(error, MatReadError):
            raise PreparedDataError(f"{path}: cannot be read ({error.strerror})") from error
        size = f"{path.stat().st_size:,} bytes"
        reason = one_line(error) or type(error).__name__
        raise PreparedDataError(
            f"{path}: is damaged or no MATLAB file ({size}; {reason}); download it again"
        ) from error

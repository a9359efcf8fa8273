"""SUNRGBD2Dseg.mat: the labels of all samples, read one at a time (together they take 64 GB)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from sensors.errors import PreparedDataError, one_line
from training.prepare.sunrgbd.paths import CURE

HIGHEST = 37


class Labels:
    """An open SUNRGBD2Dseg.mat. Raises PreparedDataError where it is damaged or something else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._errors():
            self._file = h5py.File(path, "r")
        with self._errors():
            self._references = np.asarray(self._file["SUNRGBD2Dseg/seglabel"]).ravel()

    def __len__(self) -> int:
        return len(self._references)

    def read(self, position: int) -> NDArray[np.uint8]:
        """(H, W) uint8, 0 = void, class i is i + 1; from 0. Raises PreparedDataError."""
        with self._errors():
            stored = np.asarray(self._file[self._references[position]])
        if stored.ndim != 2:
            raise PreparedDataError(f"{self._path}: label {position} is no image (shape {stored.shape}); {CURE}")
        if (highest := stored.max(initial=0)) > HIGHEST or stored.min(initial=0) < 0:
            raise PreparedDataError(f"{self._path}: label {position} has id {highest}, expected 0 to {HIGHEST}")
        return np.ascontiguousarray(stored.T.astype(np.uint8))  # MATLAB's arrays are stored column by column

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:  # h5py's own, mostly
            raise PreparedDataError(
                f"{self._path}: is damaged, cut off or no MATLAB 7.3 (HDF5) file of labels ({one_line(error)}); {CURE}"
            ) from error

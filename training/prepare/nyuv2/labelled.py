"""nyu_depth_v2_labeled.mat, a MATLAB 7.3 file, which is HDF5; read one frame at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from sensors.errors import PreparedDataError, one_line
from training.prepare.nyuv2.files import HOME, LABELLED

OFFICIAL_BYTES = 2_972_037_809
IMAGES = ("images", "labels", "depths", "rawDepths")
SCENES = "scenes"
MOST_METRES = 65.0  # what fits 16 bits of millimetres; NYUDv2 ends at 10 m
CACHE_BYTES = 64 << 20  # of each variable: its compressed chunks may hold parts of many frames that are next in turn
CACHE_SLOTS = 400_009  # a prime, 100 times as many as 16-kB chunks fit, as HDF5's documentation of H5Pset_cache advises


class LabelledFile:
    """The open file. Frames are stored with x before y; what is read here has y first, as everywhere else.

    Raises PreparedDataError where the file is cut off, no HDF5 or another one, here and at every frame.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = h5py.File(path, "r", rdcc_nbytes=CACHE_BYTES, rdcc_nslots=CACHE_SLOTS, rdcc_w0=1.0)
        except OSError as error:
            raise PreparedDataError(_unopened(path, error)) from error
        self._images = {name: self._dataset(name) for name in IMAGES}
        self.frames, _, width, height = self._shape("images", 4)
        for name in IMAGES[1:]:
            if (found := self._shape(name, 3)) != (self.frames, width, height):
                raise PreparedDataError(f"{path}: {name} is {found}, images are {(self.frames, width, height)}")
        self.size = width, height

    def scenes(self) -> list[str]:
        """Each frame's scene, such as "kitchen_0004"."""
        references = self._dataset(SCENES)
        if references.size != self.frames:
            raise PreparedDataError(f"{self.path}: has {references.size} scenes for {self.frames} frames")
        try:
            return [self._text(reference) for reference in references[()].ravel()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise PreparedDataError(f"{self.path}: scenes cannot be read ({one_line(error)}); {_again()}") from error

    def color(self, frame: int) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""
        return self._frame("images", frame, np.uint8).transpose(2, 1, 0)

    def numbers(self, frame: int) -> NDArray[np.uint16]:
        """(H, W) uint16: which of the 894 names each pixel has, 0 = none."""
        return self._frame("labels", frame, np.uint16).T

    def depth_mm(self, frame: int, name: str) -> NDArray[np.uint16]:
        """(H, W) uint16 millimetres, 0 = no reading; name: "rawDepths" or "depths", whose holes are filled."""
        depth_m = self._frame(name, frame, np.float32).T
        known_m = np.where(np.isfinite(depth_m), depth_m, np.float32(0))
        if known_m.min() < 0 or known_m.max() > MOST_METRES:
            reach = f"{known_m.min():g} to {known_m.max():g}"
            raise PreparedDataError(
                f"{self.path}: frame {frame + 1} of {name}: expected metres, got {reach}; {_again()}"
            )
        return np.rint(known_m * np.float32(1000)).astype(np.uint16)

    def _frame(self, name: str, frame: int, dtype: type[np.generic]) -> NDArray[Any]:
        dataset = self._images[name]
        if dataset.dtype != dtype:
            raise PreparedDataError(f"{self.path}: {name}: expected {np.dtype(dtype)}, got {dataset.dtype}; {_again()}")
        try:
            return dataset[frame]
        except (OSError, RuntimeError) as error:
            raise PreparedDataError(
                f"{self.path}: frame {frame + 1} of {name} is damaged ({one_line(error)}); {_again()}"
            ) from error

    def _dataset(self, name: str) -> Any:
        """A variable of the file."""
        found = self._file.get(name)
        if not isinstance(found, h5py.Dataset):
            raise PreparedDataError(f"{self.path}: has no {name}; is it {LABELLED} from {HOME[LABELLED]}?")
        return found

    def _shape(self, name: str, axes: int) -> tuple[int, ...]:
        shape = self._images[name].shape
        if len(shape) != axes or 0 in shape or (axes == 4 and shape[1] != 3):
            expected = "(frames, 3, width, height)" if axes == 4 else "(frames, width, height)"
            raise PreparedDataError(f"{self.path}: {name} is {shape}; expected {expected}")
        return shape

    def _text(self, reference: Any) -> str:
        letters: Any = self._file[reference]
        return "".join(chr(letter) for letter in letters[()].ravel())


def _unopened(path: Path, error: OSError) -> str:
    """Why HDF5 did not open it, by what the file looks like."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
    except OSError as unread:
        return f"{path}: cannot be read ({unread.strerror})"
    size = path.stat().st_size
    if not start.startswith((b"MATLAB 7", b"\x89HDF")):
        return f"{path}: is no MATLAB 7.3 file ({size:,} bytes); {_again()}"
    return f"{path}: is cut off or damaged ({size:,} of {OFFICIAL_BYTES:,} bytes; {one_line(error)}); {_again()}"


def _again() -> str:
    return f"download it again from {HOME[LABELLED]}"

"""The toolbox's .mat files: labels (MATLAB 7.3, which is HDF5), what describes each image, and the split (MATLAB 5)."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import h5py
import numpy as np
import scipy.io
from numpy.typing import NDArray

from training.rooms.sunrgbd.sample import Entry

META_PREFIX = "/n/fs/sun3d/data/"  # where the images lay when the real files were made; readers must cut it off
SPLIT_PREFIX = "/data1/"
MATLAB_5_TEXT = b"MATLAB 5.0 MAT-file, made by rgbd-train rooms"
MATLAB_73_TEXT = b"MATLAB 7.3 MAT-file, made by rgbd-train rooms"
TEXT_BYTES, USER_BLOCK_BYTES = 116, 512
MATLAB_73_VERSION = b"\0" * 8 + b"\0\2IM"
META_FIELDS = (  # the real one also has groundtruth3DBB, groundtruth2DBB and gtCorner3D, which rooms do not give
    "sequenceName",
    "Rtilt",
    "K",
    "depthpath",
    "rgbpath",
    "anno_extrinsics",
    "depthname",
    "rgbname",
    "sensorType",
    "valid",
)
# From a camera's axes (right, down, forward) to the toolbox's points (right, forward, up).
TOOLBOX_FROM_CAMERA = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])


def meta_bytes(entries: Sequence[Entry]) -> bytes:
    """SUNRGBDMeta.mat: a struct array (1, N), in the order that SUNRGBD2Dseg.mat follows."""
    meta = np.empty((1, len(entries)), [(field, object) for field in META_FIELDS])
    for position, entry in enumerate(entries):
        meta[0, position] = (
            entry.folder,
            TOOLBOX_FROM_CAMERA @ entry.level_from_camera @ TOOLBOX_FROM_CAMERA.T,
            entry.matrix,
            f"{META_PREFIX}{entry.folder}/depth_bfx/{entry.depth_name}",
            f"{META_PREFIX}{entry.folder}/image/{entry.rgb_name}",
            entry.level_from_camera,
            entry.depth_name,
            entry.rgb_name,
            entry.sensor,
            1.0,
        )
    return _matlab_5({"SUNRGBDMeta": meta})


def split_bytes(train: Sequence[str], val: Sequence[str], test: Sequence[str]) -> bytes:
    """allsplit.mat, from folders SUNRGBD/kv2/rooms/NAME: alltrain holds train and val in one order of their own."""
    return _matlab_5(
        {
            "alltest": _cells([_split_path(folder) for folder in test], row=True),
            "alltrain": _cells(sorted(_split_path(folder) for folder in (*train, *val)), row=True),
            "trainvalsplit": {
                "train": _cells([_split_path(folder) for folder in train], row=False),
                "val": _cells([_split_path(folder) for folder in val], row=False),
            },
        }
    )


def label_bytes(labels: Iterable[NDArray[np.uint8]], names: Sequence[str]) -> bytes:
    """SUNRGBD2Dseg.mat. labels: (H, W) uint8 each, 0 = void, stored transposed; names: of the 37 classes.

    To be read as the real one: f[f["SUNRGBD2Dseg"]["seglabel"][i][0]], f[f["seg37list"][i][0]].
    """
    content = io.BytesIO()
    with h5py.File(content, "w", userblock_size=USER_BLOCK_BYTES) as file:
        targets = file.create_group("#refs#")
        images = [
            _stored(targets, f"label{position}", label.T, b"uint8", compression="gzip", compression_opts=3)
            for position, label in enumerate(labels)
        ]
        struct = file.create_group("SUNRGBD2Dseg")
        struct.attrs["MATLAB_class"] = np.bytes_(b"struct")
        struct["seglabel"] = _references(images)
        words = [
            _stored(targets, f"name{position}", np.frombuffer(name.encode("utf-16-le"), np.uint16)[:, None], b"char")
            for position, name in enumerate(names)
        ]
        file["seg37list"] = _references(words)
        file["seg37list"].attrs["MATLAB_class"] = np.bytes_(b"cell")
    header = MATLAB_73_TEXT.ljust(TEXT_BYTES) + MATLAB_73_VERSION
    return header + content.getvalue()[len(header) :]


def _stored(group: h5py.Group, name: str, array: NDArray[Any], matlab_class: bytes, **options: Any) -> h5py.Dataset:
    dataset = group.create_dataset(name, data=array, **options)
    dataset.attrs["MATLAB_class"] = np.bytes_(matlab_class)
    if matlab_class == b"char":
        dataset.attrs["MATLAB_int_decode"] = np.int32(2)
    return dataset


def _references(datasets: Sequence[h5py.Dataset]) -> NDArray[Any]:
    column = np.empty((len(datasets), 1), h5py.ref_dtype)
    for position, dataset in enumerate(datasets):
        column[position, 0] = dataset.ref
    return column


def _split_path(folder: str) -> str:
    ends_open = folder.startswith("SUNRGBD/kv2/")  # of the real list's paths, those of kv2 have no slash at their end
    return f"{SPLIT_PREFIX}{folder}{'' if ends_open else '/'}"


def _cells(texts: Sequence[str], *, row: bool) -> NDArray[Any]:
    cells = np.empty(len(texts), object)
    cells[:] = texts
    return cells[None] if row else cells[:, None]


def _matlab_5(variables: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    scipy.io.savemat(content, variables, do_compression=True)
    # Its header says when it was made, which would make two equal calls differ.
    return MATLAB_5_TEXT.ljust(TEXT_BYTES) + content.getvalue()[TEXT_BYTES:]

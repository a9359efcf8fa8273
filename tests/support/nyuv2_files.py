"""NYUDv2's files as they are published, but small: random frames whose every value is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import scipy.io

WIDTH, HEIGHT = 32, 24
NAMES = 894
# As class13Mapping.mat has it: SceneNet's grouping of the 40 classes.
THIRTEEN = [
    12,
    5,
    6,
    1,
    4,
    9,
    10,
    12,
    13,
    6,
    8,
    6,
    13,
    10,
    6,
    13,
    6,
    7,
    7,
    5,
    7,
    3,
    2,
    6,
    11,
    7,
    7,
    7,
    7,
    7,
    7,
    6,
    7,
    7,
]
THIRTEEN += [7, 7, 7, 7, 6, 7]
MATLAB_73_HEADER = b"MATLAB 7.3 MAT-file, made by a test".ljust(124) + b"\0\2IM"


@dataclass(frozen=True)
class NyuFrames:
    """What the file holds, with rows first. scenes: of each frame."""

    images: np.ndarray
    labels: np.ndarray
    depths: np.ndarray
    raw_depths: np.ndarray
    scenes: tuple[str, ...]


def nyu_frames(scenes: Sequence[str], *, size: tuple[int, int] = (WIDTH, HEIGHT), seed: int = 0) -> NyuFrames:
    """Random frames, one for each scene's name."""
    rng = np.random.default_rng(seed)
    shape = (len(scenes), size[1], size[0])
    depths_m = rng.uniform(0.7, 9.9, shape).astype(np.float32)
    raw_m = np.where(rng.random(shape) < 0.3, 0, depths_m + rng.normal(0, 0.01, shape)).astype(np.float32)
    labels = rng.integers(0, NAMES + 1, shape).astype(np.uint16)
    return NyuFrames(rng.integers(0, 256, (*shape, 3)).astype(np.uint8), labels, depths_m, raw_m, tuple(scenes))


def class_map_40() -> np.ndarray:
    """(894,) a class of 1..40 for each name."""
    return np.arange(NAMES) * 7 % 40 + 1


def write_nyu(
    folder: Path, frames: NyuFrames, *, train: Sequence[int], test: Sequence[int], chunk_frames: int = 3, **changed: Any
) -> Path:
    """All four files. train, test: frame numbers from 1. changed: other variables for the .mat, None = leave it out."""
    folder.mkdir(parents=True, exist_ok=True)
    write_labelled(folder / "nyu_depth_v2_labeled.mat", frames, chunk_frames, **changed)
    scipy.io.savemat(folder / "splits.mat", {"trainNdxs": np.c_[train], "testNdxs": np.c_[test]})
    scipy.io.savemat(folder / "classMapping40.mat", {"mapClass": class_map_40()[None].astype(np.uint8)})
    thirteen = {"labels13": np.array([THIRTEEN], np.uint8), "className13": np.array([["Bed"]], object)}
    scipy.io.savemat(folder / "class13Mapping.mat", {"classMapping13": thirteen})
    return folder


def write_labelled(path: Path, frames: NyuFrames, chunk_frames: int = 3, **changed: Any) -> None:
    """nyu_depth_v2_labeled.mat: transposed, in compressed chunks that several frames share."""
    variables = {
        "images": frames.images.transpose(0, 3, 2, 1),
        "labels": frames.labels.transpose(0, 2, 1),
        "depths": frames.depths.transpose(0, 2, 1),
        "rawDepths": frames.raw_depths.transpose(0, 2, 1),
        **changed,
    }
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in variables.items():
            if values is not None and name != "scenes":
                chunks = (
                    min(chunk_frames, len(values)),
                    *values.shape[1:-2],
                    *(side // 2 for side in values.shape[-2:]),
                )
                file.create_dataset(name, data=values, chunks=chunks, compression="gzip", compression_opts=3)
        scenes = changed.get("scenes", frames.scenes)
        if scenes is not None:
            texts = [file.create_dataset(f"#refs#/{n}", data=_letters(text)) for n, text in enumerate(scenes)]
            file["scenes"] = np.array([[text.ref for text in texts]], h5py.ref_dtype)
    with path.open("r+b") as file:
        file.write(MATLAB_73_HEADER)


def _letters(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-16-le"), np.uint16)[:, None]

"""Writes prepared samples: each whole or not at all, and the index last."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensors.prepared.encode import jpeg_bytes, label_bytes, png_bytes
from sensors.prepared.sample import (
    CLASS_COUNTS,
    COLOR_SUFFIXES,
    CONFIDENCE_FOLDER,
    DEPTH_UNIT_M,
    FOLDERS,
    FORMAT_VERSION,
    INDEX_NAME,
    REFINED_FOLDER,
    PreparedSample,
    check_name,
    sample_paths,
)

_PART = ".part"


def write_sample(
    root: Path,
    name: str,
    color: NDArray[np.uint8],
    depth_steps: NDArray[np.uint16],
    label: NDArray[np.uint8],
    *,
    color_file: bytes | None = None,
    refined_steps: NDArray[np.uint16] | None = None,
    confidence: NDArray[np.uint8] | None = None,
    color_suffix: str = ".jpg",
    palette: NDArray[np.uint8] | None = None,
) -> None:
    """Write a sample's images; the label image last, so that where it is, the sample is whole.

    color: (H, W, 3) uint8 RGB. depth_steps: (H, W) uint16 in the index's depth_unit_m, 0 = no reading.
    label: (H, W) uint8, 0 = void, class i is i + 1.
    refined_steps: the depth with its holes filled, as depth_steps, where the data set has it.
    confidence: (H, W) uint8, 255 = certain, of labels that a model predicted.
    color_file: the colour image's own PNG or JPEG, which is then written as it is; color still says its size.
    color_suffix: ".png" keeps every bit; ".jpg" is a quarter of the size, at full colour resolution.
    palette: (N, 3) uint8 RGB, so that a viewer shows the labels in colour; their values stay.
    Raises ValueError for arrays or a name that do not fit, OSError where the disk refuses; then no file of it is left.
    """
    check_name(name)
    _check_arrays(color, depth_steps, label, color_suffix)
    paths = [*sample_paths(root, name, color_suffix)]
    encoded = [
        color_file or (jpeg_bytes(color) if color_suffix == ".jpg" else png_bytes(color)),
        png_bytes(depth_steps),
        label_bytes(label, palette),
    ]
    if refined_steps is not None:
        _check_arrays(color, refined_steps, label, color_suffix)
        paths.insert(1, sample_paths(root, name, color_suffix, "refined").depth)
        encoded.insert(1, png_bytes(refined_steps))
    if confidence is not None:
        _check_arrays(color, depth_steps, confidence, color_suffix)
        paths.insert(1, root / CONFIDENCE_FOLDER / f"{name}.png")
        encoded.insert(1, png_bytes(confidence))
    try:
        for path, content in zip(paths, encoded, strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
    except OSError:
        for path in reversed(paths):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        raise


def write_index(
    root: Path,
    samples: Sequence[PreparedSample],
    *,
    class_set: str,
    about: str,
    dataset: str = "",
    refined: bool = False,
    notes: Mapping[str, Any] | None = None,
) -> None:
    """Write the index in one step, one sample a line.

    dataset: whose samples these are ("" = not told). refined: every sample has its refined depth beside the raw one.
    notes: what else stands in the index's header, for people.
    Raises ValueError for an unknown class set and for samples of several depth units, OSError.
    """
    if class_set not in CLASS_COUNTS:
        raise ValueError(f"unknown class set {class_set!r}; known: {', '.join(CLASS_COUNTS)}")
    units = {sample.depth_unit_m for sample in samples} or {DEPTH_UNIT_M}
    if len(units) > 1:
        raise ValueError(f"expected samples of one depth unit, got {', '.join(map(str, sorted(units)))}")
    header = {
        "format_version": FORMAT_VERSION,
        "dataset": dataset,
        "class_set": class_set,
        "depth_unit_m": float(units.pop()),
        "refined_depth": refined,
        "about": about,
        **(notes or {}),
    }
    lines = ",\n".join(json.dumps(_entry(sample)) for sample in samples)
    root.mkdir(parents=True, exist_ok=True)
    write_whole(root / INDEX_NAME, f'{json.dumps(header)[:-1]}, "samples": [\n{lines}\n]}}\n'.encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place, then rename it. Raises OSError and leaves nothing behind where that fails."""
    part = path.with_name(f".{path.name}.{os.getpid()}{_PART}")  # the number: two processes never share a part
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def remove_parts(root: Path) -> None:
    """Remove what a writer that was killed left unfinished."""
    for folder in (root, *(root / name for name in (*FOLDERS, REFINED_FOLDER, CONFIDENCE_FOLDER))):
        for part in folder.glob(f".*{_PART}"):
            part.unlink(missing_ok=True)


def _entry(sample: PreparedSample) -> dict[str, Any]:
    camera = sample.intrinsics
    return {
        "name": sample.name,
        "split": sample.split,
        "camera": sample.camera,
        "scene": sample.scene,
        "width": camera.width,
        "height": camera.height,
        "fx": float(camera.fx),
        "fy": float(camera.fy),
        "cx": float(camera.cx),
        "cy": float(camera.cy),
        "color": sample.color_suffix,
    }


def _check_arrays(color: NDArray[Any], depth_steps: NDArray[Any], label: NDArray[Any], color_suffix: str) -> None:
    if color_suffix not in COLOR_SUFFIXES:
        raise ValueError(f"color_suffix: expected one of {', '.join(COLOR_SUFFIXES)}, got {color_suffix!r}")
    size = label.shape
    if len(size) != 2 or color.shape != (*size, 3) or depth_steps.shape != size:
        raise ValueError(
            f"expected (H, W, 3), (H, W) and (H, W), got {color.shape}, {depth_steps.shape} and {label.shape}"
        )
    if (color.dtype, depth_steps.dtype, label.dtype) != (np.uint8, np.uint16, np.uint8):
        raise ValueError(f"expected uint8, uint16 and uint8, got {color.dtype}, {depth_steps.dtype} and {label.dtype}")

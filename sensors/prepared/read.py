"""Reads prepared samples: the index, checked as a whole, and then any sample by itself.

index.json: {"format_version": 1, "dataset": "rooms", "class_set": "sunrgbd37", "depth_unit_m": 0.001,
"refined_depth": false, "about": "...", "samples": [
{"name", "split" (train, val, test), "camera", "scene", "width", "height", "fx", "fy", "cx", "cy", "color" (.jpg, .png)}
]}
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sensors.errors import PreparedDataError, RecordingError
from sensors.geometry import CameraIntrinsics
from sensors.images import read_color, read_depth, read_label
from sensors.prepared.sample import (
    CLASS_COUNTS,
    DEPTH_FOLDERS,
    FOLDERS,
    FORMAT_VERSION,
    INDEX_NAME,
    DepthKind,
    PreparedArrays,
    PreparedSample,
    sample_paths,
)

TEXTS = ("name", "split", "camera", "scene", "color")
NUMBERS = ("width", "height", "fx", "fy", "cx", "cy")
WHOLE_NUMBERS = ("width", "height")


@dataclass(frozen=True, slots=True, eq=False)
class PreparedIndex:
    """A folder of prepared samples.

    class_set: whose labels they carry. samples: in the index's order. dataset: whose samples they are; "" where the
    index does not tell. depth: which of the depth images are read. predicted_by: the model whose predictions the labels
    are, where nobody has corrected them; "" for labels that people or a renderer made.
    """

    root: Path
    class_set: str
    samples: tuple[PreparedSample, ...]
    dataset: str = ""
    depth: DepthKind = "raw"
    predicted_by: str = ""

    def read(self, sample: PreparedSample) -> PreparedArrays:
        """The sample's three images.

        Raises PreparedDataError naming the file that is missing, damaged, of another size than the index says, or has
        a label outside the class set.
        """
        paths = sample_paths(self.root, sample.name, sample.color_suffix, self.depth)
        try:
            arrays = PreparedArrays(read_color(paths.color), read_depth(paths.depth), read_label(paths.label))
        except RecordingError as error:
            raise PreparedDataError(str(error)) from error
        for path, image in zip(paths, (arrays.color, arrays.depth_steps, arrays.label), strict=True):
            self._check_size(path, image.shape, sample.intrinsics)
        if (highest := int(arrays.label.max())) > CLASS_COUNTS[self.class_set]:
            raise PreparedDataError(
                f"{paths.label}: has label {highest}, but {self.class_set} ends at {CLASS_COUNTS[self.class_set]}"
            )
        return arrays

    def _check_size(self, path: Path, shape: tuple[int, ...], expected: CameraIntrinsics) -> None:
        if shape[:2] != (expected.height, expected.width):
            raise PreparedDataError(
                f"{path}: is {shape[1]}x{shape[0]}, but {self.root / INDEX_NAME} says"
                f" {expected.width}x{expected.height}; prepare the folder again"
            )


def read_index(root: Path | str, class_set: str | None = None, *, depth: DepthKind = "raw") -> PreparedIndex:
    """The index of a folder, with every file that it names looked for.

    class_set: the labels that are wanted, if any will not do. depth: "raw" as the camera gave it, or "refined" with its
    holes filled, which not every data set has. Raises PreparedDataError for a folder that is missing, empty,
    half-written, of another data set, or without that depth.
    """
    root = Path(root)
    path = root / INDEX_NAME
    document = _document(path)
    try:
        entries = _entries(_with_header(document))
        samples = tuple(_sample(entry, document["depth_unit_m"]) for entry in entries)
        model = str(document.get("model", "a model")) if document.get("labels") == "predicted" else ""
        index = PreparedIndex(root, document["class_set"], samples, str(document.get("dataset", "")), depth, model)
    except ValueError as error:
        raise PreparedDataError(f"{path}: {error}") from error
    if depth == "refined" and document.get("refined_depth") is not True:
        raise PreparedDataError(f"{root}: has raw depth only; leave out --depth refined")
    if class_set not in (None, index.class_set):
        raise PreparedDataError(f"{root}: has the labels of {index.class_set}, not of {class_set}")
    _check_files(index)
    return index


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PreparedDataError(_no_index(path.parent)) from error
    except NotADirectoryError as error:
        raise PreparedDataError(f"{path.parent}: is a file; expected a folder of prepared samples") from error
    except OSError as error:
        raise PreparedDataError(f"{path}: cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise PreparedDataError(f"{path}: damaged, no JSON ({error}); prepare the folder again") from error


def _no_index(root: Path) -> str:
    if not root.is_dir():
        return f"{root}: no such folder"
    if any((root / folder).is_dir() for folder in FOLDERS):
        return f"{root}: half-written, {INDEX_NAME} is missing; run the command that writes it again, it goes on"
    if not any(root.iterdir()):
        return f"{root}: is empty; expected a folder of prepared samples ({INDEX_NAME}, {', '.join(FOLDERS)})"
    return f"{root}: is no folder of prepared samples ({INDEX_NAME} is missing)"


def _with_header(document: Any) -> dict[str, Any]:
    """The document itself. Raises ValueError where this is no such index, or one of another version."""
    if not isinstance(document, dict) or not {"format_version", "class_set", "samples"} <= document.keys():
        raise ValueError("is no index of prepared samples (format_version, class_set, samples)")
    if document["format_version"] != FORMAT_VERSION:
        raise ValueError(f"has format_version {document['format_version']!r}; this program reads {FORMAT_VERSION}")
    if document["class_set"] not in list(CLASS_COUNTS):
        raise ValueError(f"unknown class_set {document['class_set']!r}; known: {', '.join(CLASS_COUNTS)}")
    unit = document.get("depth_unit_m")
    if type(unit) is not float or not 0 < unit < 1:
        raise ValueError(f"depth_unit_m: expected metres per step, such as 0.001, got {unit!r}")
    return document


def _entries(document: dict[str, Any]) -> Sequence[Any]:
    entries = document["samples"]
    if not isinstance(entries, list) or not entries:
        raise ValueError("has no samples")
    seen: set[str] = set()
    for position, entry in enumerate(entries):
        if not isinstance(entry, dict):
            raise ValueError(f"samples[{position}] is no object")
        if (name := str(entry.get("name"))) in seen:
            raise ValueError(f"sample {name!r} occurs twice")
        seen.add(name)
    return entries


def _sample(entry: dict[str, Any], depth_unit_m: float) -> PreparedSample:
    try:
        for key in (*TEXTS, *NUMBERS):
            _check_field(entry, key)
        intrinsics = CameraIntrinsics(*(entry[key] for key in NUMBERS))
        texts = {key: cast(Any, entry[key]) for key in TEXTS}
        suffix = texts.pop("color")
        return PreparedSample(color_suffix=suffix, intrinsics=intrinsics, depth_unit_m=depth_unit_m, **texts)
    except ValueError as error:
        raise ValueError(f"sample {entry.get('name')!r}: {error}") from error


def _check_field(entry: dict[str, Any], key: str) -> None:
    if key not in entry:
        raise ValueError(f"{key!r} is missing")
    kinds = (str,) if key in TEXTS else (int,) if key in WHOLE_NUMBERS else (int, float)
    if type(entry[key]) not in kinds:
        raise ValueError(f"{key}: expected {' or '.join(kind.__name__ for kind in kinds)}, got {entry[key]!r}")


def _check_files(index: PreparedIndex) -> None:
    present = {folder: _names_in(index.root / folder) for folder in (*FOLDERS, DEPTH_FOLDERS[index.depth])}
    missing = [
        path
        for sample in index.samples
        for path in sample_paths(index.root, sample.name, sample.color_suffix, index.depth)
        if path.name not in present[path.parent.name]
    ]
    if missing:
        more = f" and {len(missing) - 1} other files of its index" if missing[1:] else ""
        raise PreparedDataError(f"{missing[0]}: is missing{more}; run the command that writes the folder again")


def _names_in(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))  # noqa: PTH208 - ten thousand names without ten thousand Path objects
    except OSError:
        return set()

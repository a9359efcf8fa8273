"""From a folder and a data set's name to prepared samples."""

from __future__ import annotations

from pathlib import Path

from console.errors import UsageError
from sensors.prepared import PreparedDataError, PreparedIndex, PreparedSample, Split, read_index
from sensors.prepared.sample import INDEX_NAME

# Which labels the prepared samples of a data set may carry; SUN RGB-D's 37 classes are the first of NYUDv2's 40.
CLASS_SETS = {
    "rooms": ("sunrgbd37",),
    "sunrgbd": ("sunrgbd37",),
    "nyuv2": ("nyu40", "nyu13", "sunrgbd37"),
    "cityscapes": ("cityscapes19",),
}
DOWNLOADED = ("sunrgbd", "nyuv2", "cityscapes")  # they come in layouts of their own and must be prepared


def open_dataset(data_dir: Path | str, dataset_name: str) -> PreparedIndex:
    """The prepared samples in data_dir, which must be of this data set.

    Raises UsageError for an unknown data set and for one that is not prepared yet, PreparedDataError for a folder that
    is missing, empty, half-written, or of another data set.
    """
    if dataset_name not in CLASS_SETS:
        raise UsageError(f"--dataset {dataset_name}: choose from {', '.join(CLASS_SETS)}")
    data_dir = Path(data_dir)
    if dataset_name in DOWNLOADED and data_dir.is_dir() and not (data_dir / INDEX_NAME).exists():
        raise UsageError(
            f"--dataset {dataset_name}: {data_dir} has no {INDEX_NAME}, and this version cannot prepare {dataset_name}"
            " yet; use --dataset rooms with a folder that rgbd-train rooms wrote"
        )
    index = read_index(data_dir)
    if index.class_set not in CLASS_SETS[dataset_name]:
        raise PreparedDataError(
            f"{data_dir}: has the labels of {index.class_set}, which {dataset_name} does not use; choose the"
            " --dataset that was prepared there"
        )
    return index


def samples_of(index: PreparedIndex, split: Split) -> tuple[PreparedSample, ...]:
    """The samples of a split. Raises PreparedDataError where there are none."""
    samples = tuple(sample for sample in index.samples if sample.split == split)
    if not samples:
        raise PreparedDataError(f"{index.root}: has no samples of the {split} split; prepare more samples")
    return samples

"""From a folder, and a data set's name where one is given, to prepared samples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from console.errors import UsageError
from sensors.prepared import DepthKind, PreparedDataError, PreparedIndex, PreparedSample, Split, read_index
from sensors.prepared.sample import INDEX_NAME
from training.samples.downloads import downloaded_dataset, how_to_prepare

# Which labels the prepared samples of a data set may carry; SUN RGB-D's 37 classes are the first of NYUDv2's 40.
CLASS_SETS = {
    "sunrgbd": ("sunrgbd37",),
    "rooms": ("sunrgbd37",),
    "nyuv2": ("nyu40", "nyu13", "sunrgbd37"),
    "cityscapes": ("cityscapes19",),
}


def open_dataset(data_dir: Path | str, dataset_name: str | None = None, depth: DepthKind = "raw") -> PreparedIndex:
    """The prepared samples in data_dir; the index's `dataset` tells whose they are.

    dataset_name: what the user takes them for; None = what the index says. An index that does not say is judged by its
    labels, and without a name belongs to the first data set that has these. depth: see read_index.
    Raises UsageError for an unknown name, PreparedDataError for a folder that is missing, empty, half-written, not
    prepared yet, of another data set, or without that depth.
    """
    if dataset_name is not None and dataset_name not in CLASS_SETS:
        raise UsageError(f"--dataset {dataset_name}: choose from {', '.join(CLASS_SETS)}")
    data_dir = Path(data_dir)
    _refuse_download(data_dir)
    index = read_index(data_dir, depth=depth)
    if index.dataset and dataset_name not in (None, index.dataset):
        raise PreparedDataError(
            f"{data_dir}: holds {index.dataset}, not {dataset_name}; give --dataset {index.dataset}, or leave it out"
        )
    return replace(index, dataset=_whose(index, index.dataset or dataset_name))


def warning_of(index: PreparedIndex) -> str:
    """What to say before these samples are trained on or scored; "" where there is nothing."""
    if not index.predicted_by:
        return ""
    return (
        f"{index.root}: its labels are {index.predicted_by}'s predictions wherever nobody has corrected them;"
        " scores tell how well a model agrees with them, not how right it is"
    )


def samples_of(index: PreparedIndex, *splits: Split) -> tuple[PreparedSample, ...]:
    """The samples of these splits, one split after the other. Raises PreparedDataError where there are none."""
    samples = tuple(sample for split in splits for sample in index.samples if sample.split == split)
    if not samples:
        named = " or ".join(splits)
        raise PreparedDataError(f"{index.root}: has no samples of the {named} split; prepare more samples")
    return samples


def samples_to_train(index: PreparedIndex, *, validates: bool) -> tuple[PreparedSample, ...]:
    """Those of the train split, or without a validation those of train and val. Raises PreparedDataError for fewer
    than two.
    """
    samples = samples_of(index, "train") if validates else samples_of(index, "train", "val")
    if len(samples) < 2:
        raise PreparedDataError(f"{index.root}: has one sample to train on; prepare more")
    return samples


def samples_to_validate(index: PreparedIndex) -> tuple[PreparedSample, ...]:
    """Those of the val split. Raises PreparedDataError, which says how to do without, where there are none."""
    if all(sample.split != "val" for sample in index.samples):
        raise PreparedDataError(
            f"{index.root}: has no samples of the val split, which chooses the best epoch; prepare some, or"
            " train to the end on all there are with --split train+val"
        )
    return samples_of(index, "val")


def _whose(index: PreparedIndex, name: str | None) -> str:
    """The data set's name, which the labels allow. One that is not ours may have any labels that we know."""
    possible = [known for known, class_sets in CLASS_SETS.items() if index.class_set in class_sets]
    if name in CLASS_SETS and name not in possible:
        raise PreparedDataError(
            f"{index.root}: has the labels of {index.class_set}, which {name} does not use; choose the --dataset that"
            " was prepared there"
        )
    return name or possible[0]


def _refuse_download(data_dir: Path) -> None:
    found = None if (data_dir / INDEX_NAME).exists() else downloaded_dataset(data_dir)
    if found is not None:
        raise PreparedDataError(
            f"{data_dir}: is the download of {found[0]}, which must be prepared once: {how_to_prepare(*found)}"
        )

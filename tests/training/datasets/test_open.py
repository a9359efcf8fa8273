from __future__ import annotations

from pathlib import Path

import pytest
from prepared_planes import write_planes

from console.errors import UsageError
from console.exit_codes import ExitCode, exit_code_of
from sensors.prepared import PreparedDataError, PreparedIndex
from training.datasets import open_dataset, samples_of
from training.datasets.open import CLASS_SETS
from training.names import DATASETS


def test_a_folder_opens_under_each_name_whose_classes_it_has(planes_index: PreparedIndex) -> None:
    for name in ("rooms", "sunrgbd", "nyuv2"):
        assert open_dataset(planes_index.root, name).class_set == "sunrgbd37"
    with pytest.raises(PreparedDataError, match="has the labels of sunrgbd37, which cityscapes does not use"):
        open_dataset(str(planes_index.root), "cityscapes")


def test_the_splits_are_told_apart(planes_index: PreparedIndex) -> None:
    names = {split: [sample.name for sample in samples_of(planes_index, split)] for split in ("train", "val", "test")}
    assert {split: len(found) for split, found in names.items()} == {"train": 6, "val": 2, "test": 1}
    assert names["test"] == ["planes008"]


def test_a_split_without_samples_is_refused(tmp_path: Path) -> None:
    index = write_planes(tmp_path / "d", splits=("train", "train"))
    with pytest.raises(PreparedDataError, match="has no samples of the val split"):
        samples_of(index, "val")


@pytest.mark.parametrize("name", ["sunrgbd", "nyuv2", "cityscapes"])
def test_a_data_set_in_its_own_layout_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / "SUNRGBD").mkdir()
    with pytest.raises(UsageError, match=rf"--dataset {name}: .*cannot prepare {name} yet; use --dataset rooms"):
        open_dataset(tmp_path, name)


@pytest.mark.parametrize("name", DATASETS)
def test_a_folder_that_is_missing_is_bad_input(tmp_path: Path, name: str) -> None:
    with pytest.raises(PreparedDataError, match="no such folder") as caught:
        open_dataset(tmp_path / "nowhere", name)
    assert exit_code_of(caught.value) == ExitCode.BAD_INPUT


def test_an_empty_or_half_written_folder_of_rooms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PreparedDataError, match="is empty"):
        open_dataset(tmp_path, "rooms")
    (tmp_path / "color").mkdir()
    with pytest.raises(PreparedDataError, match="half-written"):
        open_dataset(tmp_path, "rooms")


def test_an_unknown_name_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--dataset kitti: choose from rooms, sunrgbd, nyuv2, cityscapes"):
        open_dataset(tmp_path, "kitti")


def test_the_command_line_offers_the_data_sets_that_open() -> None:
    assert sorted(CLASS_SETS) == sorted(DATASETS)

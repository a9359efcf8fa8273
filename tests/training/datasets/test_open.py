from __future__ import annotations

from pathlib import Path

import pytest
from prepared_planes import write_planes

from console.errors import UsageError
from console.exit_codes import ExitCode, exit_code_of
from sensors.prepared import DEPTH_KINDS, PreparedDataError, PreparedIndex
from training.datasets import open_dataset, samples_of
from training.names import DATASETS, DEPTHS
from training.samples.open import CLASS_SETS


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


@pytest.mark.parametrize(
    ("class_set", "told", "given", "found"),
    [
        ("sunrgbd37", "rooms", None, "rooms"),
        ("sunrgbd37", "rooms", "rooms", "rooms"),
        ("sunrgbd37", "", None, "sunrgbd"),
        ("sunrgbd37", "", "nyuv2", "nyuv2"),
        ("nyu13", "", None, "nyuv2"),
        ("cityscapes19", "", None, "cityscapes"),
        ("nyu40", "our-office", None, "our-office"),
    ],
)
def test_the_folder_says_whose_samples_it_holds(
    tmp_path: Path, class_set: str, told: str, given: str | None, found: str
) -> None:
    write_planes(tmp_path, class_set=class_set, dataset=told)
    assert open_dataset(tmp_path, given).dataset == found


@pytest.mark.parametrize(
    ("class_set", "told", "given", "said"),
    [
        ("sunrgbd37", "rooms", "sunrgbd", "holds rooms, not sunrgbd; give --dataset rooms, or leave it out"),
        ("sunrgbd37", "our-office", "rooms", "holds our-office, not rooms"),
        ("nyu40", "", "sunrgbd", "has the labels of nyu40, which sunrgbd does not use"),
        ("nyu40", "cityscapes", None, "has the labels of nyu40, which cityscapes does not use"),
    ],
)
def test_a_name_that_contradicts_the_folder_is_refused(
    tmp_path: Path, class_set: str, told: str, given: str | None, said: str
) -> None:
    write_planes(tmp_path, class_set=class_set, dataset=told)
    with pytest.raises(PreparedDataError, match=f"^{tmp_path}: {said}") as caught:
        open_dataset(tmp_path, given)
    assert exit_code_of(caught.value) == ExitCode.BAD_INPUT


def test_raw_or_refined_depth_is_read_as_asked(tmp_path: Path) -> None:
    root = write_planes(tmp_path / "both", refined=True).root
    raw, refined = open_dataset(root), open_dataset(root, depth="refined")
    depths = [index.read(index.samples[0]).depth_steps for index in (raw, refined)]
    assert (depths[0] == 0).any()
    assert (depths[1] > 0).all()
    with pytest.raises(PreparedDataError, match="has raw depth only; leave out --depth refined"):
        open_dataset(write_planes(tmp_path / "raw").root, depth="refined")


@pytest.mark.parametrize(
    ("content", "dataset", "given"),
    [
        ("SUNRGBD.zip", "sunrgbd", None),
        ("SUNRGBD", "sunrgbd", "sunrgbd"),
        ("SUNRGBDtoolbox.zip", "sunrgbd", "rooms"),
        ("nyu_depth_v2_labeled.mat", "nyuv2", "nyuv2"),
        ("leftImg8bit", "cityscapes", None),
        ("gtFine_trainvaltest.zip", "cityscapes", "cityscapes"),
    ],
)
def test_a_download_is_refused_with_the_command_that_prepares_it(
    tmp_path: Path, content: str, dataset: str, given: str | None
) -> None:
    folder = tmp_path / "all data"
    (folder / content).mkdir(parents=True)
    command = f"rgbd-train prepare --dataset {dataset} --source '{folder}' --out '{folder}-ready'"
    with pytest.raises(PreparedDataError, match=f"is the download of {dataset}, .*: {command}$") as caught:
        open_dataset(folder, given)
    assert exit_code_of(caught.value) == ExitCode.BAD_INPUT


def test_the_unpacked_folder_itself_is_known_too(tmp_path: Path) -> None:
    folder = tmp_path / "sun" / "SUNRGBD"
    for camera in ("kv1", "kv2", "realsense", "xtion"):
        (folder / camera).mkdir(parents=True)
    with pytest.raises(PreparedDataError, match=f"--dataset sunrgbd --source {folder.parent} --out {folder.parent}-re"):
        open_dataset(folder)


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
    with pytest.raises(UsageError, match="--dataset kitti: choose from sunrgbd, rooms, nyuv2, cityscapes"):
        open_dataset(tmp_path, "kitti")


def test_the_command_line_offers_the_data_sets_that_open() -> None:
    assert sorted(CLASS_SETS) == sorted(DATASETS)


def test_the_command_line_offers_the_depths_that_open() -> None:
    assert DEPTHS == DEPTH_KINDS

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from cityscapes_files import ARCHIVES, HEIGHT, IMAGES, WIDTH, city_arrays, file_of, pack, png, write_cityscapes

from console.errors import UsageError
from sensors.errors import PreparedDataError
from training.prepare.cityscapes import CityscapesReader, open_reader
from training.prepare.cityscapes.calibration import DEPTH_UNIT_M
from training.prepare.cityscapes.labels import labels_of
from training.prepare.source import Request

FIRST = IMAGES[0]


def opened(folder: Path) -> CityscapesReader:
    return open_reader(Request("cityscapes", folder, folder / "scratch"))


def refusal(folder: Path) -> str:
    """What listing is refused with."""
    with pytest.raises(PreparedDataError) as caught:
        opened(folder).entries()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def reading_refusal(folder: Path) -> str:
    """What reading the first image is refused with."""
    reader = opened(folder)
    first = next(entry for entry in reader.entries() if entry.name == FIRST[2])
    with pytest.raises(PreparedDataError) as caught:
        reader.read(first)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return write_cityscapes(tmp_path / "cs")


@pytest.mark.parametrize("packed", [False, True])
def test_every_image_is_read_whole_and_test_is_left_alone(tree: Path, packed: bool) -> None:
    if packed:
        pack(tree)
    reader = opened(tree)
    entries = reader.entries()
    assert [(entry.split, entry.scene, entry.name) for entry in entries] == [i for i in IMAGES if i[0] != "test"]
    assert {entry.camera for entry in entries} == {"cityscapes"}
    assert not any(entry.missing for entry in entries)
    unopened = opened(tree)
    for entry in entries:
        sample = unopened.read(pickle.loads(pickle.dumps(entry)))  # as a process of its own does, without the lists
        color, ids, disparity = city_arrays(entry.name)
        np.testing.assert_array_equal(sample.color, color)
        assert sample.color_bytes == png(color)
        assert sample.color_suffix == ".png"
        np.testing.assert_array_equal(sample.label, labels_of(ids, ""))
        known = disparity > 1
        expected_m = np.where(known, 0.209313 * 2262.52 * 256 / np.where(known, disparity.astype(float) - 1, 1), 0)
        expected_m[expected_m > 300] = 0
        np.testing.assert_allclose(sample.depth_steps * DEPTH_UNIT_M, expected_m, atol=DEPTH_UNIT_M / 2 + 1e-9)
        assert sample.refined_steps is None
        camera = sample.intrinsics
        assert (camera.width, camera.height, camera.fx, camera.cx) == (WIDTH, HEIGHT, 2262.52, 1096.98)


def test_the_official_counts_and_unit_are_told(tree: Path) -> None:
    reader = opened(tree)
    assert reader.expected == {"train": 2975, "val": 500}
    assert reader.depth_unit_m == 0.005
    assert (reader.class_set, reader.refined) == ("cityscapes19", False)
    assert "test labels are not public" in reader.about


def test_other_numbers_of_classes_are_wrong_usage(tree: Path) -> None:
    with pytest.raises(UsageError, match="--classes 30: cityscapes has 19"):
        open_reader(Request("cityscapes", tree, tree / "scratch", 30))


@pytest.mark.parametrize("packed", [False, True])
def test_the_identity_follows_the_files(tree: Path, packed: bool) -> None:
    if packed:
        pack(tree)
    before = opened(tree).identity()
    assert opened(tree).identity() == before
    if packed:
        shutil.rmtree(tree)
        write_cityscapes(tree, IMAGES[1:])
        pack(tree)
    else:
        os.utime(file_of(tree, "disparity", *FIRST), (1, 1))
    assert opened(tree).identity() != before


def test_missing_downloads_are_named_together(tree: Path, tmp_path: Path) -> None:
    shutil.rmtree(tree / "disparity")
    shutil.rmtree(tree / "camera")
    assert refusal(tree) == (
        f"{tree}: lacks disparity_trainvaltest.zip (or unpacked disparity/), camera_trainvaltest.zip (or unpacked"
        " camera/); download from"
        " https://www.cityscapes-dataset.com/downloads (a login is needed)"
    )
    assert "no such folder" in refusal(tmp_path / "none")


@pytest.mark.parametrize(
    ("part", "word"),
    [("leftImg8bit", "image"), ("gtFine", "label"), ("disparity", "disparity"), ("camera", "camera file")],
)
@pytest.mark.parametrize("packed", [False, True])
def test_what_an_image_lacks_is_told(tree: Path, part: str, word: str, packed: bool) -> None:
    file_of(tree, part, *FIRST).unlink()
    if packed:
        pack(tree)
    assert {entry.name: entry.missing for entry in opened(tree).entries()} == {
        image: word if image == FIRST[2] else "" for split, _, image in IMAGES if split != "test"
    }


@pytest.mark.parametrize("part", ARCHIVES)
def test_an_archive_that_is_cut_off_is_told(tree: Path, part: str) -> None:
    pack(tree)
    archive = tree / ARCHIVES[part]
    archive.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    assert refusal(tree).startswith(f"{archive}: is cut off or no zip archive")


def test_an_archive_with_something_else_in_it_is_told(tree: Path) -> None:
    pack(tree)
    shutil.copy(tree / ARCHIVES["disparity"], tree / ARCHIVES["gtFine"])
    assert refusal(tree).startswith(f"{tree / ARCHIVES['gtFine']}: holds no gtFine/train/CITY/*_gtFine_labelIds.png")


@pytest.mark.parametrize("part", ["leftImg8bit", "gtFine", "disparity"])
def test_an_image_file_that_is_damaged_is_named(tree: Path, part: str) -> None:
    path = file_of(tree, part, *FIRST)
    path.write_bytes(path.read_bytes()[:-20])
    assert reading_refusal(tree).startswith(f"{path}: damaged image")


@pytest.mark.parametrize("part", ["gtFine", "disparity"])
def test_another_size_than_the_image_is_refused(tree: Path, part: str) -> None:
    path = file_of(tree, part, *FIRST)
    path.write_bytes(png(np.zeros((HEIGHT // 2, WIDTH // 2), np.uint16 if part == "disparity" else np.uint8)))
    assert reading_refusal(tree) == f"{path}: is 24x12, but its image is 48x24; download it again"


def test_pictures_of_another_kind_are_refused(tree: Path) -> None:
    path = file_of(tree, "disparity", *FIRST)
    path.write_bytes(png(np.zeros((HEIGHT, WIDTH), np.uint8)))
    assert "is no 16-bit grey image" in reading_refusal(tree)
    write_cityscapes(tree)
    path = file_of(tree, "gtFine", *FIRST)
    path.write_bytes(png(np.zeros((HEIGHT, WIDTH, 3), np.uint8)))
    assert "is no label image" in reading_refusal(tree)
    path.write_bytes(png(np.full((HEIGHT, WIDTH), 77, np.uint8)))
    assert reading_refusal(tree).startswith(f"{path}: has id 77")


def test_a_camera_file_without_numbers_is_named(tree: Path) -> None:
    path = file_of(tree, "camera", *FIRST)
    path.write_text(json.dumps({"intrinsic": {}}))
    assert reading_refusal(tree).startswith(f"{path}: is no camera file (extrinsic.baseline: expected a number")

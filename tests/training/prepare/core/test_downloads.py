from __future__ import annotations

from pathlib import Path

import pytest

from sensors.errors import PreparedDataError
from training.prepare.downloads import Download, check_downloads
from training.prepare.readers import open_reader
from training.prepare.source import Request

WANTED = (Download("a.zip", "http://one", "a"), Download("b.zip", "http://two", "b"), Download("c.mat", "http://two"))


def said_of(source: Path) -> str:
    with pytest.raises(PreparedDataError) as caught:
        check_downloads(source, WANTED)
    return str(caught.value)


def test_all_that_is_lacking_is_told_at_once_with_each_place_once(tmp_path: Path) -> None:
    assert said_of(tmp_path) == (
        f"{tmp_path}: lacks a.zip (or unpacked a/), b.zip (or unpacked b/), c.mat; download from http://one, http://two"
    )
    (tmp_path / "b").mkdir()
    (tmp_path / "c.mat").mkdir()
    assert said_of(tmp_path) == f"{tmp_path}: lacks a.zip (or unpacked a/), c.mat; download from http://one, http://two"
    (tmp_path / "a.zip").touch()
    (tmp_path / "c.mat").rmdir()
    (tmp_path / "c.mat").touch()
    check_downloads(tmp_path, WANTED)


def test_a_source_that_is_no_folder_is_told(tmp_path: Path) -> None:
    names = "expected the folder with a.zip, b.zip, c.mat"
    assert said_of(tmp_path / "none") == f"{tmp_path}/none: no such folder; {names}"
    (tmp_path / "file").touch()
    assert said_of(tmp_path / "file") == f"{tmp_path}/file: is a file; {names}"


def test_an_unpacked_download_itself_is_told_from_its_parent(tmp_path: Path) -> None:
    inner = tmp_path / "b"
    inner.mkdir()
    assert said_of(inner).startswith(f"{inner}: lacks a.zip"), "an empty folder may have any name"
    (inner / "part").mkdir()
    assert said_of(inner) == f"{inner}: is the unpacked b/ itself; give its parent folder: --source {tmp_path}"
    (inner / "a.zip").touch()
    assert said_of(inner).startswith(f"{inner}: lacks b.zip")


def test_what_is_prepared_already_is_told(tmp_path: Path) -> None:
    (tmp_path / "index.json").touch()
    assert said_of(tmp_path) == f"{tmp_path}: is prepared already; train on it: rgbd-train --data {tmp_path}"
    (tmp_path / "c.mat").touch()
    assert said_of(tmp_path).startswith(f"{tmp_path}: lacks a.zip"), "some of the downloads lie there"


@pytest.mark.parametrize(
    ("dataset", "names"),
    [
        ("sunrgbd", ("SUNRGBD.zip", "SUNRGBDtoolbox.zip")),
        ("nyuv2", ("nyu_depth_v2_labeled.mat", "splits.mat", "classMapping40.mat")),
        ("cityscapes", ("leftImg8bit_trainvaltest.zip", "camera_trainvaltest.zip")),
    ],
)
def test_every_data_set_tells_all_its_downloads(tmp_path: Path, dataset: str, names: tuple[str, ...]) -> None:
    with pytest.raises(PreparedDataError) as caught:
        open_reader(Request(dataset, tmp_path, tmp_path / "scratch")).identity()
    assert all(name in str(caught.value) for name in names)

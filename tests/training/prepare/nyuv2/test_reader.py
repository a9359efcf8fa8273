from __future__ import annotations

import os
import pickle
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from nyuv2_files import HEIGHT, THIRTEEN, WIDTH, class_map_40, nyu_frames, write_labelled, write_nyu

from console.errors import UsageError
from segmentation.classes import class_set
from sensors.errors import MissingLibraryError, PreparedDataError
from training.prepare.nyuv2 import open_reader
from training.prepare.nyuv2.split import split_of
from training.prepare.source import DatasetReader, Request

SCENES = ("kitchen_0004", "kitchen_0004", "office_0003", "bedroom_0010", "bedroom_0010", "cafe_0001", "study_0005")
TRAIN, TEST = (1, 2, 3, 4, 5), (6, 7)
FRAMES = nyu_frames(SCENES)
MAT = "nyu_depth_v2_labeled.mat"


def opened(folder: Path, classes: int | None = None) -> DatasetReader:
    return open_reader(Request("nyuv2", folder, folder / "scratch", classes))


def read_all(folder: Path, classes: int | None) -> None:
    reader = opened(folder, classes)
    for entry in reader.entries():
        reader.read(entry)


def refusal(folder: Path, classes: int | None = None) -> str:
    """What opening and reading everything is refused with."""
    with pytest.raises(PreparedDataError) as caught:
        read_all(folder, classes)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_nyu(tmp_path_factory.mktemp("nyu"), FRAMES, train=TRAIN, test=TEST)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_nyu(tmp_path / "nyu", FRAMES, train=TRAIN, test=TEST)


def test_every_frame_is_read_as_it_was_stored(published: Path) -> None:
    reader = opened(published)
    for entry in reversed(reader.entries()):
        sample = reader.read(pickle.loads(pickle.dumps(entry)))
        frame = int(entry.name) - 1
        np.testing.assert_array_equal(sample.color, FRAMES.images[frame])
        np.testing.assert_array_equal(sample.depth_steps, np.rint(1000 * FRAMES.raw_depths[frame]))
        assert sample.refined_steps is not None
        np.testing.assert_array_equal(sample.refined_steps, np.rint(1000 * FRAMES.depths[frame]))
        np.testing.assert_array_equal(sample.label, np.r_[0, class_map_40()][FRAMES.labels[frame]])
        assert (sample.label.dtype, sample.depth_steps.dtype) == (np.uint8, np.uint16)
        assert sample.label.shape == (HEIGHT, WIDTH)


def test_metres_are_rounded_not_cut_off(tmp_path: Path) -> None:
    depth_m = np.full_like(FRAMES.depths, 1.0006)
    depth_m[:, 0, 0], depth_m[:, 0, 1], depth_m[:, 0, 2] = np.nan, np.inf, 0.0004
    write_nyu(tmp_path, FRAMES, train=TRAIN, test=TEST, rawDepths=depth_m.transpose(0, 2, 1))
    reader = opened(tmp_path)
    steps = reader.read(reader.entries()[0]).depth_steps
    assert steps[0, :4].tolist() == [0, 0, 0, 1001]


def test_the_camera_is_the_published_one_at_full_size(tmp_path: Path) -> None:
    write_nyu(tmp_path, nyu_frames(["a"], size=(640, 480)), train=[1], test=[1][:0])
    camera = (reader := opened(tmp_path)).read(reader.entries()[0]).intrinsics
    assert (camera.width, camera.height) == (640, 480)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == pytest.approx((518.858, 519.470, 325.582, 253.736))


@pytest.mark.parametrize(("classes", "name"), [(None, "nyu40"), (40, "nyu40"), (37, "sunrgbd37"), (13, "nyu13")])
def test_classes_are_those_that_were_asked_for(published: Path, classes: int | None, name: str) -> None:
    reader = opened(published, classes)
    assert reader.class_set == name
    labels = np.concatenate([reader.read(entry).label for entry in reader.entries()])
    assert set(np.unique(labels)) == set(range(len(class_set(name).names)))


def test_37_classes_are_the_first_of_40_and_the_others_void(published: Path) -> None:
    forty, fewer = opened(published), opened(published, 37)
    for entry in forty.entries():
        label = forty.read(entry).label
        np.testing.assert_array_equal(fewer.read(entry).label, np.where(label > 37, 0, label))
    assert class_set("sunrgbd37").names == class_set("nyu40").names[:38]


def test_13_classes_group_the_40(published: Path) -> None:
    forty, thirteen = opened(published), opened(published, 13)
    for entry in forty.entries():
        np.testing.assert_array_equal(thirteen.read(entry).label, np.r_[0, THIRTEEN][forty.read(entry).label])


def test_other_numbers_of_classes_are_wrong_usage(published: Path) -> None:
    for classes in (0, 12, 894):
        with pytest.raises(UsageError, match=f"--classes {classes}: nyuv2 has 40, 37, 13"):
            opened(published, classes)


def test_official_frames_and_a_validation_part_by_scene(published: Path) -> None:
    reader = opened(published)
    entries = reader.entries()
    assert [entry.name for entry in entries] == [f"{number:04d}" for number in range(1, 8)]
    assert [entry.scene for entry in entries] == list(SCENES)
    assert [entry.split == "test" for entry in entries] == [False] * 5 + [True] * 2
    assert {entry.camera for entry in entries} == {"nyuv2"}
    for entry in entries[:5]:
        assert entry.split == split_of(entry.scene)
    found = Counter(entry.split for entry in entries)
    assert reader.expected == {"train": 795 - found["val"], "val": found["val"], "test": 654}
    assert "there is no official validation split" in reader.about


def test_validation_takes_a_fifth_of_the_scenes_and_always_the_same() -> None:
    scenes = [f"{kind}_{number:04d}" for kind in ("kitchen", "bedroom", "office") for number in range(1000)]
    share = sum(split_of(scene) == "val" for scene in scenes) / len(scenes)
    assert share == pytest.approx(0.2, abs=0.025)
    assert [split_of(scene) for scene in ("kitchen_0004", "office_0003", "bedroom_0010", "study_0008")] == [
        "train", "train", "train", "val",
    ]  # fmt: skip


def test_the_identity_follows_every_file(folder: Path) -> None:
    same = opened(folder).identity()
    assert opened(folder).identity() == same
    assert opened(folder, 13).identity() != same
    os.utime(folder / "splits.mat", (1, 1))
    assert opened(folder).identity() == same
    scipy.io.savemat(folder / "splits.mat", {"trainNdxs": np.c_[1, 2, 3, 5, 4], "testNdxs": np.c_[TEST]})
    assert opened(folder).identity() != same
    os.utime(folder / MAT, (1, 1))
    assert opened(folder).identity() not in (same, opened(folder, 13).identity())


@pytest.mark.parametrize(
    ("name", "classes", "words"),
    [
        (MAT, None, "; download from http://horatio.cs.nyu.edu/mit/silberman/nyu_depth_v2/nyu_depth"),
        ("splits.mat", None, "; download from http://horatio.cs.nyu.edu/mit/silberman/indoor_seg_sup/"),
        ("classMapping40.mat", 37, "; download from https://github.com/ankurhanda/nyuv2-meta-data"),
        ("class13Mapping.mat", 13, "; download from https://github.com/ankurhanda/nyuv2-meta-data"),
    ],
)
def test_a_missing_file_is_named_with_its_place(folder: Path, name: str, classes: int | None, words: str) -> None:
    (folder / name).unlink()
    assert refusal(folder, classes).startswith(f"{folder}: lacks {name}{words}")


def test_the_mapping_to_13_is_not_needed_for_40(folder: Path) -> None:
    (folder / "class13Mapping.mat").unlink()
    assert len(opened(folder).entries()) == 7


def test_libraries_that_are_missing_are_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.prepare.libraries.find_spec", lambda _: None)
    with pytest.raises(MissingLibraryError, match="needs h5py and scipy, which are not installed: run make setup"):
        opened(folder)


def test_a_source_that_is_none_is_told(tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "none")
    (tmp_path / "file").write_text("")
    assert "is a file; expected the folder with" in refusal(tmp_path / "file")


@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_cut_off_mat_is_told_by_its_size(folder: Path, share: float) -> None:
    content = (folder / MAT).read_bytes()
    (folder / MAT).write_bytes(content[: int(len(content) * share)])
    said = refusal(folder)
    assert said.startswith(f"{folder / MAT}: is ")
    assert f"{int(len(content) * share):,} of 2,972,037,809 bytes" in said or "is no MATLAB 7.3 file (0 bytes)" in said


def test_a_mat_that_is_no_hdf5_is_told(folder: Path) -> None:
    scipy.io.savemat(folder / MAT, {"images": np.zeros(3)})
    assert "is no MATLAB 7.3 file" in refusal(folder)
    (folder / MAT).write_text("<html>not found</html>")
    assert "is no MATLAB 7.3 file (22 bytes)" in refusal(folder)


def test_a_damaged_frame_is_named_and_the_others_are_read(folder: Path) -> None:
    with h5py.File(folder / MAT, "r") as file:
        places = [file["rawDepths"].id.get_chunk_info(n) for n in range(file["rawDepths"].id.get_num_chunks())]
    broken = [place for place in places if place.chunk_offset[0] == 3]
    with (folder / MAT).open("r+b") as file:
        for place in broken:
            file.seek(place.byte_offset + place.size // 2)
            file.write(bytes(place.size // 4))
    reader = opened(folder)
    entries = reader.entries()
    assert reader.read(entries[0]).depth_steps.any()
    with pytest.raises(PreparedDataError, match=r"frame 5 of rawDepths is damaged .*; download it again"):
        reader.read(entries[4])


def changed(name: str, edit: Callable[[np.ndarray], np.ndarray | None]) -> dict[str, np.ndarray | None]:
    stored = {
        "images": FRAMES.images.transpose(0, 3, 2, 1),
        "labels": FRAMES.labels.transpose(0, 2, 1),
        "depths": FRAMES.depths.transpose(0, 2, 1),
        "rawDepths": FRAMES.raw_depths.transpose(0, 2, 1),
    }
    return {name: edit(stored[name])}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed("rawDepths", lambda _: None), "has no rawDepths; is it nyu_depth_v2_labeled.mat"),
        (changed("labels", lambda _: None), "has no labels"),
        ({"scenes": None}, "has no scenes"),
        ({"scenes": SCENES[:3]}, "has 3 scenes for 7 frames"),
        (changed("images", lambda a: a.transpose(0, 2, 3, 1)), "images is (7, 32, 24, 3); expected (frames, 3, width"),
        (changed("depths", lambda a: a[:5]), "depths is (5, 32, 24), images are (7, 32, 24)"),
        (changed("labels", lambda a: a.transpose(0, 2, 1)), "labels is (7, 24, 32), images are (7, 32, 24)"),
        (changed("labels", lambda a: a + np.uint16(1)), "has label 895, but there are 894 names"),
        (changed("labels", lambda a: a.astype(np.float64)), "labels: expected uint16, got float64"),
        (changed("rawDepths", lambda a: a * 1000), "frame 1 of rawDepths: expected metres, got 0 to 99"),
        (changed("depths", lambda a: a - np.float32(1)), "frame 1 of depths: expected metres, got -0."),
        (changed("depths", lambda a: (1000 * a).astype(np.uint16)), "depths: expected float32, got uint16"),
    ],
)
def test_a_mat_that_does_not_fit_is_refused(folder: Path, change: dict, words: str) -> None:
    write_labelled(folder / MAT, FRAMES, **change)
    assert refusal(folder).startswith(f"{folder / MAT}: ")
    assert words in refusal(folder)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        (
            "splits.mat",
            {"trainNdxs": np.c_[1, 2]},
            "has no testNdxs (is it another file?); download it again from http",
        ),
        ("splits.mat", {"trainNdxs": np.c_[0, 1], "testNdxs": np.c_[2]}, "expected whole numbers 1 to 7, got 0"),
        ("splits.mat", {"trainNdxs": np.c_[1, 2], "testNdxs": np.c_[8]}, "expected whole numbers 1 to 7, got 8"),
        ("splits.mat", {"trainNdxs": np.c_[1, 2], "testNdxs": np.c_[2, 3]}, "names 1 frames twice"),
        ("splits.mat", {"trainNdxs": np.array(["a"]), "testNdxs": np.c_[2]}, "expected numbers"),
        ("classMapping40.mat", {"mapClass": np.ones((1, 893))}, "mapClass: expected 894 numbers, got 893"),
        ("classMapping40.mat", {"mapClass": np.zeros((1, 894))}, "expected whole numbers 1 to 40, got 0"),
        ("classMapping40.mat", {"mapClass": np.full((1, 894), np.nan)}, "got nan"),
        ("classMapping40.mat", {"labels": np.ones((1, 894))}, "has no mapClass"),
        ("class13Mapping.mat", {"classMapping13": np.ones(40)}, "has no classMapping13.labels13"),
        ("class13Mapping.mat", {"classMapping13": {"labels13": np.ones((1, 40))}}, "makes bed of books"),
        (
            "class13Mapping.mat",
            {"classMapping13": {"labels13": np.array([[*THIRTEEN[1:], 7]])}},
            "is it another mapping of 40 to 13 classes?",
        ),
    ],
)
def test_a_small_file_that_does_not_fit_is_refused(folder: Path, name: str, content: dict, words: str) -> None:
    scipy.io.savemat(folder / name, content)
    assert refusal(folder, 13).startswith(f"{folder / name}: ")
    assert words in refusal(folder, 13)


@pytest.mark.parametrize("name", ["splits.mat", "classMapping40.mat", "class13Mapping.mat"])
def test_a_small_file_that_is_damaged_is_named(folder: Path, name: str) -> None:
    content = (folder / name).read_bytes()
    for broken in (b"", b"<html>not found</html>" * 20, content[: len(content) // 2], bytes(len(content))):
        (folder / name).write_bytes(broken)
        assert refusal(folder, 13).startswith(f"{folder / name}: ")
    with h5py.File(folder / name, "w", userblock_size=512) as file:
        file["mapClass"] = np.ones(3)
    with (folder / name).open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM")
    assert "is a MATLAB 7.3 file" in refusal(folder, 13)


def test_frames_that_share_chunks_are_kept_between_reads(tmp_path: Path) -> None:
    frames = nyu_frames(SCENES, size=(640, 480))  # together more than HDF5 keeps by itself
    write_nyu(tmp_path, frames, train=TRAIN, test=TEST, chunk_frames=7)
    reader = opened(tmp_path)
    entries = reader.entries()
    first = reader.read(entries[0])
    # What comes from the cache does not notice that the file's chunks are gone.
    with h5py.File(tmp_path / MAT, "r") as file:
        places = [file["rawDepths"].id.get_chunk_info(n) for n in range(file["rawDepths"].id.get_num_chunks())]
    with (tmp_path / MAT).open("r+b") as file:
        for place in places:
            file.seek(place.byte_offset)
            file.write(bytes(place.size))
    assert first.depth_steps.any()
    np.testing.assert_array_equal(reader.read(entries[6]).depth_steps, np.rint(1000 * frames.raw_depths[6]))

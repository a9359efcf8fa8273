"""What the reader makes of SUN RGB-D's own files: the official split and two frames."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from sensors.errors import PreparedDataError
from sensors.images import decode_depth, image_size
from sensors.prepared.sample import check_name
from training.prepare.member import Member
from training.prepare.source import Entry
from training.prepare.steps.report import strangers
from training.prepare.sunrgbd.depth import depth_mm
from training.prepare.sunrgbd.paths import camera_of, cleaned, collection_of, file_name, scene_of
from training.prepare.sunrgbd.reader import intrinsics_from
from training.prepare.sunrgbd.samples import is_wanted
from training.prepare.sunrgbd.split import OFFICIAL, read_split

# Counted in the official file by other means.
BY_COLLECTION = {
    "kv1/NYUdata": (795, 654),
    "kv1/b3dodata": (278, 276),
    "kv2/kinect2data": (1774, 1711),
    "kv2/align_kv2": (150, 149),
    "realsense/lg": (0, 548),
    "realsense/sa": (415, 24),
    "realsense/sh": (21, 0),
    "realsense/shr": (151, 0),
    "xtion/sun3ddata": (1551, 1539),
    "xtion/xtion_align_data": (150, 149),
}
BY_CAMERA = {  # train, val, test
    "kv1": (519, 554, 930),
    "kv2": (1115, 809, 1860),
    "realsense": (172, 415, 572),
    "xtion": (860, 841, 1688),
}


def member_of(path: Path) -> Member:
    return Member(path, path.name, path.stat().st_size)


@pytest.fixture(scope="module")
def split(sample_data: Path) -> dict[str, list[str]]:
    return read_split(member_of(sample_data / "sunrgbd_split" / "allsplit.mat"))


def test_the_official_split_has_the_official_counts(split) -> None:
    assert {name: len(folders) for name, folders in split.items()} == OFFICIAL
    assert OFFICIAL["train"] + OFFICIAL["val"] == 5285
    assert OFFICIAL["test"] == 5050


def test_every_camera_and_collection_has_its_counts(split) -> None:
    cameras = {name: Counter(map(camera_of, folders)) for name, folders in split.items()}
    assert {camera: tuple(cameras[name][camera] for name in split) for camera in BY_CAMERA} == BY_CAMERA
    assert set(cameras["test"]) == set(BY_CAMERA)
    training = Counter(map(collection_of, [*split["train"], *split["val"]]))
    test = Counter(map(collection_of, split["test"]))
    assert {name: (training[name], test[name]) for name in {*training, *test}} == BY_COLLECTION


def test_the_official_split_names_the_images_of_the_published_lists(split, sample_data: Path) -> None:
    for name, folders in (("training", [*split["train"], *split["val"]]), ("testing", split["test"])):
        lines = (sample_data / "sunrgbd_split" / f"sunrgbd_{name}_images.txt").read_text().split()
        assert {cleaned(line).rpartition("/image/")[0] for line in lines} == set(folders)


def test_training_and_validation_share_no_place(split) -> None:
    scenes = {name: set(map(scene_of, folders)) for name, folders in split.items()}
    assert not scenes["train"] & scenes["val"]
    films = {scene for scene in scenes["train"] | scenes["val"] if scene.startswith("xtion/sun3ddata/")}
    assert len(films) == 124
    assert len({scene for scene in scenes["test"] if scene.startswith("xtion/sun3ddata/")} & films) == 37


def test_every_official_sample_has_a_file_name_of_its_own(split) -> None:
    names = [file_name(folder) for folders in split.values() for folder in folders]
    for name in names:
        check_name(name)
    assert len({name.lower() for name in names}) == len(names) == 10_335


def test_the_official_tests_that_come_from_an_unknown_place_are_counted(split) -> None:
    entries = [
        Entry(
            name=file_name(folder),
            split=part,
            camera=camera_of(folder),
            scene=scene_of(folder),
            collection=collection_of(folder),
        )
        for part, folders in split.items()
        for folder in folders
    ]
    (found,) = strangers(entries)
    assert str(found).startswith("realsense: 548 of its 572 test samples come from realsense/lg,")


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/data1/SUNRGBD/kv1/NYUdata/NYU0034/", "kv1/NYUdata/NYU0034"),
        ("/n/fs/sun3d/data/SUNRGBD/kv1/NYUdata/NYU0034", "kv1/NYUdata/NYU0034"),
        ("SUNRGBD/xtion//sun3ddata/a/b//c/", "xtion/sun3ddata/a/b/c"),
        ("/SUNRGBD/SUNRGBD/realsense/sa/x", "realsense/sa/x"),
    ],
)
def test_prefixes_and_slashes_mean_nothing(path: str, folder: str) -> None:
    assert cleaned(path) == folder


@pytest.mark.parametrize("path", ["kv1/NYUdata/NYU0034", "/SUNRGBD/kv3/a/b", "/SUNRGBD/kv1/a", ""])
def test_other_paths_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="is no path of SUN RGB-D"):
        cleaned(path)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("SUNRGBD/kv1/NYUdata/NYU0034/image/NYU0034.jpg", True),
        ("SUNRGBD/xtion/sun3ddata/a/b/c/depth/1.png", True),
        ("SUNRGBD/kv1/NYUdata/NYU0034/depth_bfx/NYU0034.png", True),
        ("SUNRGBD/kv1/NYUdata/NYU0034/intrinsics.txt", True),
        ("SUNRGBD/kv1/NYUdata/NYU0034/fullres/intrinsics.txt", False),  # of another size
        ("SUNRGBD/kv1/NYUdata/NYU0034/fullres/NYU0034.png", False),
        ("SUNRGBD/kv1/NYUdata/NYU0034/seg.mat", False),
        ("__MACOSX/kv1/NYUdata/NYU0034/image/._NYU0034.jpg", False),
        ("SUNRGBD/readme/a/b/image/c.jpg", False),
    ],
)
def test_only_what_samples_are_made_from_is_listed(name: str, wanted: bool) -> None:
    assert is_wanted(name) is wanted


def test_scenes_are_places_of_films_or_the_samples_themselves() -> None:
    assert scene_of("xtion/sun3ddata/mit_32_d466/d466-1/0001296-000043403220") == "xtion/sun3ddata/mit_32_d466"
    assert scene_of("realsense/sa/2014_10_24") == "realsense/sa/2014_10_24"
    assert file_name("xtion/sun3ddata/a b/c/d") == "xtion-sun3ddata-a_b-c-d"


def test_every_stored_number_is_turned_by_three_bits_and_ends_at_8_m() -> None:
    stored = np.arange(65536)
    turned = np.array([int(f"{n:016b}"[-3:] + f"{n:016b}"[:-3], 2) for n in stored])  # the last bits become the first
    found = depth_mm(stored.astype(np.uint16))
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, np.minimum(turned, 8000))
    assert found[0] == 0


@pytest.mark.parametrize(
    ("folder", "raw_m", "size", "matrix"),
    [
        ("img_0063", 1.96, (561, 427), (520.532, 520.7444, 277.9258, 215.115)),
        ("2014-12-18_11-31-54_260595134347", 2.40, (730, 530), (529.5, 529.5, 365.0, 265.0)),
    ],
)
def test_the_real_frames_read_as_they_should(sample_data: Path, folder, raw_m, size, matrix) -> None:
    root = sample_data / "sunrgbd_layout_sample" / "images" / folder
    depths = []
    for kind in ("depth", "depth_bfx"):
        (path,) = (root / kind).iterdir()
        depths.append(depth_mm(decode_depth(path.read_bytes(), path)) / 1000)
        assert depths[-1].shape == (size[1], size[0])
        assert depths[-1].max() <= 8
    raw, refined = depths
    assert np.median(raw[raw > 0]) == pytest.approx(raw_m, abs=0.01)
    assert (refined == 0).mean() < (raw == 0).mean()
    (image,) = (root / "image").iterdir()
    assert image_size(image) == size
    camera = intrinsics_from(member_of(root / "intrinsics.txt"), *size)
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == matrix
    assert (camera.width, camera.height) == size


@pytest.mark.parametrize("text", ["", "1 2 3", "a 0 0 0 1 0 0 0 1", "0 0 1 0 1 1 0 0 1", "nan 0 1 0 1 1 0 0 1"])
def test_no_camera_matrix_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "intrinsics.txt").write_text(text)
    with pytest.raises(PreparedDataError, match=r"intrinsics\.txt: holds no camera matrix \("):
        intrinsics_from(member_of(tmp_path / "intrinsics.txt"), 4, 3)


def cells(*names: str) -> np.ndarray:
    array = np.empty((1, len(names)), object)
    array[0] = [f"/x/SUNRGBD/kv1/a/{name}" for name in names]
    return array


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"alltrain": cells("a", "b"), "alltest": cells("c")}, "has no trainvalsplit"),
        ({"alltest": cells("a")}, "1 samples belong to two splits"),
        ({"alltrain": cells("a", "b", "d")}, "trainvalsplit is not what alltrain consists of"),
        ({"alltest": "nowhere"}, "is no list of SUN RGB-D's samples"),
        ({"trainvalsplit": {"train": cells("a")}}, "is no list of SUN RGB-D's samples"),
    ],
)
def test_a_split_that_cannot_be_right_is_told(tmp_path: Path, variables: dict, said: str) -> None:
    whole = {
        "alltrain": cells("a", "b"),
        "alltest": cells("c"),
        "trainvalsplit": {"train": cells("a"), "val": cells("b")},
    }
    content = variables if said == "has no trainvalsplit" else whole | variables
    scipy.io.savemat(tmp_path / "allsplit.mat", content)
    with pytest.raises(PreparedDataError, match=rf"allsplit\.mat: {said}.*; download SUNRGBDtoolbox\.zip again"):
        read_split(member_of(tmp_path / "allsplit.mat"))

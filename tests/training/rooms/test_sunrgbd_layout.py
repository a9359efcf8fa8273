from __future__ import annotations

import re
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from PIL import Image
from plain_rooms import PlainRoom

from console.interrupt import Interrupt
from segmentation.classes import class_set
from sensors.errors import MissingLibraryError, PreparedDataError
from sensors.prepared import read_index
from training.rooms.sunrgbd import layout as sunrgbd
from training.rooms.sunrgbd.depth_code import encoded
from training.rooms.sunrgbd.sample import hole_filled
from training.rooms_command import RoomsOptions, run

FIRST, COUNT, SIZE = 69_984, 24, (40, 32)  # 16 rooms to train on, 8 to test with


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sunrgbd") / "out"
    options = RoomsOptions(out=out, count=COUNT, seed=FIRST, size=SIZE, workers=1, layout="sunrgbd")
    assert run(options, Interrupt(), open_room=PlainRoom) == 0
    return out


@pytest.fixture(scope="module")
def meta(root: Path):
    """As the field's preparation scripts read it."""
    path = root / "SUNRGBDtoolbox" / "Metadata" / "SUNRGBDMeta.mat"
    return scipy.io.loadmat(path, squeeze_me=True, struct_as_record=False)["SUNRGBDMeta"]


@pytest.fixture(scope="module")
def split(root: Path):
    return scipy.io.loadmat(root / "SUNRGBDtoolbox" / "traintestSUNRGBD" / "allsplit.mat")


def rendered(seed: int):
    room = PlainRoom(seed)
    rng, intrinsics = room.frame_rng(0), room.intrinsics(SIZE)
    pose = room.viewpoint(rng)
    return room, intrinsics, pose, room.render(pose, intrinsics, rng)


def seed_of(path: str) -> int:
    return int(re.search(r"/rooms/(\d{6})-000", path).group(1))


def folder_of(root: Path, path: str) -> Path:
    """As a reader finds it: everything up to SUNRGBD/ is cut off."""
    return root / ("SUNRGBD/" + path.partition("SUNRGBD/")[2]).rstrip("/")


def millimetres(stored: np.ndarray) -> np.ndarray:
    """Undone one bit at a time: bit b of the stored value is bit (b - 3) mod 16 of the millimetres."""
    result = np.zeros(stored.shape, np.int64)
    for bit in range(16):
        result |= ((stored.astype(np.int64) >> bit) & 1) << ((bit - 3) % 16)
    return result


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.array(image)


def test_every_depth_survives_its_code() -> None:
    depth_mm = np.arange(65536, dtype=np.uint16)
    stored = encoded(depth_mm)
    assert stored.dtype == np.uint16
    np.testing.assert_array_equal(millimetres(stored), depth_mm)
    np.testing.assert_array_equal(stored[:8192], 8 * np.arange(8192))  # ordinary pixels are eight times millimetres


def test_the_real_files_depth_is_decoded_by_the_same_formula(sample_data: Path) -> None:
    for path in (sample_data / "sunrgbd_layout_sample" / "images").glob("*/depth/*.png"):
        depth_mm = millimetres(pixels(path))
        np.testing.assert_array_equal(encoded(depth_mm.astype(np.uint16)), pixels(path))
        assert 1500 < np.median(depth_mm[depth_mm > 0]) < 3000


def test_depth_comes_back_raw_and_filled(root: Path, meta) -> None:
    for entry in meta:
        frame = rendered(seed_of(entry.rgbpath))[3]
        folder = folder_of(root, entry.rgbpath).parent.parent
        raw = millimetres(pixels(folder / "depth" / entry.depthname))
        np.testing.assert_array_equal(raw, frame.depth_mm)
        refined = millimetres(pixels(folder / "depth_bfx" / entry.depthname))
        np.testing.assert_array_equal(refined[raw > 0], raw[raw > 0])
        assert (refined > 0).all()
        assert (raw == 0).any()


def test_filling_invents_nothing_from_nothing() -> None:
    assert not hole_filled(np.zeros((4, 5), np.uint16)).any()


def test_each_kind_of_depth_sensor_has_its_folder(root: Path, meta) -> None:
    expected = {
        "rooms-stereo": {"realsense"},
        "rooms-kinect1": {"kv1", "xtion"},
        "rooms-time_of_flight": {"kv2"},
        "rooms-clean": {"xtion"},
    }
    found: dict[str, set[str]] = {}
    for entry in meta:
        found.setdefault(PlainRoom(seed_of(entry.rgbpath)).camera, set()).add(entry.sensorType)
        assert folder_of(root, entry.sequenceName).parts[-3] == entry.sensorType
    assert found == expected


def file_names(folder: Path, name: str) -> set[str]:
    """Relative paths without what each sample has of its own; without fullres/, which rooms do not have."""
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    named = [str(path).replace(name, "NAME") for path in paths if path.parts[0] != "fullres"]
    return {re.sub(r"\d{14}", "TIME", path) for path in named}


@pytest.mark.parametrize(
    ("camera", "folder", "name"),
    [("kv1", "img_0063", "img_0063"), ("kv2", "2014-12-18_11-31-54_260595134347", "0000144")],
)
def test_a_sample_has_the_files_of_the_real_ones(root, meta, sample_data, camera: str, folder: str, name: str) -> None:
    ours = next(folder_of(root, entry.sequenceName) for entry in meta if entry.sensorType == camera)
    real = sample_data / "sunrgbd_layout_sample" / "images" / folder
    assert file_names(ours, ours.name) == file_names(real, name)


def test_text_files_read_like_the_real_ones(root: Path, meta, sample_data: Path) -> None:
    folders = [folder_of(root, entry.sequenceName) for entry in meta]
    folders += list((sample_data / "sunrgbd_layout_sample" / "images").iterdir())
    for folder in folders:
        matrix = np.array((folder / "intrinsics.txt").read_text().split(), float)
        assert matrix.shape == (9,)
        assert matrix[[1, 3, 6, 7, 8]].tolist() == [0, 0, 0, 0, 1]
        (extrinsics,) = (folder / "extrinsics").iterdir()
        turn = np.loadtxt(extrinsics)
        assert turn.shape == (3, 4)
        np.testing.assert_allclose(turn[:, :3] @ turn[:, :3].T, np.eye(3), atol=1e-5)
        np.testing.assert_allclose([turn[0, 2], turn[0, 1]], [turn[2, 0], -turn[1, 0]], atol=1e-6)  # no needless turn
        assert re.fullmatch(r"[a-z_]+", (folder / "scene.txt").read_text())


def test_intrinsics_and_tilt_are_the_camera_s(root: Path, meta) -> None:
    for entry in meta:
        room, intrinsics, pose, _ = rendered(seed_of(entry.rgbpath))
        np.testing.assert_allclose(entry.K, intrinsics.matrix)
        stored = np.loadtxt(folder_of(root, entry.sequenceName) / "intrinsics.txt")
        np.testing.assert_allclose(stored, intrinsics.matrix, atol=1e-6)
        down = pose.rotation.T @ [0, 0, -1]
        np.testing.assert_allclose(entry.anno_extrinsics @ down, [0, 1, 0], atol=1e-5)
        # The toolbox turns points (right, forward, up) by Rtilt, after which up is up.
        up = -down
        np.testing.assert_allclose(entry.Rtilt @ [up[0], up[2], -up[1]], [0, 0, 1], atol=1e-5)
        scene = (folder_of(root, entry.sequenceName) / "scene.txt").read_text()
        assert scene == room.kind.replace(" ", "_")


def test_the_meta_file_has_the_fields_that_readers_use(root: Path, meta) -> None:
    assert len(meta) == COUNT
    for entry in meta:
        assert entry.rgbpath == f"/n/fs/sun3d/data/{entry.sequenceName}/image/{entry.rgbname}"
        assert entry.depthpath == f"/n/fs/sun3d/data/{entry.sequenceName}/depth_bfx/{entry.depthname}"
        assert folder_of(root, entry.rgbpath).is_file()
        assert folder_of(root, entry.depthpath).is_file()
        assert entry.valid == 1


def test_labels_are_reached_by_reference_and_transposed(root: Path, meta) -> None:
    with h5py.File(root / "SUNRGBDtoolbox" / "Metadata" / "SUNRGBD2Dseg.mat") as file:
        references = file["SUNRGBD2Dseg"]["seglabel"]
        assert references.shape == (COUNT, 1)
        for position, entry in enumerate(meta):
            label = np.array(file[references[position][0]][:].transpose(1, 0))
            np.testing.assert_array_equal(label, rendered(seed_of(entry.rgbpath))[3].label)
        names = ["".join(map(chr, file[reference[0]][:].ravel())) for reference in file["seg37list"]]
    assert names == [name.replace(" ", "_") for name in class_set("sunrgbd37").names[1:]]


def test_the_label_file_is_matlab_7_3(root: Path) -> None:
    path = root / "SUNRGBDtoolbox" / "Metadata" / "SUNRGBD2Dseg.mat"
    assert path.read_bytes()[:10] == b"MATLAB 7.3"
    with pytest.raises(NotImplementedError, match=r"v7\.3"):
        scipy.io.loadmat(path)


def described(split) -> dict:
    """How the variables of an allsplit.mat are built, without how many there are."""
    parts = split["trainvalsplit"]
    cells = {"alltrain": split["alltrain"], "alltest": split["alltest"]}
    cells |= {name: parts[name][0, 0] for name in ("train", "val")}
    return {
        "variables": sorted(name for name in split if not name.startswith("__")),
        "struct": (parts.shape, parts.dtype),
        "one row": {name: cell.shape[0] == 1 for name, cell in cells.items()},
        "cells": {name: (cell.dtype, cell.flat[0].shape, cell.flat[0].dtype.kind) for name, cell in cells.items()},
        "slash at the end": {
            path[0].split("/")[3]: path[0].endswith("/") for path in cells["train"].flat if "xtion" not in path[0]
        },
        "prefix": {path[0].partition("SUNRGBD/")[0] for cell in cells.values() for path in cell.flat},
    }


def test_the_split_is_built_like_the_real_one(split, sample_data: Path) -> None:
    assert described(split) == described(scipy.io.loadmat(sample_data / "sunrgbd_split" / "allsplit.mat"))


def test_the_split_divides_the_rooms_as_the_plan_does(root: Path, split) -> None:
    train = [seed_of(path[0]) for path in split["alltrain"].flat]
    test = [seed_of(path[0]) for path in split["alltest"].flat]
    parts = {name: [seed_of(path[0]) for path in split["trainvalsplit"][name][0, 0].flat] for name in ("train", "val")}
    assert sorted(test) == list(range(70_000, FIRST + COUNT))
    assert sorted(train) == sorted(parts["train"] + parts["val"]) == list(range(FIRST, 70_000))
    assert parts["val"]
    for path in (*split["alltrain"].flat, *split["alltest"].flat):
        assert folder_of(root, path[0]).is_dir()


def test_a_split_without_tests_can_be_read(tmp_path: Path) -> None:
    options = RoomsOptions(out=tmp_path / "out", count=9, size=SIZE, workers=1, layout="sunrgbd", val_share=0)
    run(options, Interrupt(), open_room=PlainRoom)
    split = scipy.io.loadmat(tmp_path / "out" / "SUNRGBDtoolbox" / "traintestSUNRGBD" / "allsplit.mat")
    assert split["alltest"].size == split["trainvalsplit"]["val"][0, 0].size == 0
    assert split["alltrain"].shape == (1, 9)
    assert [seed_of(path[0]) for path in split["alltrain"].flat] != list(range(9))  # joined by position they misfit


def test_it_is_not_taken_for_prepared_data(root: Path) -> None:
    with pytest.raises(PreparedDataError, match="is no folder of prepared samples"):
        read_index(root)


def test_what_is_missing_for_it_is_told_before_anything_is_made(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(sunrgbd, "find_spec", lambda name: None if name == "h5py" else name)
    options = RoomsOptions(out=tmp_path / "out", count=3, layout="sunrgbd")
    with pytest.raises(MissingLibraryError, match=r"--layout sunrgbd needs h5py, .*rgbd-live\[train\]"):
        run(options, Interrupt(), open_room=PlainRoom)
    assert not (tmp_path / "out").exists()

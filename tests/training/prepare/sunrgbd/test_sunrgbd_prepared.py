"""A whole data set in SUN RGB-D's layout, from its files to prepared samples."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io
from numpy.lib.recfunctions import repack_fields
from PIL import Image
from plain_rooms import PlainRoom, folder_bytes

from console.interrupt import Interrupt
from sensors.errors import MissingLibraryError, PreparedDataError, RecordingError
from sensors.prepared import PreparedIndex, read_index
from training.prepare import sunrgbd
from training.prepare.command import PrepareOptions, run
from training.prepare.source import DatasetReader, Request
from training.prepare.steps.work import check_sample
from training.rooms.sunrgbd.sample import hole_filled
from training.rooms_command import RoomsOptions
from training.rooms_command import run as write_rooms

pytestmark = pytest.mark.timeout(120)
FIRST, COUNT, SIZE = 69_992, 14, (40, 32)  # 8 rooms to train on, 6 to test with
LABELS = "SUNRGBDtoolbox/Metadata/SUNRGBD2Dseg.mat"
META = "SUNRGBDtoolbox/Metadata/SUNRGBDMeta.mat"
SPLIT = "SUNRGBDtoolbox/traintestSUNRGBD/allsplit.mat"


def reader_of(source: Path, scratch: Path) -> DatasetReader:
    return sunrgbd.open_reader(Request("sunrgbd", source, scratch))


def write(out: Path, layout) -> Path:
    options = RoomsOptions(out=out, count=COUNT, seed=FIRST, size=SIZE, workers=1, layout=layout)
    assert write_rooms(options, Interrupt(), open_room=PlainRoom) == 0
    return out


def prepare(source: Path, out: Path, *, partial: bool = True, workers: int = 1) -> PreparedIndex:
    options = PrepareOptions(dataset="sunrgbd", source=source, out=out, workers=workers, partial=partial)
    assert run(options, Interrupt()) == 0
    return read_index(out)


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("sunrgbd") / "source", "sunrgbd")


@pytest.fixture(scope="module")
def prepared(source: Path, tmp_path_factory) -> Path:
    return prepare(source, tmp_path_factory.mktemp("ready") / "out").root


@pytest.fixture(scope="module")
def direct(tmp_path_factory) -> PreparedIndex:
    """The same rooms, prepared without a detour."""
    return read_index(write(tmp_path_factory.mktemp("direct") / "out", "prepared"))


@pytest.fixture
def copy(source: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(source, tmp_path / "copy"))


def zipped(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(folder.rglob("*")):
            file.write(path, path.relative_to(folder.parent))
    return archive


def test_the_rooms_come_back_as_they_were(prepared: Path, direct: PreparedIndex) -> None:
    raw, refined = read_index(prepared), read_index(prepared, depth="refined")
    assert (raw.dataset, raw.class_set) == ("sunrgbd", "sunrgbd37")
    found = {sample.name.partition("-rooms-")[2]: sample for sample in raw.samples}
    assert len(found) == len(direct.samples) == COUNT
    for sample in direct.samples:
        ours, expected = found[sample.name], direct.read(sample)
        arrays = raw.read(ours)
        np.testing.assert_array_equal(arrays.label, expected.label)
        np.testing.assert_array_equal(arrays.depth_steps, np.minimum(expected.depth_steps, 8000))
        np.testing.assert_array_equal(
            refined.read(ours).depth_steps, np.minimum(hole_filled(expected.depth_steps), 8000)
        )
        jpegs = (index.root / "color" / f"{s.name}.jpg" for index, s in ((raw, ours), (direct, sample)))
        assert len({path.read_bytes() for path in jpegs}) == 1
        for number in ("width", "height", "fx", "fy", "cx", "cy"):
            assert getattr(ours.intrinsics, number) == pytest.approx(getattr(sample.intrinsics, number), abs=1e-6)
        assert ours.split == sample.split


def test_each_sample_keeps_its_camera(source: Path, prepared: Path) -> None:
    folders = {path.name: path.parts[-3] for path in (source / "SUNRGBD").glob("*/rooms/*")}
    cameras = {sample.name.partition("-rooms-")[2]: sample.camera for sample in read_index(prepared).samples}
    assert cameras == folders
    assert set(cameras.values()) == {"kv1", "kv2", "realsense", "xtion"}


@pytest.mark.parametrize("packed", [("SUNRGBD",), ("SUNRGBDtoolbox",), ("SUNRGBD", "SUNRGBDtoolbox")])
def test_zip_archives_are_as_good_as_folders(source: Path, prepared: Path, tmp_path: Path, packed) -> None:
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    for name in ("SUNRGBD", "SUNRGBDtoolbox"):
        if name in packed:
            zipped(source / name, downloads / f"{name}.zip")
        else:
            (downloads / name).symlink_to(source / name)
    prepare(downloads, tmp_path / "out", workers=2)
    expected, found = folder_bytes(prepared), folder_bytes(tmp_path / "out")
    assert {**found, "prepare.json": b""} == {**expected, "prepare.json": b""}  # which says what it is made from
    assert not (tmp_path / "out" / ".prepare").exists()


def test_it_says_how_far_it_is_from_the_official_numbers(source: Path, tmp_path: Path) -> None:
    with pytest.raises(PreparedDataError, match=r"has \d of 2666 train, \d of 2619 val, 6 of 5050 test samples"):
        prepare(source, tmp_path / "out", partial=False)


def test_writing_the_rooms_again_changes_nothing(copy: Path, tmp_path: Path, capsys) -> None:
    prepare(copy, tmp_path / "out")
    write(copy, "sunrgbd")
    prepare(copy, tmp_path / "out")
    assert "are prepared already" in capsys.readouterr().err


def first(copy: Path, pattern: str) -> Path:
    return min((copy / "SUNRGBD").glob(pattern))


def remove(pattern: str) -> Callable[[Path], None]:
    def damage(copy: Path) -> None:
        path = first(copy, pattern)
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("kv2/rooms/*/image/*", r"image/\d+-000\.jpg"),
        ("kv2/rooms/*/depth/*", r"depth/\d+-000\.png"),
        ("kv2/rooms/*/depth_bfx", r"depth_bfx/\d+-000\.png"),
        ("kv1/rooms/*/intrinsics.txt", "intrinsics.txt"),
        ("kv2/rooms/*", "files at all"),
    ],
)
def test_a_sample_without_one_of_its_files_is_named(copy: Path, tmp_path: Path, pattern: str, said: str) -> None:
    name = first(copy, pattern[: pattern.index("*") + 1]).name
    remove(pattern)(copy)
    (entry,) = (entry for entry in reader_of(copy, tmp_path).entries() if entry.missing)
    assert entry.name.endswith(f"-rooms-{name}")
    assert re.fullmatch(said, entry.missing)


def test_samples_that_lack_files_are_named_and_left_out_if_asked(copy: Path, tmp_path: Path) -> None:
    name = first(copy, "kv2/rooms/*").name
    remove("kv2/rooms/*/depth/*")(copy)
    said = rf"1 are not whole: kv2-rooms-{name}: no depth/{name}\.png \(all: .*--partial"
    with pytest.raises(PreparedDataError, match=said):
        prepare(copy, tmp_path / "out", partial=False)
    index = prepare(copy, tmp_path / "out")
    assert len(index.samples) == COUNT - 1
    assert not any(name in sample.name for sample in index.samples)


def spoil(pattern: str, content: bytes | None = None) -> Callable[[Path], None]:
    def damage(copy: Path) -> None:
        path = first(copy, pattern)
        path.write_bytes(path.read_bytes()[:-200] if content is None else content)

    return damage


def shrink_image(copy: Path) -> None:
    path = first(copy, "kv2/rooms/*/image/*")
    with Image.open(path) as image:
        image.crop((0, 0, 32, 32)).save(path)


def change_label(value: int) -> Callable[[Path], None]:
    def damage(copy: Path) -> None:
        with h5py.File(copy / LABELS, "r+") as file:
            file[file["SUNRGBD2Dseg/seglabel"][2, 0]][3, 4] = value

    return damage


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (spoil("kv2/rooms/*/image/*"), r"\.jpg: damaged or unreadable image"),
        (spoil("kv2/rooms/*/depth/*"), r"depth/.*\.png: damaged image"),
        (spoil("kv2/rooms/*/depth_bfx/*", b"text"), r"depth_bfx/.*\.png: damaged or unreadable image \(no image\)"),
        (spoil("kv2/rooms/*/intrinsics.txt", b"500 0 20"), "holds no camera matrix"),
        (shrink_image, r"its depth is 40x32, expected 32x32 as the others"),
        (change_label(38), r"SUNRGBD2Dseg\.mat: label 2 has id 38, expected 0 to 37"),
        (change_label(255), "label 2 has id 255"),
    ],
)
def test_a_damaged_sample_is_named(copy: Path, tmp_path: Path, damage, said: str) -> None:
    damage(copy)
    reader, faults = reader_of(copy, tmp_path), []
    for entry in reader.entries():
        try:
            check_sample(reader.read(entry), 37)
        except (PreparedDataError, RecordingError) as error:
            faults.append(str(error))
    (fault,) = faults
    assert re.search(said, fault)


def drop_last_label(copy: Path) -> None:
    with h5py.File(copy / LABELS, "r+") as file:
        references = file["SUNRGBD2Dseg/seglabel"][:-1]
        del file["SUNRGBD2Dseg/seglabel"]
        file["SUNRGBD2Dseg/seglabel"] = references


def write_meta(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def damage(copy: Path) -> None:
        scipy.io.savemat(copy / META, {"SUNRGBDMeta": change(scipy.io.loadmat(copy / META)["SUNRGBDMeta"])})

    return damage


def without_labels(copy: Path) -> None:
    with h5py.File(copy / LABELS, "w") as file:
        file["other"] = [1, 2]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda copy: (copy / LABELS).unlink(), r"SUNRGBDtoolbox: has no .*SUNRGBD2Dseg\.mat"),
        (lambda copy: (copy / LABELS).write_bytes(b"MATLAB 5.0 MAT-file" * 99), r"no MATLAB 7\.3 \(HDF5\) file"),
        (lambda copy: (copy / LABELS).write_bytes((copy / LABELS).read_bytes()[:9000]), r"cut off or no MATLAB 7\.3"),
        (without_labels, r"no MATLAB 7\.3 \(HDF5\) file of labels \(.*; download SUNRGBDtoolbox\.zip again"),
        (drop_last_label, "holds 13 labels, but SUNRGBDMeta.mat describes 14 samples"),
        (write_meta(lambda meta: meta[:, :-1]), "holds 14 labels, but SUNRGBDMeta.mat describes 13 samples"),
        (write_meta(lambda meta: meta[:, [*range(13), 0]]), r"SUNRGBDMeta\.mat: \S+ occurs twice"),
        (write_meta(lambda meta: repack_fields(meta[["rgbpath", "rgbname"]])), "SUNRGBDMeta has no depthname"),
        (lambda copy: (copy / META).write_bytes(b"nothing"), r"SUNRGBDMeta\.mat: is damaged or no MATLAB 5 file"),
        (lambda copy: (copy / SPLIT).write_bytes((copy / LABELS).read_bytes()), "is a MATLAB 7.3 file"),
        (
            lambda copy: shutil.rmtree(copy / "SUNRGBD"),
            r"lacks SUNRGBD\.zip \(or unpacked SUNRGBD/\); download from http:",
        ),
    ],
)
def test_a_toolbox_that_does_not_fit_is_told_before_anything_is_read(copy, tmp_path: Path, damage, said: str) -> None:
    damage(copy)
    with pytest.raises(PreparedDataError, match=said):
        prepare(copy, tmp_path / "out")
    assert not (tmp_path / "out" / "color").exists()


def test_labels_are_joined_by_path_and_not_by_order(copy: Path, prepared: Path, tmp_path: Path) -> None:
    order = np.random.default_rng(1).permutation(COUNT)
    write_meta(lambda meta: meta[:, order])(copy)
    with h5py.File(copy / LABELS, "r+") as file:
        references = file["SUNRGBD2Dseg/seglabel"][()]
        file["SUNRGBD2Dseg/seglabel"][...] = references[order]
    prepare(copy, tmp_path / "out")
    for name, content in folder_bytes(prepared).items():
        if name.startswith("label/"):
            assert (tmp_path / "out" / name).read_bytes() == content


def test_a_sample_that_the_toolbox_does_not_describe_has_no_label(copy: Path, tmp_path: Path) -> None:
    def rename(meta: np.ndarray) -> np.ndarray:
        meta[0, 3]["rgbpath"] = "/n/fs/sun3d/data/SUNRGBD/kv1/rooms/other/image/other.jpg"
        return meta

    write_meta(rename)(copy)
    with pytest.raises(
        PreparedDataError, match=r"1 are not whole: \S+: no label \(SUNRGBDMeta\.mat does not know it\)"
    ):
        prepare(copy, tmp_path / "out", partial=False)


def test_an_archive_that_is_another_one_is_told_by_what_it_lists(source: Path, tmp_path: Path) -> None:
    zipped(source / "SUNRGBDtoolbox", tmp_path / "SUNRGBD.zip")
    zipped(source / "SUNRGBDtoolbox", tmp_path / "SUNRGBDtoolbox.zip")
    with pytest.raises(
        PreparedDataError, match=r"SUNRGBD\.zip: holds no samples of SUNRGBD/kv1, kv2, .*begins with SUN"
    ):
        prepare(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_library_that_is_missing_is_told(source: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("training.prepare.libraries.find_spec", lambda name: None if name == "h5py" else name)
    with pytest.raises(MissingLibraryError, match=r"--dataset sunrgbd needs h5py, .*rgbd-live\[train\]"):
        prepare(source, tmp_path / "out")

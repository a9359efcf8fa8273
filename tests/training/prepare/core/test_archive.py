from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from console.errors import OutputError
from sensors.errors import PreparedDataError
from training.prepare import scratch
from training.prepare.archive import Tree, open_tree
from training.prepare.member import CHUNK

FILES = {
    "Top/a/one.bin": np.random.default_rng(0).bytes(5000) + bytes(2 * CHUNK),  # longer than a chunk, once unpacked
    "Top/a/empty": b"",
    "Top/b/two.txt": b"two",
    "Top/b/picture.png": bytes(100),
}
WANTED = {name for name in FILES if not name.endswith(".png")}


def write_zip(path: Path, files: dict[str, bytes] | None = None, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(zipfile.ZipInfo("Top/"), b"")
        for name, content in (files or FILES).items():
            facts = zipfile.ZipInfo(name)
            facts.extra = b"UT\5\0\3\0\0\0\0"  # a time, as many programs add it
            archive.writestr(facts, content, method)
    return path


def write_folder(source: Path, files: dict[str, bytes] | None = None) -> Path:
    for name, content in (files or FILES).items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes(content)
    return source / "Top"


def opened(source: Path) -> Tree:
    return open_tree(source, "Top", "Top.zip", WANTED.__contains__, known_by="Top/a")


@pytest.mark.parametrize("kind", ["folder", zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_folder_and_archive_give_the_same_files(tmp_path: Path, kind) -> None:
    write_folder(tmp_path) if kind == "folder" else write_zip(tmp_path / "Top.zip", method=kind)
    tree = pickle.loads(pickle.dumps(opened(tmp_path)))  # as it reaches other processes
    assert tree.members.keys() == WANTED
    for name, member in tree.members.items():
        assert member.read() == FILES[name]
        assert member.size == len(FILES[name])


def test_an_archive_behind_other_bytes_and_a_comment_is_read_too(tmp_path: Path) -> None:
    content = write_zip(tmp_path / "Top.zip").read_bytes()
    (tmp_path / "Top.zip").write_bytes(b"#!" * 50 + content)
    assert opened(tmp_path).get("Top/b/two.txt").read() == b"two"


def test_the_archive_is_taken_where_both_are(tmp_path: Path) -> None:
    write_folder(tmp_path)
    write_zip(tmp_path / "Top.zip")
    assert opened(tmp_path).origin == tmp_path / "Top.zip"


@pytest.mark.parametrize("left", [0, 10, 3000, -1, -30])
def test_an_archive_that_is_cut_off_is_told(tmp_path: Path, left: int) -> None:
    path = write_zip(tmp_path / "Top.zip")
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(PreparedDataError, match=r"Top\.zip: is cut off or no zip archive \(.*\); download it again"):
        opened(tmp_path)


def test_another_archive_is_told_by_what_it_lists(tmp_path: Path) -> None:
    write_zip(tmp_path / "Top.zip", {"leftImg8bit/train/a.png": b"", "license.txt": b""})
    with pytest.raises(PreparedDataError) as caught:
        opened(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}/Top.zip: holds no Top/a (it begins with leftImg8bit/train/a.png, license.txt);"
        " is it another download?"
    )
    (tmp_path / "Top.zip").unlink()
    (tmp_path / "Top").mkdir()
    with pytest.raises(PreparedDataError, match=r"Top: holds no Top/a \(it is empty\)"):
        opened(tmp_path)


def test_what_is_not_there_is_told_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(PreparedDataError, match=r"has neither Top\.zip nor Top/; download Top\.zip into it"):
        opened(tmp_path)
    write_folder(tmp_path, {"Top/b/two.txt": b"two"})
    with pytest.raises(PreparedDataError, match="has no Top/a/empty"):
        opened(tmp_path).get("Top/a/empty")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_file_that_is_damaged_in_an_archive_is_named(tmp_path: Path, method: int) -> None:
    path = write_zip(tmp_path / "Top.zip", method=method)
    content = bytearray(path.read_bytes())
    member = opened(tmp_path).get("Top/a/one.bin")
    assert member.packed is not None
    content[member.packed.offset + 200] ^= 8
    path.write_bytes(content)
    with pytest.raises(PreparedDataError, match=r"Top\.zip: Top/a/one\.bin: is damaged in the archive; download Top"):
        member.read()
    content[member.packed.offset] ^= 8
    path.write_bytes(content)
    with pytest.raises(PreparedDataError, match="is damaged in the archive"):
        member.read()
    path.unlink()
    with pytest.raises(PreparedDataError, match=r"cannot be read \(No such file"):
        member.read()


def test_an_encrypted_or_strangely_packed_archive_is_refused(tmp_path: Path) -> None:
    write_zip(tmp_path / "Top.zip", method=zipfile.ZIP_BZIP2)
    with pytest.raises(PreparedDataError, match="is packed in a way that cannot be read"):
        opened(tmp_path)


def test_a_link_that_leads_nowhere_is_no_file(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    (folder / "b" / "two.txt").unlink()
    (folder / "b" / "two.txt").symlink_to(tmp_path / "none")
    assert opened(tmp_path).members.keys() == WANTED - {"Top/b/two.txt"}


def test_the_identity_follows_the_wanted_files(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "Top.zip")
    before = opened(tmp_path).identity()
    os.utime(path, (1, 1))
    assert opened(tmp_path).identity() == before
    write_zip(path, FILES | {"Top/b/picture.png": b"other"})
    assert opened(tmp_path).identity() == before
    for changed in (FILES | {"Top/b/two.txt": b"TWO"}, {k: v for k, v in FILES.items() if k != "Top/a/empty"}):
        write_zip(path, changed)
        assert opened(tmp_path).identity() != before


def test_the_identity_of_a_folder_follows_time_or_content(tmp_path: Path) -> None:
    file = write_folder(tmp_path) / "b" / "two.txt"
    by_time, by_content = opened(tmp_path).identity(), opened(tmp_path).identity(by_content=["Top/b/two.txt"])
    os.utime(file, (1, 1))
    assert opened(tmp_path).identity() != by_time
    assert opened(tmp_path).identity(by_content=["Top/b/two.txt"]) == by_content
    file.write_bytes(b"TWO")
    assert opened(tmp_path).identity(by_content=["Top/b/two.txt"]) != by_content


def test_a_file_that_needs_unpacking_is_unpacked_once(tmp_path: Path) -> None:
    write_zip(tmp_path / "Top.zip")
    member = opened(tmp_path).get("Top/a/one.bin")
    path = scratch.as_file(member, tmp_path / "scratch")
    assert path.read_bytes() == FILES["Top/a/one.bin"]
    before = path.stat().st_mtime_ns
    assert scratch.as_file(member, tmp_path / "scratch").stat().st_mtime_ns == before
    path.write_bytes(b"half")
    assert scratch.as_file(member, tmp_path / "scratch").read_bytes() == FILES["Top/a/one.bin"]
    assert [entry.name for entry in (tmp_path / "scratch").iterdir()] == ["one.bin"]


def test_what_a_killed_call_left_half_unpacked_takes_no_room_for_long(tmp_path: Path) -> None:
    write_zip(tmp_path / "Top.zip")
    left = tmp_path / "scratch" / ".one.part.bin"
    left.parent.mkdir()
    left.write_bytes(b"half")
    path = scratch.as_file(opened(tmp_path).get("Top/a/one.bin"), tmp_path / "scratch")
    assert path.read_bytes() == FILES["Top/a/one.bin"]
    assert list(left.parent.iterdir()) == [path]


def test_a_file_that_lies_by_itself_is_not_copied(tmp_path: Path) -> None:
    folder = write_folder(tmp_path)
    assert scratch.as_file(opened(tmp_path).get("Top/a/one.bin"), tmp_path / "scratch") == folder / "a" / "one.bin"
    assert not (tmp_path / "scratch").exists()


def test_nothing_is_left_of_what_cannot_be_unpacked(tmp_path: Path, monkeypatch) -> None:
    path = write_zip(tmp_path / "Top.zip")
    member = opened(tmp_path).get("Top/a/one.bin")
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 1000}))
    with pytest.raises(OutputError, match=r"unpacking one\.bin takes about 0\.0021 GB, and 1e-06 GB are free"):
        scratch.as_file(member, tmp_path / "scratch")
    monkeypatch.undo()
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(PreparedDataError, match="is damaged"):
        scratch.as_file(member, tmp_path / "scratch")
    assert not list((tmp_path / "scratch").iterdir())

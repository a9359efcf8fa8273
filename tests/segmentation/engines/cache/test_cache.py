"""What engines keep: made once, never half, never somebody else's, and never without bound."""

from __future__ import annotations

import errno
import json
import os
import pickle
import threading
from pathlib import Path

import pytest

from segmentation.engines import cache as caching
from segmentation.engines.cache import EngineCache, StaleEntryError, cache_folder
from segmentation.engines.cache.folder import KEY_FILE
from segmentation.errors import EngineUnavailableError

KEY = {"kind": "test", "model": "m", "version": "1"}


class Maker:
    """Builds and loads entries of one file, and counts."""

    def __init__(self, content: bytes = b"weights" * 100) -> None:
        self.content = content
        self.builds = self.loads = 0

    def build(self, folder: Path) -> None:
        self.builds += 1
        (folder / "inner").mkdir()
        (folder / "network").write_bytes(self.content)
        (folder / "inner" / "shapes").write_bytes(b"640x480")

    def load(self, folder: Path) -> bytes:
        self.loads += 1
        return (folder / "network").read_bytes()

    def obtain(self, cache: EngineCache, key=KEY) -> bytes:
        return cache.obtain(key, self.build, self.load)


@pytest.fixture
def cache(tmp_path):
    return EngineCache(tmp_path / "cache")


@pytest.fixture
def maker():
    return Maker()


@pytest.fixture
def said(caplog):
    return lambda: [record.getMessage() for record in caplog.records]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_an_entry_is_made_once_and_loaded_from_then_on(cache, maker, said):
    assert not cache.has(KEY)
    assert [maker.obtain(cache), maker.obtain(EngineCache(cache.folder))] == [maker.content] * 2
    assert (maker.builds, maker.loads) == (1, 2)
    assert cache.has(KEY)
    assert names(cache.folder) == [cache.path(KEY).name]
    assert said() == []


def test_whatever_the_entry_depends_on_makes_it_another(cache):
    others = [KEY | {name: "other"} for name in KEY] + [KEY | {"gpu": "x"}]
    assert len({cache.path(key) for key in (KEY, *others)}) == len(others) + 1


def damage_nothing_but_a_byte(entry: Path) -> None:
    content = bytearray((entry / "network").read_bytes())
    content[10] ^= 1
    (entry / "network").write_bytes(content)


def call_it_another(entry: Path) -> None:
    document = json.loads((entry / KEY_FILE).read_text())
    document["key"]["version"] = "2"
    (entry / KEY_FILE).write_text(json.dumps(document))


DAMAGES = {
    "a byte changed": damage_nothing_but_a_byte,
    "cut off": lambda entry: os.truncate(entry / "network", 5),
    "empty": lambda entry: os.truncate(entry / "network", 0),
    "a file is gone": lambda entry: (entry / "inner" / "shapes").unlink(),
    "no key": lambda entry: (entry / KEY_FILE).unlink(),
    "the key is empty": lambda entry: (entry / KEY_FILE).write_text(""),
    "the key is no object": lambda entry: (entry / KEY_FILE).write_text("[1]"),
    "the key is binary": lambda entry: (entry / KEY_FILE).write_bytes(b"\xff\x00"),
    "of another version": call_it_another,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_entry_is_made_again_and_said_to_be(cache, maker, said, damage):
    maker.obtain(cache)
    damage(cache.path(KEY))
    assert maker.obtain(cache) == maker.content
    assert (maker.builds, maker.loads) == (2, 2)  # what is damaged is not even loaded
    assert len(said()) == 1
    assert "is made again" in said()[0]
    maker.obtain(cache)
    assert maker.builds == 2


def test_a_file_in_its_place_is_replaced(cache, maker):
    cache.path(KEY).write_text("not a folder")
    assert maker.obtain(cache) == maker.content


def test_a_report_that_is_left_in_an_entry_is_no_damage(cache, maker):
    maker.obtain(cache)
    (cache.path(KEY) / "parity.json").write_text("{}")
    maker.obtain(cache)
    assert maker.builds == 1


def test_what_cannot_be_loaded_is_made_again_once(cache, maker, said):
    def refuse(folder):
        raise StaleEntryError("of another GPU")

    maker.obtain(cache)
    with pytest.raises(EngineUnavailableError, match="of another GPU"):
        cache.obtain(KEY, maker.build, refuse)
    assert maker.builds == 2
    assert said() == [f"{cache.path(KEY).name} in the engine cache cannot be used and is made again: of another GPU"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_a_build_that_fails_leaves_nothing(cache, maker, error):
    def fail(folder):
        maker.build(folder)
        raise error

    with pytest.raises(type(error)):
        cache.obtain(KEY, fail, maker.load)
    assert names(cache.folder) == []
    assert maker.obtain(cache) == maker.content


def test_threads_that_want_the_same_make_it_once(cache, maker):
    threads = [threading.Thread(target=maker.obtain, args=(cache,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (maker.builds, maker.loads) == (1, 8)


def test_an_entry_may_be_made_of_another(cache, maker):
    outer = KEY | {"kind": "outer"}

    def build(folder):
        (folder / "network").write_bytes(maker.obtain(cache) + b"!")

    assert cache.obtain(outer, build, maker.load) == maker.content + b"!"
    assert len(names(cache.folder)) == 2


def test_a_child_process_finds_the_same_folder(tmp_path, maker):
    (tmp_path / "file").touch()
    cache = EngineCache(tmp_path / "file")
    maker.obtain(cache)
    assert maker.obtain(pickle.loads(pickle.dumps(cache))) == maker.content
    assert maker.builds == 1


def held(cache: EngineCache) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in cache.folder.iterdir() if path.suffix != ".lock")


def use(cache: EngineCache, kind: str, used_s: float) -> None:
    maker, key = Maker(bytes(1000)), {"kind": kind}
    maker.obtain(cache, key)
    if (entry := cache.path(key) / KEY_FILE).exists():
        os.utime(entry, (used_s, used_s))


def test_beyond_the_limit_what_was_not_used_for_longest_goes(tmp_path):
    cache = EngineCache(tmp_path / "cache", limit_bytes=4000)  # of entries of about 1300
    for age, kind in enumerate("abc"):
        use(cache, kind, 1000.0 + age)
    Maker().obtain(cache, {"kind": "a"})  # loaded now, so b is the oldest
    use(cache, "d", 2000.0)
    assert held(cache) == ["a", "c", "d"]


def test_what_was_just_made_stays_however_large(tmp_path):
    cache = EngineCache(tmp_path / "cache", limit_bytes=10)
    use(cache, "a", 1000.0)
    assert held(cache) == ["a"]
    use(cache, "b", 1001.0)
    assert held(cache) == ["b"]


def test_what_another_thread_is_loading_is_not_removed(tmp_path):
    cache = EngineCache(tmp_path / "cache", limit_bytes=10)
    use(cache, "a", 1000.0)
    loading, done = threading.Event(), threading.Event()

    def load(folder):
        loading.set()
        assert done.wait(60)
        return (folder / "network").read_bytes()

    read = []
    thread = threading.Thread(target=lambda: read.append(cache.obtain({"kind": "a"}, Maker().build, load)))
    thread.start()
    assert loading.wait(60)
    use(cache, "b", 2000.0)
    done.set()
    thread.join()
    assert read == [bytes(1000)]
    assert held(cache) == ["a", "b"]


def test_no_room_is_one_line_that_says_what_to_do(cache, maker):
    for number in (errno.ENOSPC, errno.EROFS):

        def fail(folder, number=number):
            raise OSError(number, os.strerror(number))

        with pytest.raises(EngineUnavailableError, match="make room, or let XDG_CACHE_HOME") as caught:
            cache.obtain(KEY, fail, maker.load)
        assert os.strerror(number) in str(caught.value)


def test_other_errors_of_a_build_are_not_taken_for_a_full_disk(cache, maker):
    def fail(folder):
        raise FileNotFoundError(errno.ENOENT, "no such file", "model.safetensors")

    with pytest.raises(FileNotFoundError):
        cache.obtain(KEY, fail, maker.load)


def test_the_users_cache_folder_is_the_systems(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "rgbd-live" / "engines"
    assert EngineCache().folder == tmp_path / "rgbd-live" / "engines"
    assert caching.EngineCache().folder.stat().st_mode & 0o077 == 0

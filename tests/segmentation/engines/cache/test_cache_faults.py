"""The engine cache on real faults: killed programs, folders that cannot be used, full disks."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from small_disks import small_disk
from waiting import wait_until

from segmentation.engines.cache import EngineCache
from segmentation.engines.cache.folder import LOCK_SUFFIX
from segmentation.errors import EngineUnavailableError

PROGRAM = Path(__file__).parents[3] / "support" / "cache_program.py"
KEY = {"kind": "test"}
pytestmark = pytest.mark.timeout(100)  # what waits for a line that does not come


def build(folder: Path) -> None:
    (folder / "network").write_bytes(b"weights")


def load(folder: Path) -> bytes:
    return (folder / "network").read_bytes()


@pytest.fixture
def start(tmp_path):
    """Starts programs that obtain the same entry; none outlives the test."""
    started = []

    def begin(name):
        command = [sys.executable, str(PROGRAM), str(tmp_path), name]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield begin
    for program in started:
        program.kill()
        program.wait()
        program.stdout.close()


def test_of_two_programs_one_makes_it_and_the_other_waits_and_says_so(tmp_path, start):
    first = start("first")
    wait_until((tmp_path / "first.builds").exists)
    second = start("second")
    line = second.stdout.readline()
    assert line == "said: another program is preparing this model's test: waiting until it is done\n"
    assert second.poll() is None
    (tmp_path / "go").touch()
    assert first.communicate(timeout=60)[0] == "loaded: first\n"
    assert second.communicate(timeout=60)[0] == "loaded: first\n"
    assert not (tmp_path / "second.builds").exists()


def test_when_the_maker_is_killed_the_waiting_one_takes_over(tmp_path, start):
    first = start("first")
    wait_until((tmp_path / "first.builds").exists)
    second = start("second")
    assert second.stdout.readline().startswith("said: another program")
    first.send_signal(signal.SIGKILL)
    wait_until((tmp_path / "second.builds").exists)
    assert len(list((tmp_path / "cache").glob("*.part-*"))) == 1  # the dead one's is gone
    (tmp_path / "go").touch()
    assert second.communicate(timeout=60)[0] == "loaded: second\n"


def test_what_a_killed_program_left_goes_when_anything_is_made(tmp_path, start):
    dead = start("dead")
    wait_until((tmp_path / "dead.builds").exists)
    dead.kill()
    dead.wait()
    cache = EngineCache(tmp_path / "cache")
    assert list(cache.folder.glob("*.part-*"))
    cache.obtain({"kind": "other"}, build, load)
    assert not list(cache.folder.glob("*.part-*"))


def test_what_a_living_program_is_making_stays(tmp_path, start):
    living = start("living")
    wait_until((tmp_path / "living.builds").exists)
    EngineCache(tmp_path / "cache", limit_bytes=1).obtain({"kind": "other"}, build, load)
    (tmp_path / "go").touch()
    assert living.communicate(timeout=60)[0] == "loaded: living\n"


def works_elsewhere(cache: EngineCache, caplog, reason: str) -> None:
    """The entry is made in a folder of the process's own, with one line."""
    assert cache.obtain(KEY, build, load) == b"weights"
    assert cache.folder != cache.wanted_folder
    assert cache.has(KEY)
    (record,) = caplog.records
    assert reason in record.getMessage()
    assert "engines are prepared anew at every start" in record.getMessage()


def test_a_read_only_folder(tmp_path, caplog):
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        EngineCache(disk / "engines").obtain(KEY, build, load)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        works_elsewhere(EngineCache(disk / "engines"), caplog, "cannot be written")


def test_a_file_where_the_folder_should_be(tmp_path, caplog):
    (tmp_path / "file").touch()
    works_elsewhere(EngineCache(tmp_path / "file" / "engines"), caplog, "cannot be written")


def test_a_network_drive_without_locks(monkeypatch, tmp_path, caplog):
    flock = pytest.importorskip("fcntl").flock
    drive = tmp_path / "drive"

    def refuse(descriptor, operation):
        if Path(f"/proc/self/fd/{descriptor}").readlink().is_relative_to(drive):
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))
        return flock(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", refuse)
    works_elsewhere(EngineCache(drive / "engines"), caplog, "No locks available")


def test_a_user_without_a_home(monkeypatch, tmp_path, caplog):
    monkeypatch.chdir(tmp_path)
    works_elsewhere(EngineCache(Path("~/.cache/rgbd-live/engines")), caplog, "no home folder")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="a matter of POSIX modes")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
def test_engines_are_not_taken_from_where_others_can_put_them(tmp_path, caplog, mode):
    planted = EngineCache(tmp_path / "engines")
    planted.obtain(KEY, lambda folder: (folder / "network").write_bytes(b"planted"), load)
    planted.folder.chmod(mode)
    works_elsewhere(EngineCache(tmp_path / "engines"), caplog, "chmod go-w")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives folders away")
def test_engines_are_not_taken_from_another_users_folder(tmp_path, caplog):
    (tmp_path / "theirs").mkdir(mode=0o755)
    os.chown(tmp_path / "theirs", 12345, 12345)
    (tmp_path / "engines").symlink_to(tmp_path / "theirs")
    works_elsewhere(EngineCache(tmp_path / "engines"), caplog, "belongs to another user")


def test_a_disk_that_fills_up_while_building(tmp_path):
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        cache = EngineCache(disk / "engines")

        def fill(folder):
            (folder / "network").write_bytes(bytes(2 << 20))

        def fill_by_a_library(folder):
            try:
                fill(folder)
            except OSError:
                raise RuntimeError("unable to serialise") from None

        for fails in (fill, fill_by_a_library):
            with pytest.raises(EngineUnavailableError, match=r"no space left|No space left"):
                cache.obtain(KEY, fails, load)
            assert not list(cache.folder.glob("*.part-*"))
        assert cache.obtain(KEY, build, load) == b"weights"


@pytest.mark.parametrize("had_been_there", [False, True])
def test_a_disk_without_room_for_one_more_name(tmp_path, had_been_there):
    """The first thing that is made is a lock, the second a folder."""
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        cache = EngineCache(disk / "engines")
        assert cache.folder == disk / "engines"
        if had_been_there:
            cache.obtain(KEY, build, load)
            shutil.rmtree(cache.path(KEY))
            cache.path(KEY).with_name(cache.path(KEY).name + LOCK_SUFFIX).touch()
        subprocess.run(["mount", "-o", "remount,nr_inodes=20", str(disk)], check=True)
        with suppress(OSError):
            for number in range(30):
                (disk / str(number)).touch()
        with pytest.raises(EngineUnavailableError, match=r"nothing can be kept there \(No space left"):
            cache.obtain(KEY, build, load)

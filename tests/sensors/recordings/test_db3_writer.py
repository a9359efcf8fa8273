"""The .db3 writer: same frames, same bytes; nothing is lost or overwritten when things go wrong."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recordings import assert_same_frames, db3_writer, edit_db3, make_frames, write_db3

from sensors.geometry import CameraIntrinsics
from sensors.recordings.db3 import Db3Source

ROOT = Path(__file__).resolve().parents[3]


def played(path: Path) -> list:
    with Db3Source(path) as source:
        return list(source)


def part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    frames = make_frames(5)
    first, second = write_db3(tmp_path / "a.db3", frames), write_db3(tmp_path / "b.db3", frames)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("level", [0, 1, 9])
def test_every_compression_level_is_lossless(tmp_path: Path, level: int) -> None:
    frames = make_frames(2)
    for frame, original in zip(
        played(write_db3(tmp_path / "a.db3", frames, compression_level=level)), frames, strict=True
    ):
        np.testing.assert_array_equal(frame.color, original.color)
        np.testing.assert_array_equal(frame.depth_raw, original.depth_raw)


def test_a_recording_of_a_recording_is_the_same(tmp_path: Path) -> None:
    first = played(write_db3(tmp_path / "a.db3", make_frames(4)))
    second = played(write_db3(tmp_path / "b.db3", first))
    # The transform passes through single precision at every step, so its last bit may move.
    for a, b in zip(first, second, strict=True):
        np.testing.assert_allclose(a.color_from_depth.translation_m, b.color_from_depth.translation_m, atol=1e-8)
    assert_same_frames([replace(frame, color_from_depth=first[0].color_from_depth) for frame in second], first)


@pytest.mark.parametrize(("clock", "back"), [("global", "global"), ("hardware", "hardware"), ("host", "recording")])
def test_clocks(tmp_path: Path, clock, back: str) -> None:
    (frame,) = played(write_db3(tmp_path / "a.db3", [replace(make_frames(1)[0], clock=clock)]))
    assert frame.clock == back


def test_stamps_that_jump_back_keep_the_order(tmp_path: Path) -> None:
    frames = make_frames(6)
    jumping = [replace(frame, timestamp_s=frames[index % 3].timestamp_s) for index, frame in enumerate(frames)]
    assert [f.frame_number for f in played(write_db3(tmp_path / "a.db3", jumping))] == [7, 8, 9, 10, 11, 12]


def test_a_clock_that_begins_anew_goes_on_one_frame_after_the_last(tmp_path: Path) -> None:
    frames = make_frames(4, start_s=1000.0)
    again = [replace(frame, timestamp_s=0.5 + index / 30) for index, frame in enumerate(frames[2:])]
    path = write_db3(tmp_path / "a.db3", [*frames[:2], *again])
    with closing(sqlite3.connect(path)) as database:
        times = [time for (time,) in database.execute("SELECT DISTINCT timestamp FROM messages WHERE timestamp > 0")]
    np.testing.assert_allclose(np.diff(times), 1e9 / 30, atol=2000)


def test_a_camera_without_distortion_and_without_frame_numbers(tmp_path: Path) -> None:
    plain = CameraIntrinsics(64, 48, 60, 60, 32, 24)
    frames = [replace(frame, color_intrinsics=plain, frame_number=-1) for frame in make_frames(2)]
    back = played(write_db3(tmp_path / "a.db3", frames))
    assert back[0].color_intrinsics.distortion_model == "none"
    assert not back[0].color_intrinsics.has_distortion
    assert [frame.frame_number for frame in back] == [0, 1]


def test_separators_in_the_name_do_not_break_the_file(tmp_path: Path) -> None:
    path = write_db3(tmp_path / "a.db3", make_frames(1), device_name="Cam;Serial Number=9", serial="1=2;3")
    with Db3Source(path) as source:
        assert (source.facts.device_name, source.facts.serial) == ("Cam,Serial Number-9", "1-2,3")


def test_until_the_end_it_is_a_part(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.db3"  # the folder is made
    frames = make_frames(2)
    with db3_writer(path, frames[0]) as writer:
        for frame in frames:
            writer.write(frame)
        assert not path.exists()
        assert len(played(part_of(path))) == 2
        assert writer.written == 2
    assert [file.name for file in path.parent.iterdir()] == ["a.db3"]


@pytest.mark.parametrize("name", ["a.db3", "a.db3.part"])
def test_what_exists_is_not_touched(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("precious")
    with pytest.raises(FileExistsError, match=r"a\.db3"):
        write_db3(tmp_path / "a.db3", make_frames(1))
    assert (tmp_path / name).read_text() == "precious"
    assert len(list(tmp_path.iterdir())) == 1
    write_db3(tmp_path / "a.db3", make_frames(1), overwrite=True)
    assert len(played(tmp_path / "a.db3")) == 1


def test_a_target_that_appears_meanwhile_is_not_touched(tmp_path: Path) -> None:
    frame = make_frames(1)[0]
    writer = db3_writer(tmp_path / "a.db3", frame)
    writer.__enter__()
    writer.write(frame)
    (tmp_path / "a.db3").write_text("precious")
    with pytest.raises(FileExistsError):
        writer.__exit__(None, None, None)
    assert (tmp_path / "a.db3").read_text() == "precious"
    assert len(played(tmp_path / "a.db3.part")) == 1


def test_a_bag_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="db3"):
        db3_writer(tmp_path / "a.bag", make_frames(1)[0])


def test_without_a_frame_nothing_is_left(tmp_path: Path) -> None:
    with db3_writer(tmp_path / "a.db3", make_frames(1)[0]) as writer:
        assert writer.written == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("change", ["size", "unit"])
def test_frames_that_were_not_declared_are_refused(tmp_path: Path, change: str) -> None:
    frames = make_frames(1)
    other = make_frames(1, depth_size=(32, 24)) if change == "size" else make_frames(1, unit_m=0.0001)
    with pytest.raises(ValueError, match="declared"):
        write_db3(tmp_path / "a.db3", [frames[0], other[0]])
    assert len(played(tmp_path / "a.db3.part")) == 1


def test_ctrl_c_ends_a_recording_properly(tmp_path: Path) -> None:
    frame = make_frames(1)[0]
    writer = db3_writer(tmp_path / "a.db3", frame).__enter__()
    writer.write(frame)
    writer.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert len(played(tmp_path / "a.db3")) == 1


def test_frames_that_got_lost_are_noticed_at_the_end(tmp_path: Path) -> None:
    frames = make_frames(3)
    writer = db3_writer(tmp_path / "a.db3", frames[0]).__enter__()
    for frame in frames:
        writer.write(frame)
    edit_db3(tmp_path / "a.db3.part", "DELETE FROM messages WHERE timestamp = (SELECT max(timestamp) FROM messages)")
    with pytest.raises(OSError, match="3 frames were written but 2 are there"):
        writer.__exit__(None, None, None)
    assert not (tmp_path / "a.db3").exists()


@pytest.mark.parametrize("damaged", ["first", "last"])
def test_a_recording_that_does_not_play_gets_no_name(tmp_path: Path, damaged: str) -> None:
    frames = make_frames(3)
    writer = db3_writer(tmp_path / "a.db3", frames[0]).__enter__()
    for frame in frames:
        writer.write(frame)
    which = "min" if damaged == "first" else "max"
    edit_db3(
        writer.part,
        f"UPDATE messages SET data = substr(data, 1, length(data) - 30) || zeroblob(30) WHERE length(data) > 5000"
        f" AND timestamp = (SELECT {which}(timestamp) FROM messages WHERE timestamp > 0)",
    )
    with pytest.raises(OSError, match=f"frame {0 if damaged == 'first' else 2}: .*damaged"):
        writer.finish()
    assert [file.name for file in tmp_path.iterdir()] == ["a.db3.part"]


def test_an_unwritable_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        write_db3(tmp_path / "file" / "a.db3", make_frames(1))


def command_of(script: str, *arguments: Path) -> list[str]:
    """The command that runs a script which can import the test support."""
    preamble = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests' / 'support')!r}]\n"
    return [sys.executable, "-c", preamble + textwrap.dedent(script), *map(str, arguments)]


def in_child(script: str, *arguments: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command_of(script, *arguments), capture_output=True, text=True, timeout=60, check=False)


def test_a_full_disk_is_an_error_and_leaves_what_fitted(tmp_path: Path) -> None:
    script = """
        import resource
        from pathlib import Path
        from recordings import db3_writer, make_frames
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
        frames = make_frames(100)
        try:
            with db3_writer(Path(sys.argv[1]), frames[0]) as writer:
                for frame in frames:
                    writer.write(frame)
        except OSError as error:
            print(writer.written, error)
    """
    done = in_child(script, tmp_path / "a.db3")
    assert done.returncode == 0, done.stderr
    count, message = done.stdout.split(maxsplit=1)
    assert "a.db3" in message
    assert "File too large" in message  # not SQLite's "disk I/O error"
    assert [file.name for file in tmp_path.iterdir()] == ["a.db3.part"]
    frames = played(tmp_path / "a.db3.part")
    assert 0 < len(frames) == int(count)


def test_a_disk_full_from_the_start(tmp_path: Path) -> None:
    script = """
        import resource
        from pathlib import Path
        from recordings import make_frames, write_db3
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_db3(Path(sys.argv[1]), make_frames(1))
        except OSError as error:
            print(error)
    """
    done = in_child(script, tmp_path / "a.db3")
    assert "a.db3" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("delay_s", [0.0, 0.004, 0.009, 0.013, 0.05])
def test_kill_while_writing_leaves_a_part_that_plays(tmp_path: Path, delay_s: float) -> None:
    script = """
        from itertools import cycle
        from pathlib import Path
        from recordings import db3_writer, make_frames
        frames = make_frames(10, color_size=(320, 240), depth_size=(320, 240))
        with db3_writer(Path(sys.argv[1]), frames[0]) as writer:
            for frame in cycle(frames):
                writer.write(frame)
                print(writer.written, flush=True)
    """
    child = subprocess.Popen(command_of(script, tmp_path / "a.db3"), stdout=subprocess.PIPE)
    assert child.stdout is not None
    for _ in range(5):
        child.stdout.readline()
    try:
        child.wait(timeout=delay_s)
    except subprocess.TimeoutExpired:
        child.send_signal(signal.SIGKILL)
    rest = child.stdout.read().splitlines()
    child.wait()
    child.stdout.close()
    part = tmp_path / "a.db3.part"
    # Either the file alone is enough, or SQLite undoes the last, unfinished frame by the journal beside it.
    assert len(played(part)) >= 5 + len(rest)
    assert not (tmp_path / "a.db3").exists()


def journal_of(path: Path) -> Path:
    return path.with_name(path.name + "-journal")


def half_done(path: Path, copy: Path) -> None:
    """`copy` as after a kill in the very middle of a commit: some pages are new, the journal still holds the old."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA cache_size = 1")  # so that changes reach the file before the commit
        database.execute("BEGIN")
        database.execute("UPDATE messages SET timestamp = timestamp + 1, data = zeroblob(length(data))")
        copy.write_bytes(path.read_bytes())
        journal_of(copy).write_bytes(journal_of(path).read_bytes())
        database.execute("ROLLBACK")


def test_a_half_done_write_is_undone_by_its_journal(tmp_path: Path) -> None:
    path, copy = write_db3(tmp_path / "a.db3", make_frames(4)), tmp_path / "b.db3"
    half_done(path, copy)
    assert_same_frames(played(copy), played(path))
    assert not journal_of(copy).exists()


@pytest.mark.parametrize("name", ["b.db3", "b.db3.part"])
def test_an_old_journal_does_not_undo_the_recording_that_replaces_its_file(tmp_path: Path, name: str) -> None:
    half_done(write_db3(tmp_path / "a.db3", make_frames(4)), tmp_path / name)
    frames = make_frames(6)[3:]
    path = write_db3(tmp_path / "b.db3", frames, overwrite=True)
    for frame, original in zip(played(path), frames, strict=True):
        np.testing.assert_array_equal(frame.color, original.color)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.db3", "b.db3"]

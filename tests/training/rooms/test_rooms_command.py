from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from plain_rooms import BAD_SEED, DEADLY_SEED, FaultyRoom, PlainRoom, folder_bytes
from processes import lines_of, running_in_session, wait_for

from console.atomic import part_path
from console.errors import OutputError, StoppedError, UsageError
from console.interrupt import Interrupt
from segmentation.classes import class_set
from sensors.errors import PreparedDataError
from sensors.prepared import read_index
from training.rooms.records import RECORDS_NAME
from training.rooms.settings import SETTINGS_NAME
from training.rooms_command import RoomsOptions, run

pytestmark = pytest.mark.timeout(120)
PROGRAM = Path(__file__).resolve().parents[2] / "support" / "rooms_program.py"
LAYOUTS = ["prepared", "sunrgbd"]


def write(out: Path, count: int = 6, *, room=PlainRoom, workers: int = 1, **changes) -> int:
    options = RoomsOptions(**{"out": out, "count": count, "workers": workers, "size": (40, 32), **changes})
    return run(options, Interrupt(), open_room=room)


def start(out: Path, count: int, room: str, *, workers: int = 2, layout: str = "prepared", **more) -> subprocess.Popen:
    words = [sys.executable, str(PROGRAM), str(out), str(count), str(workers), room, layout]
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True, **more)


@pytest.fixture(scope="module", params=LAYOUTS)
def uninterrupted(request, tmp_path_factory) -> tuple[str, dict[str, bytes]]:
    out = tmp_path_factory.mktemp("uninterrupted") / request.param
    assert write(out, 16, layout=request.param) == 0
    return request.param, folder_bytes(out)


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("begun") / "out"
    write(out, 6)
    return out


def test_the_folder_reads_as_prepared_data(tmp_path: Path) -> None:
    assert write(tmp_path / "out", 24) == 0
    index = read_index(tmp_path / "out", "sunrgbd37")
    assert [sample.scene for sample in index.samples] == [str(seed) for seed in range(24)]
    assert {"train", "val"} == {sample.split for sample in index.samples}
    assert index.samples[6].camera == "rooms-kinect1"


def test_a_sample_is_what_the_room_rendered(tmp_path: Path) -> None:
    write(tmp_path / "out", 3, seed=4, frames_per_room=2)
    index = read_index(tmp_path / "out")
    sample = index.samples[1]
    room = PlainRoom(4)
    rng = room.frame_rng(1)
    intrinsics = room.intrinsics((40, 32))
    frame = room.render(room.viewpoint(rng), intrinsics, rng)
    arrays = index.read(sample)
    np.testing.assert_array_equal(arrays.depth_steps, frame.depth_mm)
    np.testing.assert_array_equal(arrays.label, frame.label)
    assert sample.intrinsics.fx == intrinsics.fx
    assert arrays.label.max() <= len(class_set("sunrgbd37"))


def test_the_number_of_processes_changes_no_byte(uninterrupted, tmp_path: Path) -> None:
    layout, expected = uninterrupted
    write(tmp_path / "three", 16, workers=3, layout=layout)
    assert folder_bytes(tmp_path / "three") == expected


def test_killed_in_the_middle_and_run_again_gives_the_same_bytes(uninterrupted, tmp_path: Path) -> None:
    layout, expected = uninterrupted
    out = tmp_path / "out"
    killed = start(out, 16, "SlowRoom", layout=layout)
    wait_for(lambda: lines_of(out / RECORDS_NAME) >= 6)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    wait_for(lambda: not running_in_session(killed.pid))  # its processes follow it
    assert 6 <= lines_of(out / RECORDS_NAME) < 16
    first = {name: content for name, content in folder_bytes(out).items() if "000000" in name}
    assert first
    assert write(out, 16, workers=2, layout=layout) == 0
    assert folder_bytes(out) == expected


def test_its_processes_follow_a_killed_call_at_once(tmp_path: Path) -> None:
    killed = start(tmp_path / "out", 16, "StuckRoom")
    wait_for(lambda: len(running_in_session(killed.pid)) >= 3)
    time.sleep(0.5)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    wait_for(lambda: not running_in_session(killed.pid))


def test_what_is_whole_is_not_rendered_again(tmp_path: Path, capsys) -> None:
    write(tmp_path / "out", 4)
    label = tmp_path / "out" / "label" / "000002-000.png"
    before = label.stat().st_mtime_ns
    write(tmp_path / "out", 6)
    assert label.stat().st_mtime_ns == before
    assert "6 samples of 6 rooms" in (said := capsys.readouterr().err)
    assert "2 new" in said
    write(tmp_path / "out", 6)
    assert "all were there already" in capsys.readouterr().err


def test_more_samples_extend_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "at once", 20)
    write(tmp_path / "in steps", 12)
    write(tmp_path / "in steps", 20)
    assert folder_bytes(tmp_path / "in steps") == folder_bytes(tmp_path / "at once")


@pytest.mark.parametrize("folder", ["color", "depth", "label"])
def test_a_sample_that_lost_a_file_is_made_again(tmp_path: Path, folder: str) -> None:
    write(tmp_path / "out")
    expected = folder_bytes(tmp_path / "out")
    next((tmp_path / "out" / folder).iterdir()).unlink()
    with pytest.raises(PreparedDataError, match=r"is missing.*run the command that writes the folder again"):
        read_index(tmp_path / "out")
    write(tmp_path / "out")
    assert folder_bytes(tmp_path / "out") == expected


def test_an_unfinished_line_and_unfinished_files_are_cleared_away(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out)
    expected = folder_bytes(out)
    records = (out / RECORDS_NAME).read_bytes()
    (out / RECORDS_NAME).write_bytes(records[:-30])
    (out / "index.json").unlink()
    (out / "depth" / ".000005-000.png.4711.part").write_bytes(b"half")
    write(out)
    assert folder_bytes(out) == expected


def test_a_folder_without_its_index_is_called_half_written(tmp_path: Path) -> None:
    write(tmp_path / "out")
    (tmp_path / "out" / "index.json").unlink()
    with pytest.raises(PreparedDataError, match="half-written"):
        read_index(tmp_path / "out")


def test_ctrl_c_finishes_the_samples_at_hand_and_writes_an_index(uninterrupted, tmp_path: Path) -> None:
    layout, expected = uninterrupted
    out = tmp_path / "out"
    running = start(out, 16, "SlowRoom", layout=layout)
    wait_for(lambda: lines_of(out / RECORDS_NAME) >= 6)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    written = lines_of(out / RECORDS_NAME)
    assert said == f"rgbd-train: stopped with {written} of 16 samples written; the same command goes on\n"
    if layout == "prepared":
        assert len(read_index(out).samples) == written < 16
        assert len(list((out / "color").iterdir())) == written
    wait_for(lambda: not running_in_session(running.pid))
    write(out, 16, layout=layout)
    assert folder_bytes(out) == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_at_any_moment_leaves_one_line(tmp_path: Path, number: signal.Signals) -> None:
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("nohup keeps this signal from the suite, and from the program")
    for delay_s in (0.0, 0.1, 0.3):
        running = start(tmp_path / "out", 100, "SlowRoom")
        wait_for(lambda: len(running_in_session(running.pid)) > 1)  # noqa: B023 - its own signals are in order by then
        time.sleep(delay_s)
        os.killpg(running.pid, number)
        _, said = running.communicate(timeout=60)
        assert re.fullmatch(r"rgbd-train: stopped with \d+ of 100 samples written; the same command goes on\n", said)
        wait_for(lambda: not running_in_session(running.pid))  # noqa: B023


def test_a_full_disk_ends_with_one_line_and_can_be_gone_on_from(uninterrupted, tmp_path: Path) -> None:
    layout, expected = uninterrupted
    out = tmp_path / "out"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))  # the records fit for a while, pictures of noise do not

    running = start(out, 16, "PlainRoom", layout=layout, preexec_fn=limit)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 6
    assert said.count("\n") == 1
    assert said.startswith(f"rgbd-train: cannot write {out}")
    assert said.endswith("File too large; once that is cured the same command goes on\n")
    write(out, 16, layout=layout)
    assert folder_bytes(out) == expected


def test_no_room_for_the_records_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "out", 4)
    (tmp_path / "out" / RECORDS_NAME).unlink()
    (tmp_path / "out" / RECORDS_NAME).mkdir()
    with pytest.raises(OutputError, match=r"rooms\.jsonl"):
        write(tmp_path / "out", 5)


def test_a_room_that_fails_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    with pytest.raises(StoppedError) as caught:
        write(tmp_path / "out", 40, room=FaultyRoom)
    assert str(caught.value).startswith(f"room {BAD_SEED}: ZeroDivisionError: no floor (plain_rooms.py:")
    assert str(caught.value).endswith(f"; --seed {BAD_SEED} --count 1 repeats it")
    assert len(read_index(tmp_path / "out").samples) == BAD_SEED


def test_a_process_that_dies_is_told_with_its_room(tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match=f"room {DEADLY_SEED}: its process was killed, .* when memory runs out"):
        write(tmp_path / "out", 6, seed=DEADLY_SEED, room=FaultyRoom)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seed": 1}, "was begun with --seed 0, not --seed 1"),
        ({"frames_per_room": 2}, "was begun with --frames-per-room 1, not --frames-per-room 2"),
        ({"size": (64, 48)}, "was begun with --size 40x32, not --size 64x48"),
        ({"val_share": 0.2}, "was begun with --val-share 0.1, not --val-share 0.2"),
        ({"layout": "sunrgbd"}, "was begun with --layout prepared, not --layout sunrgbd"),
        ({"count": 5}, "was begun with --count 6; ask for that many or more"),
    ],
)
def test_other_settings_are_refused_and_nothing_changes(begun: Path, changes: dict, words: str) -> None:
    before = folder_bytes(begun)
    with pytest.raises(UsageError) as caught:
        write(begun, **{"count": 6, **changes})
    assert words in str(caught.value)
    assert folder_bytes(begun) == before


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else than rooms"):
        write(tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        write(tmp_path / "notes.txt")
    (tmp_path / "rooms.json").write_text('{"seed": 0')
    with pytest.raises(UsageError, match="is damaged"):
        write(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "rooms.json"]


def test_two_calls_never_write_to_one_folder(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(UsageError, match="another call is writing"):
        write(tmp_path)
    os.close(handle)
    assert write(tmp_path) == 0


def test_a_call_that_was_killed_at_its_very_beginning_is_begun_again(tmp_path: Path) -> None:
    part_path(tmp_path / SETTINGS_NAME).write_text('{"format_ver')
    assert write(tmp_path, 2) == 0
    assert not part_path(tmp_path / SETTINGS_NAME).exists()


def test_a_folder_that_cannot_be_locked_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")  # as some network drives do

    monkeypatch.setattr(fcntl, "flock", refuse)
    with pytest.raises(OutputError, match=r"the file system has no locks \(No locks available\)"):
        write(tmp_path)


def test_rooms_kept_for_tests_are_marked_and_said(tmp_path: Path, capsys) -> None:
    write(tmp_path / "out", 6, seed=69_998)
    splits = [sample.split for sample in read_index(tmp_path / "out").samples]
    assert splits[2:] == ["test"] * 4
    assert set(splits[:2]) == {"train", "val"}
    assert "rooms from 70000 on are kept for tests: 4 samples are marked test" in capsys.readouterr().err


def test_the_settings_say_how_the_folder_was_made(tmp_path: Path) -> None:
    write(tmp_path / "out", 2, seed=3)
    settings = json.loads((tmp_path / "out" / "rooms.json").read_text())
    assert (settings["seed"], settings["count"], settings["size"]) == (3, 2, [40, 32])

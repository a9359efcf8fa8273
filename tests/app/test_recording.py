"""Recording: every frame or a line that says why not, and what was written can always be played."""

from __future__ import annotations

import errno
import json
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from recordings import make_frames
from small_disks import small_disk
from waiting import wait_until

from app.options import LiveOptions
from app.outputs import record_files, record_queue
from app.outputs.all import Outputs
from app.outputs.record import Recorder
from app.outputs.record_queue import EncodingQueue, raw_bytes
from app.summary import recording_line
from console.errors import OutputError
from sensors.frames import RawFrame
from sensors.recordings.db3_writer import Db3Writer
from sensors.recordings.encoded_frame import EncodedFrame
from sensors.recordings.reader import open_recording
from sensors.source import SourceInfo

pytestmark = pytest.mark.timeout(60)
RECORDING = SourceInfo("a recording", "recording", False, 5, 30.0)
CAMERA = SourceInfo("a camera", "camera", True, None, 30.0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def played(path: Path) -> list[RawFrame]:
    with open_recording(path, "python") as source:
        return list(source)


def record(path: Path, frames, info=RECORDING, **options) -> Recorder:
    recorder = Recorder(path, info, **options)
    for frame in frames:
        recorder.add(frame)
    return recorder


def noise(count: int, size=(320, 240)) -> list[RawFrame]:
    """Frames that cannot be compressed."""
    (first,) = make_frames(1, color_size=size, depth_size=size)
    return [replace(first, index=index, timestamp_s=index / 30, frame_number=index) for index in range(count)]


def test_a_recording_plays_again_bit_for_bit(make_raw, tmp_path) -> None:
    recorder = record(tmp_path / "r.db3", (make_raw(index) for index in range(5)))
    recorder.close()
    assert (recorder.captured, recorder.written, recorder.dropped) == (5, 5, 0)
    assert names(tmp_path) == ["r.db3"]
    for raw in played(tmp_path / "r.db3"):
        np.testing.assert_array_equal(raw.color, make_raw(raw.index).color)
        np.testing.assert_array_equal(raw.depth_raw, make_raw(raw.index).depth_raw)
    assert raw.index == 4


def test_the_same_frames_give_the_same_bytes_however_fast_they_come(tmp_path) -> None:
    frames = make_frames(40)
    for name in ("a.db3", "b.db3"):
        record(tmp_path / name, frames).close()
    assert (tmp_path / "a.db3").read_bytes() == (tmp_path / "b.db3").read_bytes()


def test_a_recorder_without_frames_leaves_nothing(tmp_path) -> None:
    Recorder(tmp_path / "r.db3", RECORDING).close()
    assert not names(tmp_path)


@pytest.mark.parametrize("info", [RECORDING, CAMERA])
def test_a_recorder_that_cannot_write_says_so_and_blocks_nobody(make_raw, tmp_path, info) -> None:
    (tmp_path / "file").touch()
    frames = (make_raw(index) for index in range(100))
    recorder = record(tmp_path / "file" / "r.db3", frames, info, most_bytes=2 * raw_bytes(make_raw(0)))
    with pytest.raises(OutputError, match="file"):
        recorder.close()
    assert (recorder.captured, recorder.written) == (100, 0)


@pytest.fixture
def gate(monkeypatch) -> threading.Event:
    """While it is shut, no frame gets to the disk."""
    opened, append = threading.Event(), Db3Writer.append

    def slow(writer: Db3Writer, frame: EncodedFrame) -> None:
        opened.wait()
        append(writer, frame)

    monkeypatch.setattr(Db3Writer, "append", slow)
    return opened


def test_a_slow_disk_loses_a_camera_s_frames_by_count_and_by_bytes_and_never_more(tmp_path, gate) -> None:
    frames = noise(20)
    recorder = record(tmp_path / "r.db3", frames, CAMERA, most_bytes=6 * raw_bytes(frames[0]))
    assert recorder.dropped == 14  # six fit, of which one is on its way to the disk
    gate.set()
    recorder.close()
    assert recorder.report() == {
        "files": [str(tmp_path / "r.db3")],
        "captured": 20,
        "written": 6,
        "dropped": 14,
        "not_compressed": 0,
        "megabytes": pytest.approx(2.3, abs=0.1),
        "ended_early": None,
    }
    assert [frame.frame_number for frame in played(tmp_path / "r.db3")] == list(range(6))


def test_a_recording_that_is_recorded_waits_for_a_slow_disk(tmp_path, gate) -> None:
    frames = noise(20)
    threading.Timer(0.2, gate.set).start()
    recorder = record(tmp_path / "r.db3", frames, most_bytes=6 * raw_bytes(frames[0]))
    recorder.close()
    assert (recorder.written, recorder.dropped) == (20, 0)


def test_one_frame_always_fits(tmp_path) -> None:
    recorder = record(tmp_path / "r.db3", noise(1), CAMERA, most_bytes=10)
    recorder.close()
    assert recorder.written == 1


class SlowEncoder:
    """Stands in for EncodedFrame.of: notes the levels, and while it is shut, encodes nothing."""

    def __init__(self, monkeypatch) -> None:
        self.opened, self.levels, self.begun, self.done = threading.Event(), [], 0, 0
        self._encode, self._lock = EncodedFrame.of, threading.Lock()
        monkeypatch.setattr(record_queue.EncodedFrame, "of", self)

    def __call__(self, raw: RawFrame, level: int) -> EncodedFrame:
        with self._lock:
            self.begun += 1
        self.opened.wait()
        encoded = self._encode(raw, level)
        with self._lock:
            self.levels.append(level)
            self.done += 1
        return encoded


def test_while_many_wait_frames_are_stored_as_they_are_and_then_compressed_again(tmp_path, monkeypatch) -> None:
    encoder, frames = SlowEncoder(monkeypatch), make_frames(31)
    recorder = record(tmp_path / "r.db3", frames[:30], CAMERA)
    encoder.opened.set()
    wait_until(lambda: recorder.written == 30)
    recorder.add(frames[30])
    recorder.close()
    assert encoder.levels.count(0) == recorder.report()["not_compressed"] > 10
    assert encoder.levels[-1] == 1
    for frame, original in zip(played(recorder.path), frames, strict=True):
        np.testing.assert_array_equal(frame.color, original.color)
        np.testing.assert_array_equal(frame.depth_raw, original.depth_raw)


def test_a_recording_that_is_recorded_is_always_compressed(tmp_path, monkeypatch) -> None:
    encoder = SlowEncoder(monkeypatch)
    recorder = record(tmp_path / "r.db3", make_frames(30))
    encoder.opened.set()
    recorder.close()
    assert set(encoder.levels) == {1}


def test_a_slow_disk_gets_small_files(tmp_path, monkeypatch, gate) -> None:
    encoder = SlowEncoder(monkeypatch)
    encoder.opened.set()
    recorder = Recorder(tmp_path / "r.db3", CAMERA)
    for count, frame in enumerate(make_frames(30), 1):
        recorder.add(frame)
        wait_until(lambda count=count: encoder.done == count)
    gate.set()
    recorder.close()
    assert set(encoder.levels) == {1}
    assert recorder.written == 30


def test_frames_encoded_side_by_side_keep_their_order(tmp_path) -> None:
    frames = [frame for pair in zip(noise(10, (640, 480)), make_frames(10), strict=True) for frame in pair]
    queue = EncodingQueue(waits=True, most_bytes=1 << 30)
    for number, frame in enumerate(frames):
        queue.put(replace(frame, frame_number=number))
    queue.close()
    assert [encoded.number for encoded in queue] == list(range(20))


def test_a_defect_while_encoding_is_told_and_what_was_written_is_kept(tmp_path, monkeypatch) -> None:
    frames = make_frames(4)
    encode = EncodedFrame.of

    def broken(raw: RawFrame, level: int) -> EncodedFrame:
        if raw.index == 2:
            raise LookupError("a defect")
        return encode(raw, level)

    monkeypatch.setattr(record_queue.EncodedFrame, "of", broken)
    with pytest.raises(LookupError):
        record(tmp_path / "r.db3", frames).close()
    assert len(played(tmp_path / "r.db3")) == 2


def test_the_recording_ends_before_the_disk_is_full_and_is_finished(tmp_path) -> None:
    frames = noise(200)
    with small_disk(tmp_path / "disk", 300) as disk:  # 256 MB of them stay free
        recorder = record(disk / "r.db3", frames, CAMERA)
        with pytest.raises(OutputError, match=r"a recording leaves 256 MB; the recording ends after .* frames, which"):
            recorder.close()
        assert names(disk) == ["r.db3"]
        assert len(played(disk / "r.db3")) == recorder.written
        assert 90 < recorder.written < 140  # 44 MB of 0.4 MB each, looked at every 8 MB
        assert shutil.disk_usage(disk).free > 245 << 20
        assert recorder.report()["ended_early"] == str(recorder.failure)
        recorder.add(frames[0])
        assert (recorder.captured, recorder.dropped) == (201, 0)


def test_large_frames_leave_more_room() -> None:
    (raw,) = noise(1, (1280, 720))
    rig = record_files.Rig.of(raw)
    space = record_files.FreeSpace(Path("/"), rig, 30.0)
    assert space._floor_bytes == 5 * 30 * raw_bytes(raw)


def test_a_disk_that_is_nearly_full_is_not_begun(tmp_path) -> None:
    with small_disk(tmp_path / "disk", 100) as disk:
        with pytest.raises(OutputError, match="99 MB are free on the disk"):
            record(disk / "r.db3", noise(1)).close()
        assert names(disk) == []


def test_a_disk_that_fills_up_leaves_a_finished_recording(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(record_files, "LEAST_FREE_BYTES", 0)
    monkeypatch.setattr(record_files, "LEAST_FREE_S", 0)
    with small_disk(tmp_path / "disk", 4) as disk:
        recorder = record(disk / "r.db3", noise(100))
        with pytest.raises(OutputError, match="No space left on device; the recording ends after"):
            recorder.close()
        assert names(disk) == ["r.db3"]
        assert [frame.frame_number for frame in played(disk / "r.db3")] == list(range(recorder.written))
        assert recorder.written >= 7


@pytest.mark.parametrize("removed", ["folder", "file"])
def test_a_recording_that_is_taken_away_is_told(tmp_path, removed) -> None:
    path = tmp_path / "folder" / "r.db3"
    recorder = record(path, noise(3))
    wait_until(lambda: recorder.written == 3)
    shutil.rmtree(path.parent) if removed == "folder" else path.with_name("r.db3.part").unlink()
    for frame in noise(3):
        recorder.add(frame)
    with pytest.raises(OutputError, match=r"r\.db3: it was removed or moved away meanwhile$"):
        recorder.close()
    assert not path.exists()


def test_a_quota_is_named(tmp_path, monkeypatch) -> None:
    """SQLite says "disk I/O error" only. No disk with quotas can be mounted here, so the refusal is made up."""
    import sqlite3

    from sensors.recordings import db3_finish

    (tmp_path / "r.db3.part").touch()

    def used_up(**_):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")

    monkeypatch.setattr(db3_finish.tempfile, "TemporaryFile", used_up)
    error = db3_finish.refusal(tmp_path / "r.db3.part", sqlite3.OperationalError("disk I/O error"))
    assert (error.errno, error.strerror) == (errno.EDQUOT, "Disk quota exceeded")


def test_other_cameras_go_into_a_further_file(tmp_path, capsys) -> None:
    before, after = make_frames(3), make_frames(2, depth_size=(32, 24))
    (tmp_path / "r-2.db3").write_text("precious")
    recorder = record(tmp_path / "r.db3", [*before, *after], CAMERA)
    recorder.close()
    assert [len(played(path)) for path in recorder._files.paths] == [3, 2]
    assert names(tmp_path) == ["r-2.db3", "r-3.db3", "r.db3"]
    assert (tmp_path / "r-2.db3").read_text() == "precious"
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("r-3.db3, since depth frames are 32x24, not 56x40")


@pytest.mark.parametrize("moved", ["color_intrinsics", "depth_intrinsics"])
def test_a_camera_of_the_same_size_but_another_lens_is_another_camera(tmp_path, moved) -> None:
    first, second = make_frames(2)
    other = replace(second, **{moved: replace(getattr(second, moved), fx=50.0)})
    recorder = record(tmp_path / "r.db3", [first, other, replace(other, index=2)])
    recorder.close()
    assert [len(played(path)) for path in recorder._files.paths] == [1, 2]
    assert getattr(played(tmp_path / "r-2.db3")[0], moved).fx == 50.0


def test_a_camera_that_comes_back_goes_on_in_the_same_file(tmp_path) -> None:
    frames = make_frames(6, start_s=100.0)
    back = [replace(frame, timestamp_s=index / 30) for index, frame in enumerate(frames[3:])]  # its clock begins anew
    recorder = record(tmp_path / "r.db3", [*frames[:3], *back], CAMERA)
    recorder.close()
    assert names(tmp_path) == ["r.db3"]
    again = played(tmp_path / "r.db3")
    assert [frame.frame_number for frame in again] == [7, 8, 9, 10, 11, 12]
    assert [round(frame.timestamp_s, 2) for frame in again] == [100, 100.03, 100.07, 0, 0.03, 0.07]


@pytest.mark.parametrize("watched", [True, False])
def test_a_view_goes_on_when_the_recording_cannot(make_raw, result, tmp_path, capsys, watched) -> None:
    (tmp_path / "file").touch()
    outputs = Outputs(
        LiveOptions(record=tmp_path / "file" / "r.db3"), CAMERA, model="m", dropping=True, watched=watched
    )
    assert outputs.recorder is not None
    outputs.recorder.add(make_raw(0))
    wait_until(lambda: outputs.recorder.failure is not None)
    if watched:
        outputs.write(*result())
    else:
        with pytest.raises(OutputError):
            outputs.write(*result())
    with pytest.raises(OutputError, match="File exists"):
        outputs.close()
    said = capsys.readouterr().err.splitlines()
    assert [line.endswith("File exists; the view goes on") for line in said] == [True] * watched


def loop_over(folder: Path, *options: object) -> tuple[object, ...]:
    return ("--frames", folder, "--model", "none", "--view", "none", "--loop", *options)


def test_what_a_killed_program_recorded_plays(start_program, run_program, picture_folder, tmp_path) -> None:
    path, part, stats = tmp_path / "r.db3", tmp_path / "r.db3.part", tmp_path / "s.json"
    child = start_program(*loop_over(picture_folder, "--record", path))
    wait_until(lambda: part.exists() and part.stat().st_size > 300_000, seconds=50)
    child.kill()
    child.wait()
    assert not path.exists()
    code, _, errors = run_program("--bag", part, "--model", "none", "--view", "none", "--stats", stats)
    assert code == 0, errors
    assert json.loads(stats.read_text())["counters"]["segmented"] >= 10
    code, _, errors = run_program(*loop_over(picture_folder, "--record", path))
    assert (code, "is an unfinished recording" in errors) == (2, True)


def test_a_limit_on_files_ends_the_recording_and_the_program_says_so(run_program, picture_folder, tmp_path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import resource, sys\nresource.setrlimit(resource.RLIMIT_FSIZE, (400_000,) * 2)\nsys.dont_write_bytecode = 1\n"
    )
    path, stats = tmp_path / "r.db3", tmp_path / "s.json"
    code, _, errors = run_program(
        *loop_over(picture_folder, "--max-frames", 300, "--record", path, "--stats", stats), PYTHONPATH=str(site)
    )
    assert code == 6, errors
    recording = json.loads(stats.read_text())["recording"]
    assert 10 < recording["written"] == len(played(path)) < recording["captured"]
    line = errors.splitlines()[-1]
    kept = f"the recording ends after {recording['written']} frames, which are kept"
    assert line == f"rgbd-live: cannot write {path}: File too large; {kept}"
    assert recording["ended_early"] == line.removeprefix("rgbd-live: ")
    assert f"recorded {recording['written']} of {recording['captured']} frames captured" in errors
    assert sorted(tmp_path.iterdir()) == [path, stats, site]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "recorded 300 of 300 frames captured"),
        ({"written": 290, "dropped": 10}, "recorded 290 of 300 frames captured; 10 were lost because the disk or the"),
        ({"files": ["a.db3", "a-2.db3", "a-3.db3"]}, "the cameras changed, so see also a-2.db3, a-3.db3"),
    ],
)
def test_the_summary_tells_what_became_of_the_frames(changes, line) -> None:
    assert line in recording_line({"files": ["a.db3"], "captured": 300, "written": 300, "dropped": 0, **changes})

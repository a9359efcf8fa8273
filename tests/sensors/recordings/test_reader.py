"""Any recording: told apart by content, played from the start each time; bad files end in one clear line."""

from __future__ import annotations

import os
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from recordings import assert_same_frames, make_frames, streams_of, write_bag, write_db3

from sensors.errors import RecordingError
from sensors.recordings.reader import open_recording

Maker = Callable[[Path, int], Path]


def make_db3(path: Path, count: int) -> Path:
    return write_db3(path, make_frames(count))


def make_bag(path: Path, count: int) -> Path:
    frames = make_frames(count)
    return write_bag(path, frames[0], *streams_of(frames))


both = pytest.mark.parametrize(("make", "suffix"), [(make_db3, ".db3"), (make_bag, ".bag")], ids=["db3", "bag"])


def error_of(path: Path) -> str:
    """The error that opening and playing gives, checked to be one line that names the file."""
    with pytest.raises(RecordingError) as caught, open_recording(path) as source:
        list(source)
    message = str(caught.value)
    assert message.startswith(str(path))
    assert "\n" not in message
    return message.removeprefix(str(path))  # the folder's name has the test's words in it


@both
def test_every_frame_comes_once_in_order_as_written(tmp_path: Path, make: Maker, suffix: str) -> None:
    with open_recording(make(tmp_path / f"a{suffix}", 9)) as source:
        played = list(source)
        assert source.info.kind == "recording"
        assert not source.info.live
        assert (source.info.frame_count, source.info.fps, source.info.name) == (9, 30, f"a{suffix}")
        assert source.gaps == 0
    for index, (frame, original) in enumerate(zip(played, make_frames(9), strict=True)):
        np.testing.assert_array_equal(frame.color, original.color)
        np.testing.assert_array_equal(frame.depth_raw, original.depth_raw)
        assert (frame.index, frame.frame_number, frame.clock) == (index, original.frame_number, "hardware")
        assert frame.timestamp_s == pytest.approx(original.timestamp_s, abs=1e-9)
        assert frame.depth_unit_m == np.float32(0.001)
        assert repr(frame.color_intrinsics) == repr(original.color_intrinsics)
        assert repr(frame.depth_intrinsics) == repr(original.depth_intrinsics)
        np.testing.assert_allclose(frame.color_from_depth.rotation, original.color_from_depth.rotation, atol=1e-6)
        np.testing.assert_allclose(frame.color_from_depth.translation_m, [0.015, -0.004, 0.002], atol=1e-8)


@both
def test_frames_can_be_written_to(tmp_path: Path, make: Maker, suffix: str) -> None:
    with open_recording(make(tmp_path / f"a{suffix}", 1)) as source:
        (frame,) = source
    frame.color[:] = 0
    frame.depth_raw[:] = 0


@both
def test_iterating_again_starts_at_the_beginning(tmp_path: Path, make: Maker, suffix: str) -> None:
    with open_recording(make(tmp_path / f"a{suffix}", 5)) as source:
        first = list(source)
        next(iter(source))  # given up half-way
        assert_same_frames(first, list(source))
        assert source.status.state == "ended"


@both
def test_it_plays_in_another_thread_than_the_one_that_opened_it(tmp_path: Path, make: Maker, suffix: str) -> None:
    with open_recording(make(tmp_path / f"a{suffix}", 5)) as source:
        played: list[int] = []
        thread = threading.Thread(target=lambda: played.extend(frame.index for frame in source))
        thread.start()
        thread.join()
        assert played == [0, 1, 2, 3, 4]


@both
def test_stop_ends_the_iteration_from_any_thread(tmp_path: Path, make: Maker, suffix: str) -> None:
    with open_recording(make(tmp_path / f"a{suffix}", 20)) as source:
        seen = 0
        for _ in source:
            seen += 1
            if seen == 3:
                thread = threading.Thread(target=source.stop)
                thread.start()
                thread.join()
                source.stop()
        assert seen == 3
        assert source.status.state == "ended"
        assert len(list(source)) == 20


@both
def test_the_name_does_not_matter(tmp_path: Path, make: Maker, suffix: str) -> None:
    wrong = {".db3": ".bag", ".bag": ".db3"}[suffix]
    path = make(tmp_path / f"a{suffix}", 3).rename(tmp_path / f"b ü%20#{wrong}")
    with open_recording(path) as source:
        assert len(list(source)) == 3


def test_a_wrongly_named_recording_plays_with_the_sdk_too(tmp_path: Path) -> None:
    pytest.importorskip("pyrealsense2", exc_type=ImportError)
    path = make_db3(tmp_path / "a.db3", 3).rename(tmp_path / "a.bag")
    with open_recording(path, "sdk") as source:
        assert len(list(source)) == 3


def outcome(path: Path) -> str:
    """The error's text; empty when the recording plays."""
    try:
        with open_recording(path) as source:
            list(source)
    except RecordingError as error:
        return str(error)
    return ""


def test_missing_file(tmp_path: Path) -> None:
    assert "no such file" in error_of(tmp_path / "nothing.bag")


def test_a_directory(tmp_path: Path) -> None:
    assert "--frames" in error_of(tmp_path)


def test_a_pipe_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.bag")
    assert "not a regular file" in error_of(tmp_path / "a.bag")


@pytest.mark.parametrize("suffix", [".bag", ".db3"])
def test_empty_file(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    path.touch()
    assert "empty" in error_of(path)


@pytest.mark.parametrize("content", [b"garbage" * 1000, b"\x00" * 4096, b"#ROSBAG W2.0\n", b"\x89PNG"])
def test_garbage(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.bag"
    path.write_bytes(content)
    assert "not a RealSense recording" in error_of(path)


@both
@pytest.mark.parametrize("percent", [1, 50, 99])
def test_truncated(tmp_path: Path, make: Maker, suffix: str, percent: int) -> None:
    path = make(tmp_path / f"a{suffix}", 12)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * percent // 100])
    assert "truncated" in error_of(path)


@both
@pytest.mark.parametrize("length", [1, 9, 20, 99, 200])
def test_truncated_within_the_header(tmp_path: Path, make: Maker, suffix: str, length: int) -> None:
    path = make(tmp_path / f"a{suffix}", 2)
    path.write_bytes(path.read_bytes()[:length])
    assert "truncated" in error_of(path)


def test_the_real_bag_truncated(sample_data: Path, tmp_path: Path) -> None:
    content = (sample_data / "realsense_d435_bag" / "single_depth_color_640x480.bag").read_bytes()
    for percent in (1, 50, 99):
        (tmp_path / "a.bag").write_bytes(content[: len(content) * percent // 100])
        assert "truncated" in error_of(tmp_path / "a.bag")


@both
def test_holes_anywhere_never_give_another_error(tmp_path: Path, make: Maker, suffix: str) -> None:
    """A zeroed block anywhere: the recording plays, or says in one line what is wrong."""
    content = bytearray(make(tmp_path / f"a{suffix}", 4).read_bytes())
    path = tmp_path / f"b{suffix}"
    for start in np.linspace(0, len(content) - 600, 40).astype(int):
        damaged = content.copy()
        damaged[start : start + 600] = bytes(600)
        path.write_bytes(damaged)
        message = outcome(path)
        assert message == "" or message.startswith(str(path))
        assert "\n" not in message


def test_a_bag_without_index_was_cut_off(tmp_path: Path) -> None:
    path = make_bag(tmp_path / "a.bag", 2)
    content = bytearray(path.read_bytes())
    start = content.index(b"index_pos=") + len(b"index_pos=")
    content[start : start + 8] = struct.pack("<Q", 0)
    path.write_bytes(content)
    assert "cut off" in error_of(path)


def test_an_unreadable_file(tmp_path: Path) -> None:
    path = make_db3(tmp_path / "a.db3", 1)
    path.chmod(0)
    try:
        path.open("rb").close()
    except PermissionError:
        assert "cannot be read" in error_of(path)
    else:
        pytest.skip("this user may read everything")


def test_the_unfinished_recording_beside_a_missing_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "walk.db3.part").write_bytes(b"x")
    with pytest.raises(RecordingError, match=r"no such file; but .*walk\.db3\.part is there"):
        open_recording(tmp_path / "walk.db3")

"""Playback with librealsense and without it give the same frames to the last bit, whoever wrote the file."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from recordings import assert_same_frames, db3_writer, edit_db3, make_frames, streams_of, write_bag, write_db3

from sensors.errors import MissingLibraryError, RecordingError
from sensors.frames import RawFrame
from sensors.recordings.encoded_frame import EncodedFrame
from sensors.recordings.reader import open_recording

needs_sdk = pytest.mark.usefixtures("sdk")
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def sdk():
    return pytest.importorskip("pyrealsense2", reason="pyrealsense2 is not installed", exc_type=ImportError)


def play(path: Path, reader) -> tuple[list[RawFrame], int]:
    with open_recording(path, reader) as source:
        return list(source), source.gaps


def assert_readers_agree(path: Path, count: int) -> list[RawFrame]:
    ours, our_gaps = play(path, "python")
    theirs, their_gaps = play(path, "sdk")
    assert len(ours) == count
    assert_same_frames(ours, theirs)
    assert our_gaps == their_gaps
    with open_recording(path, "python") as python, open_recording(path, "sdk") as sdk:
        assert python.facts.device_name == sdk.facts.device_name
        assert python.facts.serial == sdk.facts.serial
        assert python.facts.fps == sdk.facts.fps
    return ours


@needs_sdk
def test_the_real_d435_bag(sample_data: Path) -> None:
    (frame,) = assert_readers_agree(sample_data / "realsense_d435_bag" / "single_depth_color_640x480.bag", 1)
    assert frame.frame_number == 162
    assert frame.timestamp_s == pytest.approx(360.713523)
    assert frame.depth_intrinsics.fx == pytest.approx(390.43, abs=0.01)


@needs_sdk
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("color_format", ["rgb8", "bgr8"])
def test_a_recording_by_the_sdk(tmp_path: Path, color_format: str, compress: bool) -> None:
    from fake_camera import FakeRig, record

    rig = FakeRig(color_format=color_format, depth_size=(80, 60), depth_unit_m=0.00025)
    scenes = [rig.scene(i) for i in range(6)]
    record(tmp_path / "sdk.db3", rig, scenes, compress=compress, first_number=1)
    frames = assert_readers_agree(tmp_path / "sdk.db3", 6)
    assert [frame.frame_number for frame in frames] == [1, 2, 3, 4, 5, 6]
    assert frames[0].depth_unit_m == pytest.approx(0.00025, rel=1e-6)
    for frame, (color, depth) in zip(frames, scenes, strict=True):
        assert (frame.color == color).all()
        assert (frame.depth_raw == depth).all()
    rotation = frames[0].color_from_depth.rotation
    assert rotation == pytest.approx(rig.color_from_depth.rotation, abs=1e-6)
    assert rotation != pytest.approx(rig.color_from_depth.rotation.T, abs=1e-2)


@needs_sdk
@pytest.mark.parametrize("unit_m", [0.001, 0.0001, 0.00025])
def test_a_recording_by_our_writer(tmp_path: Path, unit_m: float) -> None:
    frames = make_frames(8, unit_m=unit_m)
    played = assert_readers_agree(write_db3(tmp_path / "ours.db3", frames), 8)
    for frame, original in zip(played, frames, strict=True):
        assert (frame.color == original.color).all()
        assert (frame.depth_raw == original.depth_raw).all()
        assert frame.depth_unit_m == original.depth_unit_m
        assert frame.timestamp_s == pytest.approx(original.timestamp_s, abs=1e-9)
        assert frame.frame_number == original.frame_number


@needs_sdk
def test_a_recording_by_our_writer_in_every_haste(tmp_path: Path) -> None:
    """Frames that are stored as they are between frames that are compressed, large ones as cameras have them."""
    frames = [
        replace(
            frame,
            color_intrinsics=replace(frame.color_intrinsics, fx=600.25, fy=600.5),
            depth_intrinsics=replace(frame.depth_intrinsics, fx=420.25, fy=420.5),
        )
        for frame in make_frames(6, color_size=(640, 480), depth_size=(848, 480))
    ]
    with db3_writer(tmp_path / "ours.db3", frames[0]) as writer:
        for frame, level in zip(frames, (1, 0, 0, 1, 9, 0), strict=True):
            writer.append(EncodedFrame.of(frame, level))
    for played, original in zip(assert_readers_agree(tmp_path / "ours.db3", 6), frames, strict=True):
        assert (played.color == original.color).all()
        assert (played.depth_raw == original.depth_raw).all()


@needs_sdk
@pytest.mark.parametrize("tail", [b"", b"\x00\x00\x00\x00", b"\x6f\x12\x83\x3a"])
@pytest.mark.parametrize("bgr", [False, True])
def test_a_bag_by_rosbags(tmp_path: Path, tail: bytes, bgr: bool) -> None:
    frames = make_frames(6)
    path = write_bag(tmp_path / "ros.bag", frames[0], *streams_of(frames), tail=tail, bgr=bgr)
    if tail:  # librealsense wants the four bytes behind the image that its own writer adds
        assert_readers_agree(path, 6)
    ours, _ = play(path, "python")
    assert all((a.color == b.color).all() for a, b in zip(ours, frames, strict=True))


@needs_sdk
def test_streams_of_different_rates(tmp_path: Path) -> None:
    frames = make_frames(8)
    color, depth = streams_of(frames)
    depth.images, depth.stamps_s = depth.images[::2], [stamp + 0.004 for stamp in depth.stamps_s[::2]]
    path = write_bag(tmp_path / "rates.bag", frames[0], color, depth, fps=(30, 15), tail=bytes(4))
    played = assert_readers_agree(path, 4)
    assert [frame.frame_number for frame in played] == [7, 9, 11, 13]


@needs_sdk
def test_each_iteration_starts_at_the_beginning(tmp_path: Path) -> None:
    path = write_db3(tmp_path / "a.db3", make_frames(5))
    with open_recording(path, "sdk") as source:
        assert_same_frames(list(source), list(source))


@needs_sdk
def test_stopping_and_leaving_half_way_do_not_hang(tmp_path: Path) -> None:
    path = write_db3(tmp_path / "a.db3", make_frames(30, color_size=(320, 240), depth_size=(320, 240)))
    with open_recording(path, "sdk") as source:
        for index, _ in enumerate(source):
            if index == 1:
                threading.Thread(target=source.stop).start()
        assert index < 29
    with open_recording(path, "sdk") as source:
        next(iter(source))  # left with the queue full
    assert source.status.state == "ended"


@needs_sdk
def test_a_missing_stream_is_named(tmp_path: Path) -> None:
    frames = make_frames(3)
    color, _depth = streams_of(frames)
    path = write_bag(tmp_path / "color.bag", frames[0], color, None)
    with pytest.raises(RecordingError, match=r"color\.bag.*no depth stream"):
        open_recording(path, "sdk").__enter__()


@needs_sdk
def test_what_librealsense_refuses_is_one_line_with_the_file(tmp_path: Path) -> None:
    path = edit_db3(write_db3(tmp_path / "a.db3", make_frames(2)), "DROP TABLE messages")
    with pytest.raises(RecordingError, match=r"a\.db3: librealsense cannot play it") as caught:
        open_recording(path, "sdk").__enter__()
    assert "\n" not in str(caught.value)


@needs_sdk
def test_a_silent_librealsense_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import queue

    import sensors.recordings.sdk_playback as playback

    monkeypatch.setattr(playback, "WATCHDOG_S", 0.3)
    path = write_db3(tmp_path / "a.db3", make_frames(2))
    with playback.SdkRecordingSource(path) as source:
        frames = source._until_ended(queue.Queue(), threading.Event(), threading.Event())
        with pytest.raises(RecordingError, match="librealsense gave nothing"):
            next(frames)


def test_without_the_sdk_the_message_names_the_cure_and_python_still_plays(tmp_path: Path) -> None:
    # In a child process, since an imported module cannot be taken back.
    write_db3(tmp_path / "a.db3", make_frames(2))
    script = (
        "import sys; sys.modules['pyrealsense2'] = None\n"
        "from sensors.recordings.reader import open_recording\n"
        "with open_recording(sys.argv[1]) as source: print(len(list(source)))\n"
        "open_recording(sys.argv[1], 'sdk').__enter__()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "a.db3")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "2"
    last = done.stderr.strip().splitlines()[-1]
    assert MissingLibraryError.__name__ in last
    assert "pip install pyrealsense2" in last
    assert "apt install libusb-1.0-0" in last


@needs_sdk
def test_the_part_of_an_interrupted_recording_plays_in_both(tmp_path: Path) -> None:
    frames = make_frames(4)
    with pytest.raises(ValueError, match="declared"):
        write_db3(tmp_path / "x.db3", [*frames, *make_frames(1, color_size=(8, 8))])
    assert_readers_agree(tmp_path / "x.db3.part", 4)

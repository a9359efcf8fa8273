"""The ROS1 .bag reader: old and new SDKs' spellings, compression, and what it says about content that it cannot use."""

from __future__ import annotations

import bz2
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from recordings import COLOR, DEPTH, BagStream, assert_same_frames, make_frames, streams_of, write_bag

import sensors.recordings.bag
from sensors.errors import RecordingError
from sensors.frames import RawFrame
from sensors.recordings.bag import BagSource

FRAMES = make_frames(5)


def make(path: Path, **options: Any) -> Path:
    return write_bag(path, FRAMES[0], *streams_of(FRAMES), **options)


def played(path: Path) -> list[RawFrame]:
    with BagSource(path) as source:
        return list(source)


def error_of(path: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        played(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))  # the folder's name has the test's words in it


@pytest.fixture
def plain(tmp_path: Path) -> list[RawFrame]:
    return played(make(tmp_path / "plain.bag"))


def test_the_real_d435_bag_gives_exactly_one_frame(sample_data: Path) -> None:
    with BagSource(sample_data / "realsense_d435_bag" / "single_depth_color_640x480.bag") as source:
        (frame,) = source
        assert source.gaps == 1  # its second depth frame has no colour
        assert source.info.frame_count == 1
        assert source.facts.device_name == "Intel RealSense D435"
        assert source.facts.serial == "728612070259"
        assert source.facts.fps == {"color": 6, "depth": 6}
    assert (frame.color.shape, frame.depth_raw.shape) == ((480, 640, 3), (480, 640))
    assert frame.depth_intrinsics.fx == pytest.approx(390.43, abs=0.01)
    assert frame.color_intrinsics.cy == pytest.approx(239.18, abs=0.01)
    assert frame.color_from_depth.translation_m == pytest.approx([0.0143, 0.0006, 0.0006], abs=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"unit_option": "Depth Units"},
        {"tail": bytes(4)},
        {"tail": b"\x6f\x12\x83\x3a"},
        {"compression": "lz4"},
        {"compression": "bz2"},
        {"bgr": True},
    ],
    ids=str,
)
def test_every_dialect_gives_the_same_frames(tmp_path: Path, plain: list[RawFrame], options: dict[str, Any]) -> None:
    assert_same_frames(played(make(tmp_path / "a.bag", **options)), plain)


@pytest.mark.parametrize(("left_out", "word"), [(0, "colour"), (1, "depth")])
def test_a_missing_stream_is_named(tmp_path: Path, left_out: int, word: str) -> None:
    streams: list[BagStream | None] = list(streams_of(FRAMES))
    streams[left_out] = None
    assert f"no {word} stream" in error_of(write_bag(tmp_path / "a.bag", FRAMES[0], *streams))


@pytest.mark.parametrize(("empty", "word"), [(0, "colour"), (1, "depth")])
def test_a_stream_without_frames_is_named(tmp_path: Path, empty: int, word: str) -> None:
    streams = list(streams_of(FRAMES))
    streams[empty] = BagStream([], [])
    assert f"no {word} frames" in error_of(write_bag(tmp_path / "a.bag", FRAMES[0], *streams))


@pytest.mark.parametrize("unit_m", [0.0, -0.001, float("nan"), float("inf"), None])
def test_a_depth_unit_that_makes_no_metres(tmp_path: Path, unit_m: float | None) -> None:
    assert "depth unit" in error_of(make(tmp_path / "a.bag", unit_m=unit_m))


def test_different_sizes_and_rates_play(tmp_path: Path) -> None:
    color, depth = streams_of(make_frames(12, color_size=(128, 96), depth_size=(64, 48)))
    depth.images, depth.stamps_s = depth.images[::2], depth.stamps_s[::2]
    like = make_frames(1, color_size=(128, 96), depth_size=(64, 48))[0]
    path = write_bag(tmp_path / "a.bag", like, color, depth, fps=(30, 15))
    with BagSource(path) as source:
        assert [frame.frame_number for frame in source] == [7, 9, 11, 13, 15, 17]
        assert source.gaps == 6


def test_stamps_that_never_meet(tmp_path: Path) -> None:
    color, depth = streams_of(FRAMES)
    depth.stamps_s = [stamp + 100 for stamp in depth.stamps_s]
    assert "close enough" in error_of(write_bag(tmp_path / "a.bag", FRAMES[0], color, depth))


def spoil(topic: str, **changes: Any):
    """An edit that changes fields of a topic's messages; None as only value leaves the topic out."""

    def edit(found: str, message: Any) -> Any:
        if found == topic:
            for name, value in changes.items():
                setattr(message, name, value)
        return message

    return edit


def without(topic: str):
    return lambda found, message: None if found == topic else message


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (without("/file_version"), "not a RealSense recording"),
        (without(f"{COLOR}/info/camera_info"), "camera_info"),
        (without(f"{DEPTH}/tf/1"), "extrinsics"),
        (spoil(f"{COLOR}/info/camera_info", width=0), "camera_info"),
        (spoil(f"{COLOR}/info/camera_info", width=10**9, height=10**9), "1000000000x1000000000"),
        (spoil(f"{DEPTH}/info/camera_info", K=np.zeros(9)), "camera_info"),
        (spoil(f"{DEPTH}/info/camera_info", K=np.full(9, np.nan)), "camera_info"),
        (spoil(f"{DEPTH}/info/camera_info", distortion_model="Wild Guess"), "Wild Guess"),
        (spoil(f"{DEPTH}/info/camera_info", K=np.full(9, 0.01)), "focal length"),
        (spoil(f"{COLOR}/info/camera_info", K=np.full(9, 1e6)), "focal length"),
        (spoil(f"{COLOR}/info/camera_info", K=np.full(9, 1e300)), "camera_info"),
        (spoil(f"{COLOR}/tf/1", rotation=SimpleNamespace(x=1e300, y=0.0, z=0.0, w=1.0)), "extrinsics"),
        (spoil(f"{DEPTH}/tf/1", translation=SimpleNamespace(x=1e300, y=0.0, z=0.0, w=1.0)), "extrinsics"),
        (spoil(f"{DEPTH}/info", encoding=""), "depth stream does not say its format; record it as Z16"),
        (spoil(f"{COLOR}/info", encoding="YUYV"), "colour stream is stored as YUYV"),
        (spoil(f"{DEPTH}/info", encoding="8UC1"), "depth stream is stored as 8UC1"),
    ],
)
def test_what_is_constant_is_checked(tmp_path: Path, edit, expected: str) -> None:
    assert expected in error_of(make(tmp_path / "a.bag", edit=edit))


@pytest.mark.parametrize(
    "changes",
    [
        {"width": 10**9, "height": 10**9},
        {"height": 47},
        {"step": 1},
        {"step": 2**32 - 1},
        {"encoding": "bayer_rggb8"},
        {"is_bigendian": 1},
        {"data": np.zeros(10, np.uint8)},
    ],
    ids=lambda changes: " ".join(changes),
)
def test_a_damaged_image_names_the_frame(tmp_path: Path, changes: dict[str, Any]) -> None:
    count = 0

    def edit(topic: str, message: Any) -> Any:
        nonlocal count
        count += topic == f"{COLOR}/image/data"
        return spoil(f"{COLOR}/image/data", **changes)(topic, message) if count == 3 else message

    message = error_of(make(tmp_path / "a.bag", edit=edit))
    assert "frame 2: the colour" in message


@pytest.mark.parametrize("length", [0, 3, 11, 40])
def test_a_message_that_ends_too_early(tmp_path: Path, length: int) -> None:
    def edit(topic: str, message: Any) -> Any:
        return b"\x08" * length if topic == f"{DEPTH}/image/data" else message

    assert "claims" in error_of(make(tmp_path / "a.bag", edit=edit))


@pytest.mark.parametrize("compression", ["lz4", "bz2"])
def test_a_chunk_may_not_unpack_to_anything_huge(tmp_path: Path, monkeypatch, compression: str) -> None:
    path = make(tmp_path / "a.bag", compression=compression)
    assert len(played(path)) == 5
    monkeypatch.setattr(sensors.recordings.bag, "MAX_CHUNK_BYTES", 10_000)
    assert "unpacks to more than" in error_of(path)


@pytest.mark.parametrize(("compression", "magic"), [("lz4", b"\x04\x22\x4d\x18"), ("bz2", b"BZh9")])
def test_a_damaged_chunk_is_not_told_in_pythons_words(tmp_path: Path, compression: str, magic: bytes) -> None:
    path = make(tmp_path / "a.bag", compression=compression)
    content = bytearray(path.read_bytes())
    start = content.index(magic) + len(magic)
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    message = error_of(path)
    assert "damaged" in message
    assert "Error" not in message


def test_unpacking_never_makes_more_than_allowed(monkeypatch) -> None:
    monkeypatch.setattr(sensors.recordings.bag, "MAX_CHUNK_BYTES", 1000)
    with pytest.raises(ValueError, match="more than 1000"):
        sensors.recordings.bag._unpack_bz2(bz2.compress(bytes(10**6)))


def test_memory_stays_flat_over_ten_thousand_frames(tmp_path: Path) -> None:
    frame = make_frames(1, color_size=(16, 12), depth_size=(16, 12))[0]
    stamps = [1 + i / 30 for i in range(10_000)]
    color, depth = BagStream([frame.color] * 10_000, stamps), BagStream([frame.depth_raw] * 10_000, stamps)
    rss: list[int] = []
    with BagSource(write_bag(tmp_path / "a.bag", frame, color, depth)) as source:
        for frame in source:
            if frame.index in (500, 5000, 9500):
                rss.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
    assert frame.index == 9999
    assert rss[-1] - rss[0] < 4 << 20

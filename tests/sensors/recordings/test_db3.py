"""The .db3 reader: what it understands, and what it says about content that it does not."""

from __future__ import annotations

import sqlite3
import struct
import zlib
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from recordings import assert_same_frames, drop_topics, edit_db3, make_frames, set_text, write_db3

from sensors.errors import RecordingError
from sensors.recordings.db3 import Db3Source
from sensors.recordings.wire import CdrWriter

COLOR_DATA = "Color_0/image/data/compressed"
DEPTH_DATA = "Depth_0/image/data/compressedDepth"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_db3(tmp_path / "a.db3", make_frames(5))


def test_playing_may_begin_anywhere_and_again(path: Path) -> None:
    with Db3Source(path) as source:
        whole = list(source)
        assert_same_frames(list(source.frames_from(3)), whole[3:])
        assert list(source.frames_from(5)) == []
        assert_same_frames(list(source), whole)
        assert source.gaps == 0


def test_what_is_missing_before_the_place_is_not_counted_each_time(tmp_path: Path) -> None:
    frames = make_frames(8)
    with Db3Source(write_db3(tmp_path / "a.db3", [*frames[:2], *frames[4:]])) as source:
        list(source)
        assert source.gaps == 2
        for _ in range(3):
            list(source.frames_from(3))
        assert source.gaps == 2
        list(source.frames_from(1))
        assert source.gaps == 4


def test_frames_before_the_place_are_not_decoded(path: Path) -> None:
    row, _ = message_of(path, COLOR_DATA, 1)
    replace_message(path, row, b"broken")
    with Db3Source(path) as source:
        assert [frame.index for frame in source.frames_from(2)] == [2, 3, 4]


def error_of(path: Path) -> str:
    with pytest.raises(RecordingError) as caught, Db3Source(path) as source:
        list(source)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(path))  # the folder's name has the test's words in it


def message_of(path: Path, topic: str, position: int) -> tuple[int, bytes]:
    """Row and content of a topic's message."""
    with closing(sqlite3.connect(path)) as database:
        query = "SELECT m.id, data FROM messages m JOIN topics t ON t.id = topic_id WHERE name LIKE ? ORDER BY m.id"
        return database.execute(query, (f"%{topic}",)).fetchall()[position]


def replace_message(path: Path, row: int, data: object) -> Path:
    return edit_db3(path, ("UPDATE messages SET data = ? WHERE id = ?", (data, row)))


def test_device_name_and_serial(path: Path) -> None:
    with Db3Source(path) as source:
        assert (source.facts.device_name, source.facts.serial) == ("Test D435", "0042")


@pytest.mark.parametrize(("part", "word"), [("Color_0", "colour"), ("Depth_0", "depth")])
def test_a_missing_stream_is_named(path: Path, part: str, word: str) -> None:
    assert f"no {word} stream" in error_of(edit_db3(path, *drop_topics(part)))


@pytest.mark.parametrize(("part", "word"), [("Color_0/image", "colour"), ("Depth_0/image", "depth")])
def test_a_stream_without_frames_is_named(path: Path, part: str, word: str) -> None:
    assert f"no {word} frames" in error_of(edit_db3(path, *drop_topics(part)))


def test_zero_frames(path: Path) -> None:
    # The topics are there, as after a recording that was stopped at once.
    path = edit_db3(path, "DELETE FROM messages WHERE timestamp > 0")
    assert "no colour frames" in error_of(path)


@pytest.mark.parametrize("new", ["0.000", "-0.01", "99999", "  nan"])
def test_a_depth_unit_that_makes_no_metres(path: Path, new: str) -> None:
    message = error_of(edit_db3(path, *drop_topics("Depth_Units"), *_with_unit(new)))
    assert "depth unit" in message


def _with_unit(text: str) -> list[tuple[str, tuple[object, ...]]]:
    topic = "/device_0/sensor_0/option/Depth_Units/value"
    return [
        ("INSERT INTO topics VALUES (900, ?, 'std_msgs/msg/String', 'cdr', '')", (topic,)),
        ("INSERT INTO messages VALUES (900, 900, 0, ?)", (CdrWriter().text(text).message(),)),
    ]


def test_without_the_option_the_unit_comes_with_the_frames(path: Path) -> None:
    with Db3Source(edit_db3(path, *drop_topics("Depth_Units"))) as source:
        assert source.facts.depth_unit_m == np.float32(0.001)


def test_no_depth_unit_at_all(path: Path) -> None:
    path = edit_db3(path, *drop_topics("Depth_Units"), set_text("Depth_0/image/metadata", "depth_units", "other_units"))
    assert "does not say its depth unit" in error_of(path)


def test_a_nonsense_time_stamp(path: Path) -> None:
    edit_db3(path, set_text("Color_0/image/metadata", "timestamp=1000.000000", "timestamp=        nan"))
    assert "time stamp" in error_of(path)


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("Color_0/image/metadata", "timestamp=1000.000000", "timestamp=1000,000000"),
        ("Color_0/image/metadata", "Frame number=7", "Frame number=?"),
        ("Depth_0/info", "fps=30", "fps=3O"),
        ("Depth_Units/value", "0.001", "0.0o1"),
        ("Depth_0/tf/ref_1", "translation=0", "translation=_"),
    ],
)
def test_a_number_that_is_none_is_damage(path: Path, part: str, old: str, new: str) -> None:
    assert "a message is damaged" in error_of(edit_db3(path, set_text(part, old, new)))


def test_a_time_in_the_file_that_is_no_number(path: Path) -> None:
    # SQLite lets any column hold anything.
    edit_db3(path, *drop_topics("image/metadata"), "UPDATE messages SET timestamp = 'soon' WHERE timestamp > 0")
    with Db3Source(path) as source:
        assert list(source)


@pytest.mark.parametrize("character", ["\n", "\x13", "\x1b"])
def test_what_a_damaged_file_says_is_not_passed_on_as_control_characters(path: Path, character: str) -> None:
    assert error_of(edit_db3(path, set_text("Color_0/camera_info", "Inverse", f"Inv{character}rse"))).isprintable()
    content = path.read_bytes().replace(b"name TEXT", b"name " + character.encode() + b"EXT")
    path.write_bytes(content.replace(b"serialization_format TEXT", b"serialization_format" + character.encode() * 5))
    assert error_of(path).isprintable()


def test_a_damaged_image_leaves_one_line(path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    row, data = message_of(path, COLOR_DATA, 0)
    middle = len(data) // 2
    replace_message(path, row, data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    assert "colour image is damaged" in error_of(path)
    assert capfd.readouterr() == ("", "")  # libpng writes to stderr by itself


def test_missing_camera_info(path: Path) -> None:
    assert "camera_info" in error_of(edit_db3(path, *drop_topics("Color_0/camera_info")))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("fx=60.25", "fx=-0.25"),
        ("fx=60.25", "fx=  nan"),
        ("fx=60.25", "fx=abcde"),
        ("fx=60.25", "xf=60.25"),
        ("width=64", "width=00"),
        ("width=64", "width=-4"),
        ("fx=60.25", "fx=6e025"),
        ("Inverse Brown", "Perverse Bron"),
        ("0.125,-0.25", "0.125;-0.25"),
    ],
)
def test_nonsense_camera_info(path: Path, old: str, new: str) -> None:
    edit_db3(path, set_text("Color_0/camera_info", old, new))
    if new == "0.125;-0.25":  # fewer coefficients than five are fine
        with Db3Source(path) as source:
            assert source.facts.intrinsics["color"].distortion == (0.125,)
        return
    assert "camera_info" in error_of(path)


def test_a_claim_of_a_huge_image_is_refused_before_anything_is_allocated(path: Path) -> None:
    row, _ = message_of(path, "Color_0/camera_info", 0)
    text = "width=1000000000;height=1000000000;fx=60;ppx=30;fy=60;ppy=30;model=None;coeffs=0,0,0,0,0"
    assert "1000000000x1000000000" in error_of(replace_message(path, row, CdrWriter().text(text).message()))


def test_a_png_that_claims_to_be_huge(path: Path) -> None:
    row, data = message_of(path, COLOR_DATA, 2)
    start = data.index(b"IHDR") + 4
    header = struct.pack(">II", 10**9, 10**9) + data[start + 8 : start + 13]
    data = data[:start] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + data[start + 17 :]
    message = error_of(replace_message(path, row, data))
    assert "frame 2" in message
    assert "1000000000x1000000000" in message


@pytest.mark.parametrize(("topic", "word"), [(COLOR_DATA, "colour"), (DEPTH_DATA, "depth")])
@pytest.mark.parametrize("damage", ["flipped", "cut", "zeroed tail", "no image", "short message", "text"])
def test_a_damaged_image_names_the_frame(path: Path, topic: str, word: str, damage: str) -> None:
    row, data = message_of(path, topic, 3)
    middle = len(data) // 2
    spoilt = {
        "flipped": data[:middle] + bytes(255 - b for b in data[middle : middle + 40]) + data[middle + 40 :],
        "cut": data[:middle],
        "zeroed tail": data[:middle] + bytes(len(data) - middle),
        "no image": data[:64] + bytes(len(data) - 64),
        "short message": data[:5],
        "text": "hello",
    }[damage]
    message = error_of(replace_message(path, row, spoilt))
    assert "frame 3" in message
    if damage in ("flipped", "zeroed tail", "no image"):
        assert f"{word} image is damaged" in message


def test_frames_before_the_damaged_one_play(path: Path) -> None:
    row, data = message_of(path, COLOR_DATA, 3)
    with Db3Source(replace_message(path, row, data[:100])) as source:
        frames = iter(source)
        assert [next(frames).index for _ in range(3)] == [0, 1, 2]
        with pytest.raises(RecordingError, match="frame 3"):
            next(frames)
        assert source.status.state == "ended"


def test_an_image_of_another_size_than_declared(path: Path, tmp_path: Path) -> None:
    other = write_db3(tmp_path / "other.db3", make_frames(1, color_size=(32, 24)))
    row, _ = message_of(path, COLOR_DATA, 1)
    assert "expected 64x48" in error_of(replace_message(path, row, message_of(other, COLOR_DATA, 0)[1]))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("RGB8", "YUYV", "colour stream is stored as YUYV"), ("RGB8", "RAW8", "colour stream is stored as RAW8")],
)
def test_formats_that_cannot_be_read_are_named(path: Path, old: str, new: str, expected: str) -> None:
    assert expected in error_of(edit_db3(path, set_text("Color_0/info", old, new)))


def test_an_image_format_that_cannot_be_read_is_named(path: Path) -> None:
    row, data = message_of(path, COLOR_DATA, 0)
    assert "zst" in error_of(replace_message(path, row, data.replace(b"rgb8; png ", b"rgb8; zst ")))


def test_compressed_messages_are_refused(path: Path) -> None:
    row, data = message_of(path, COLOR_DATA, 0)
    assert "zstd" in error_of(replace_message(path, row, b"\x28\xb5\x2f\xfd" + data[4:]))


def test_no_extrinsics(path: Path) -> None:
    assert "extrinsics" in error_of(edit_db3(path, *drop_topics("/tf/ref_1")))


@pytest.mark.parametrize(("old", "new"), [("rotation=1,0,0", "rotation=9,9,9"), ("rotation=1,0", "rotation=100")])
def test_nonsense_extrinsics(path: Path, old: str, new: str) -> None:
    assert "extrinsics" in error_of(edit_db3(path, set_text("Depth_0/tf/ref_1", old, new)))


def test_a_depth_camera_that_is_not_the_reference(path: Path) -> None:
    """The colour camera as the reference: color_from_depth is the inverse of the depth camera's pose."""
    turned = "rotation=0,1,0,-1,0,0,0,0,1;translation=0.5,0.25,0.125"  # columns: x -> y, y -> -x
    still = "rotation=1,0,0,0,1,0,0,0,1;translation=0,0,0"
    for topic, text in (("Depth_0/tf/ref_1", turned), ("Color_0/tf/ref_1", still)):
        replace_message(path, message_of(path, topic, 0)[0], CdrWriter().text(text).message())
    with Db3Source(path) as source:
        transform = source.facts.color_from_depth
    # depth_from_reference turns x into y and then shifts; undoing it brings the shifted origin back to zero.
    np.testing.assert_allclose(transform.apply(np.array([0.5, 0.25, 0.125])), [0, 0, 0], atol=1e-7)
    np.testing.assert_allclose(transform.apply(np.array([0.5, 1.25, 0.125])), [1, 0, 0], atol=1e-7)


def test_another_sqlite_database(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db3")) as database:
        database.execute("CREATE TABLE things(a)")
        database.commit()
    assert "not a RealSense recording" in error_of(tmp_path / "a.db3")


def test_views_instead_of_tables_are_not_trusted(path: Path) -> None:
    edit_db3(path, "ALTER TABLE messages RENAME TO m", "CREATE VIEW messages AS SELECT 1 id, randomblob(1e9) data")
    assert "not a RealSense recording" in error_of(path)


def test_frames_without_metadata_play_by_their_time_in_the_file(path: Path) -> None:
    with Db3Source(edit_db3(path, *drop_topics("image/metadata"))) as source:
        frames = list(source)
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert {frame.frame_number for frame in frames} == {-1}
    assert frames[1].timestamp_s - frames[0].timestamp_s == pytest.approx(1 / 30, abs=1e-6)


def test_memory_stays_flat_over_ten_thousand_frames(tmp_path: Path) -> None:
    path = write_db3(tmp_path / "long.db3", make_frames(10, color_size=(32, 24), depth_size=(32, 24)))
    repeat = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) INSERT INTO messages "
        "SELECT NULL, topic_id, timestamp + i * 400000000, data FROM messages, n WHERE timestamp > 0"
    )
    edit_db3(path, repeat)
    rss: list[int] = []
    with Db3Source(path) as source:
        for frame in source:
            if frame.index in (500, 5000, 9500):
                rss.append(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
    assert frame.index == 9999
    assert rss[-1] - rss[0] < 4 << 20

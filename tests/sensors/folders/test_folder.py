from __future__ import annotations

import json
import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sensors.errors import RecordingError
from sensors.folders.folder import FolderSource
from sensors.folders.pairs import natural_key, split_role
from sensors.frames import RawFrame

WIDTH, HEIGHT = 8, 6
MATRIX = "5.5 0 3.5\n0 5.5 2.5\n0 0 1\n"


def color_of(index: int) -> np.ndarray:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[..., 0], image[..., 1], image[:, 0, 2] = 10 * index + 10, 200, 100
    return image


def depth_of(index: int) -> np.ndarray:
    depth = np.arange(HEIGHT * WIDTH, dtype=np.uint16).reshape(HEIGHT, WIDTH) * 700
    depth[0, 1] = 65535
    return depth + np.uint16(index)


def save(path: Path, image: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(image).save(path)


def write_folder(
    root: Path, color: str = "color/{:03}.png", depth: str = "depth/{:03}.png", count: int = 3, matrix: str = MATRIX
) -> Path:
    for index in range(count):
        save(root / color.format(index), color_of(index))
        save(root / depth.format(index), depth_of(index))
    (root / "intrinsics.txt").write_text(matrix)
    return root


def play(root: Path, depth_unit_m: float | None = None) -> list[RawFrame]:
    with FolderSource(root, depth_unit_m) as source:
        return list(source)


def refusal(root: Path) -> str:
    with pytest.raises(RecordingError) as caught:
        play(root)
    message = str(caught.value)
    assert "\n" not in message
    assert root.name in message
    return message


@pytest.mark.parametrize(
    ("color", "depth"),
    [
        ("color/{:03}.png", "depth/{:03}.png"),
        ("rgb/{}.png", "depth/{}.png"),
        ("image/{:03}.png", "Depth/{:03}.png"),
        ("Colour/a{}_rgb.png", "depth/a{}_depth.png"),
        ("frame-{:06}.color.png", "frame-{:06}.depth.png"),
        ("{}_rgb.png", "{}_depth.png"),
        ("{}-color.png", "{}-depth.png"),
        ("color_{}.png", "depth_{}.png"),
    ],
)
def test_every_layout_plays_bit_identically(tmp_path: Path, color: str, depth: str) -> None:
    frames = play(write_folder(tmp_path, color, depth, count=12), 0.001)
    assert [frame.index for frame in frames] == list(range(12))
    for index, frame in enumerate(frames):
        np.testing.assert_array_equal(frame.color, color_of(index))
        np.testing.assert_array_equal(frame.depth_raw, depth_of(index))


def test_playing_may_begin_anywhere(tmp_path: Path) -> None:
    with FolderSource(write_folder(tmp_path, count=4), 0.001) as source:
        later = list(source.frames_from(2))
        assert [frame.index for frame in later] == [2, 3]
        np.testing.assert_array_equal(later[0].color, color_of(2))
        assert list(source.frames_from(4)) == []


def test_frames_carry_the_camera_and_made_up_times(tmp_path: Path) -> None:
    with FolderSource(write_folder(tmp_path), 0.0002, fps=10) as source:
        frames = list(source)
        assert source.info.kind == "folder"
        assert source.info.frame_count == 3
        assert not source.info.live
        assert source.status.state == "ended"
    assert [frame.timestamp_s for frame in frames] == pytest.approx([0, 0.1, 0.2])
    assert {frame.clock for frame in frames} == {"none"}
    assert frames[0].depth_unit_m == 0.0002
    assert frames[0].color_from_depth.is_identity
    camera = frames[0].color_intrinsics
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (5.5, 5.5, 3.5, 2.5)


def test_iterating_again_starts_at_the_beginning_and_stop_ends_it(tmp_path: Path) -> None:
    with FolderSource(write_folder(tmp_path), 0.001) as source:
        frames = iter(source)
        next(frames)
        source.stop()
        assert list(frames) == []
        assert [frame.index for frame in source] == [0, 1, 2]


def test_jpeg_colour_and_images_without_a_role_beside(tmp_path: Path) -> None:
    write_folder(tmp_path, "color/{:03}.jpg")
    save(tmp_path / "label/000.png", depth_of(0))
    frame = play(tmp_path, 0.001)[1]
    assert np.abs(frame.color.astype(int) - color_of(1)).mean() < 12


@pytest.mark.parametrize(
    ("content", "unit"),
    [
        ({"fx": 5.5, "fy": 5.5, "cx": 3.5, "cy": 2.5}, 0.001),
        ({"fx": 5.5, "fy": 5.5, "cx": 3.5, "cy": 2.5, "width": 8, "height": 6, "depth_unit_m": 0.00025}, 0.00025),
        ({"camera_matrix": [[5.5, 0, 3.5], [0, 5.5, 2.5], [0, 0, 1]], "depth_unit_m": 0.0001}, 0.0001),
        ({"K": [5.5, 0, 3.5, 0, 5.5, 2.5, 0, 0, 1]}, 0.001),
        ({"intrinsic_matrix": [5.5, 0, 0, 0, 5.5, 0, 3.5, 2.5, 1], "width": 8, "height": 6}, 0.001),
        ({"intrinsics": {"fx": 5.5, "fy": 5.5, "cx": 3.5, "cy": 2.5}, "depth_unit_m": 0.5}, 0.5),
    ],
)
def test_json_intrinsics(tmp_path: Path, content: dict[str, object], unit: float) -> None:
    write_folder(tmp_path, matrix="not read: JSON goes first")
    (tmp_path / "intrinsics.json").write_text(json.dumps(content))
    frame = play(tmp_path)[0]
    camera = frame.color_intrinsics
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (5.5, 5.5, 3.5, 2.5)
    assert frame.depth_unit_m == unit


@pytest.mark.parametrize(
    ("distortion", "warned"), [({}, False), ({"coeffs": [0, 0, 0.0]}, False), ({"dist_coeffs": [[0.1, -0.2]]}, True)]
)
def test_lens_distortion_that_is_not_used_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, distortion: dict, warned: bool
) -> None:
    write_folder(tmp_path)
    content = {"fx": 5, "fy": 5, "cx": 3, "cy": 2, "depth_unit_m": 0.001, **distortion}
    (tmp_path / "intrinsics.json").write_text(json.dumps(content))
    with caplog.at_level(logging.WARNING):
        assert play(tmp_path)
    assert any("distortion" in record.getMessage() for record in caplog.records) == warned


def test_the_depth_unit_is_the_options_then_the_files_then_a_millimetre_with_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_folder(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert play(tmp_path, 0.01)[0].depth_unit_m == 0.01
        assert not caplog.records
        assert play(tmp_path)[0].depth_unit_m == 0.001
    assert ["depth unit" in record.getMessage() for record in caplog.records] == [True]
    (tmp_path / "intrinsics.json").write_text(json.dumps({"fx": 5, "fy": 5, "cx": 3, "cy": 2, "depth_unit_m": 0.0002}))
    assert play(tmp_path)[0].depth_unit_m == 0.0002
    assert play(tmp_path, 0.01)[0].depth_unit_m == 0.01


def test_a_missing_folder_and_a_file(tmp_path: Path) -> None:
    assert "no such folder" in refusal(tmp_path / "absent")
    (tmp_path / "film.db3").write_bytes(b"x")
    assert "--bag" in refusal(tmp_path / "film.db3")


def test_an_empty_folder_says_what_is_expected(tmp_path: Path) -> None:
    assert "color/ + depth/" in refusal(tmp_path)
    (tmp_path / "color").mkdir()
    (tmp_path / "depth").mkdir()
    assert "color/ + depth/" in refusal(tmp_path)


@pytest.mark.parametrize(("gone", "left"), [("color/001.png", "depth/001.png"), ("depth/002.png", "color/002.png")])
def test_the_image_without_a_partner_is_named(tmp_path: Path, gone: str, left: str) -> None:
    write_folder(tmp_path)
    (tmp_path / gone).unlink()
    assert left in refusal(tmp_path)


def test_two_images_for_one_frame(tmp_path: Path) -> None:
    write_folder(tmp_path)
    save(tmp_path / "color/001.jpg", color_of(1))
    message = refusal(tmp_path)
    assert "color/001.png" in message
    assert "color/001.jpg" in message


@pytest.mark.parametrize("path", ["color/002.png", "depth/001.png"])
def test_two_sizes_are_seen_before_the_first_frame(tmp_path: Path, path: str) -> None:
    write_folder(tmp_path)
    image = np.array(Image.open(tmp_path / path))
    save(tmp_path / path, image[:-1])
    message = refusal(tmp_path)
    assert Path(path).name in message
    assert "8x5" in message
    assert "8x6" in message
    with pytest.raises(RecordingError):
        FolderSource(tmp_path).__enter__()


def test_missing_intrinsics_name_the_files_that_would_do(tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "intrinsics.txt").unlink()
    message = refusal(tmp_path)
    assert "intrinsics.json" in message
    assert "camera-intrinsics.txt" in message


@pytest.mark.parametrize(
    "matrix",
    [
        "5.5 0\n0 5.5\n",
        "5.5 0 3.5\n0 nan 2.5\n0 0 1",
        "inf 0 3.5\n0 5.5 2.5\n0 0 1",
        "-5.5 0 3.5\n0 5.5 2.5\n0 0 1",
        "0 0 3.5\n0 5.5 2.5\n0 0 1",
        "5.5 0 3.5\n0 5.5 2.5\n0 0 2",
        "5.5 0 0\n0 5.5 0\n3.5 2.5 1",
        "5.5 3 3.5\n0 5.5 2.5\n0 0 1",
        "5.5 0 320\n0 5.5 240\n0 0 1",
        "",
        "fx 5.5",
        "5.5 0 3.5 9\n0 5.5 2.5 9\n0 0 1 9",
    ],
)
def test_nonsense_text_intrinsics(tmp_path: Path, matrix: str) -> None:
    assert "intrinsics.txt" in refusal(write_folder(tmp_path, matrix=matrix))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[1, 2]",
        "{}",
        '{"fx": 5}',
        '{"fx": "wide", "fy": 5, "cx": 3, "cy": 2}',
        '{"fx": null, "fy": 5, "cx": 3, "cy": 2}',
        '{"fx": NaN, "fy": 5, "cx": 3, "cy": 2}',
        '{"camera_matrix": [[5, 0], [0, 5]]}',
        '{"camera_matrix": {"data": 1}}',
        '{"fx": 5, "fy": 5, "cx": 3, "cy": 2, "width": 640, "height": 480}',
        '{"fx": 5, "fy": 5, "cx": 3, "cy": 2, "depth_unit_m": 0}',
        '{"fx": 5, "fy": 5, "cx": 3, "cy": 2, "depth_unit_m": -1}',
        '{"fx": 5, "fy": 5, "cx": 3, "cy": 2, "depth_unit_m": "mm"}',
        '{"fx": 5, "fy": 5, "cx": 3, "cy": 2, "depth_unit_m": 5000}',  # steps per metre, as some data sets have it
        '{"fx": 5, "fy": 5, "cx": 3, "cy": 2, "width": 1e999, "height": 6}',
        '{"fx": ' + "9" * 400 + ', "fy": 5, "cx": 3, "cy": 2}',
        pytest.param("[" * 100_000, id="nested without end"),
    ],
)
def test_nonsense_json_intrinsics(tmp_path: Path, content: str) -> None:
    write_folder(tmp_path)
    (tmp_path / "intrinsics.json").write_text(content)
    assert "intrinsics.json" in refusal(tmp_path)


@pytest.mark.parametrize("path", ["color/001.png", "depth/001.png", "color/001.jpg"])
@pytest.mark.parametrize("kept", [0.0, 0.5, 0.95])
def test_a_truncated_image_in_the_middle_is_named(tmp_path: Path, path: str, kept: float) -> None:
    write_folder(tmp_path, "color/{:03}" + (".jpg" if path.endswith("jpg") else ".png"))
    content = (tmp_path / path).read_bytes()
    (tmp_path / path).write_bytes(content[: int(kept * len(content))])
    assert Path(path).name in refusal(tmp_path)


def test_frames_before_a_damaged_one_still_come(tmp_path: Path) -> None:
    write_folder(tmp_path)
    path = tmp_path / "depth/002.png"
    path.write_bytes(path.read_bytes()[:-20])
    with FolderSource(tmp_path, 0.001) as source:
        frames = iter(source)
        assert [next(frames).index, next(frames).index] == [0, 1]
        with pytest.raises(RecordingError, match=r"002\.png"):
            next(frames)


@pytest.mark.parametrize("image", [depth_of(0).astype(np.uint8), color_of(0)], ids=["8 bit", "colour"])
def test_depth_that_is_not_16_bit_is_refused_with_the_reason(tmp_path: Path, image: np.ndarray) -> None:
    write_folder(tmp_path)
    save(tmp_path / "depth/000.png", image)
    assert "16-bit" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("frame-000001.color", ("frame-000001", "color")),
        ("0_RGB", ("0", "color")),
        ("depth0", ("0", "depth")),
        ("a-depth", ("a", "depth")),
        ("depth", ("", "depth")),
        ("label_3", None),
        ("watercolor", None),
    ],
)
def test_names_tell_the_role(stem: str, expected: tuple[str, str] | None) -> None:
    assert split_role(stem) == expected


def test_numbers_sort_by_value() -> None:
    names = ["f10", "f9", "f2b", "f2a", "10", "9", "a", ""]
    assert sorted(names, key=natural_key) == ["", "9", "10", "a", "f2a", "f2b", "f9", "f10"]


@pytest.mark.parametrize(("folder", "count"), [("kitchen_sequence", 120), ("realsense_rooms", 28)])
def test_real_folders_play(sample_data: Path, folder: str, count: int) -> None:
    with FolderSource(sample_data / folder, 0.001) as source:
        assert source.info.frame_count == count
        frame = next(iter(source))
    assert frame.color.shape == (480, 640, 3)
    assert 300 < np.median(frame.depth_raw[(frame.depth_raw > 0) & (frame.depth_raw < 65535)]) < 6000

"""Videos: every frame, in colours that stay, under their name only when whole."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from small_disks import small_disk
from waiting import wait_until

from app.no_model import NoModel
from app.options import LiveOptions
from app.outputs import video
from app.outputs.targets import check_targets
from app.outputs.video import VideoFile, even_sided
from app.outputs.video_encoders import H264Encoder, Mpeg4Encoder, open_encoder, playable_frames
from app.overlay import Overlay
from app.picture import overlay_picture
from console.errors import OutputError, UsageError
from sensors.frames import Frame

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(params=["h264", "mpeg4"])
def codec(request, monkeypatch) -> str:
    if request.param == "h264":
        pytest.importorskip("av")
    else:
        monkeypatch.setitem(sys.modules, "av", None)
    return request.param


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def read_video(path: Path) -> list[np.ndarray]:
    """RGB pictures."""
    reader = cv2.VideoCapture(str(path))
    images = []
    while (read := reader.read())[0]:
        images.append(read[1][..., ::-1])
    return images


def far_apart(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


def smooth(result, index: int, **options):
    """A frame without noise, which no video could keep, and its labels."""
    frame, segmentation = result(index, **options)
    ramp = np.linspace(0, 200, 64, dtype=np.uint8)[None, :, None] + np.array([0, 20, 40], np.uint8)
    labels = np.where(np.arange(64) < 32, 3, 5).astype(np.uint8)
    color = np.ascontiguousarray(np.broadcast_to(ramp, (48, 64, 3)))
    labels = np.ascontiguousarray(np.broadcast_to(labels, (48, 64)))
    return replace(frame, color=color), replace(segmentation, labels=labels)


def write(path: Path, results, **options) -> VideoFile:
    sink = VideoFile(path, **{"fps": 30.0, "fill": False, **options})
    for frame, segmentation in results:
        sink.write(frame, segmentation)
    return sink


def test_a_video_has_every_frame_and_looks_like_the_overlay(codec, result, tmp_path) -> None:
    results = [smooth(result, index, trained=True) for index in range(9)]
    sink = write(tmp_path / "new" / "v.mp4", results)
    assert names(tmp_path / "new") == ["v.part.mp4"]
    sink.close()
    assert names(tmp_path / "new") == ["v.mp4"]
    images = read_video(sink.path)
    assert len(images) == 9
    for image in images:
        assert far_apart(image, overlay_picture(Overlay(), *results[0])) < 6
    assert cv2.VideoCapture(str(sink.path)).get(cv2.CAP_PROP_FPS) == 30


def test_side_by_side_has_the_camera_s_picture_on_the_left(codec, result, tmp_path) -> None:
    frame, segmentation = smooth(result, 0, trained=True)
    write(tmp_path / "v.mp4", [(frame, segmentation)] * 3, layout="side-by-side").close()
    for image in read_video(tmp_path / "v.mp4"):
        assert image.shape == (48, 128, 3)
        assert far_apart(image[:, :64], frame.color) < 6
        assert far_apart(image[:, 64:], overlay_picture(Overlay(), frame, segmentation)) < 6
        assert far_apart(image[:, 64:], frame.color) > 20


def test_without_a_model_the_depth_is_beside_the_colour(result, tmp_path) -> None:
    frame, _ = smooth(result, 0)
    depth_m = np.full((48, 64), 2, np.float32)
    frame = Frame(0, 0.0, frame.color, depth_m, frame.intrinsics)
    labels = NoModel().predict(frame.color, depth_m, (60.0, 60.0))
    write(tmp_path / "v.mp4", [(frame, labels)], layout="side-by-side").close()
    (image,) = read_video(tmp_path / "v.mp4")
    assert image[:, 70:].std(axis=(0, 1)).max() < 6  # one depth, one colour
    assert far_apart(image[:, 64:], frame.color) > 20


@pytest.mark.parametrize("layout", ["overlay", "side-by-side"])
def test_every_picture_of_an_untrained_model_says_so(codec, result, tmp_path, layout) -> None:
    for name, trained in (("t.mp4", True), ("u.mp4", False)):
        write(tmp_path / name, (smooth(result, index, trained=trained) for index in range(5)), layout=layout).close()
    for trained, untrained in zip(read_video(tmp_path / "t.mp4"), read_video(tmp_path / "u.mp4"), strict=True):
        assert far_apart(trained[:10, -64:], untrained[:10, -64:]) > 20


def test_odd_sides_are_made_even_and_nothing_is_stretched(codec, result, tmp_path) -> None:
    image = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    even = even_sided(image)
    assert even.shape == (6, 8, 3)
    np.testing.assert_array_equal(even[:5, :7], image)
    np.testing.assert_array_equal(even[5, :7], image[4])
    encoder = open_encoder(tmp_path / "v.mp4", fps=15.0, size=(8, 6))
    encoder.add(even)
    encoder.close()
    assert read_video(tmp_path / "v.mp4")[0].shape == (6, 8, 3)


def test_a_frame_of_another_size_is_fitted(codec, result, tmp_path) -> None:
    frame, segmentation = result(0)
    small = Frame(
        1, 0.1, frame.color[:24, :32].copy(), frame.depth_m[:24, :32].copy(), frame.intrinsics.cropped(0, 0, 32, 24)
    )
    cut = replace(
        segmentation,
        labels=segmentation.labels[:24, :32].copy(),
        confidence=segmentation.confidence[:24, :32].copy(),
    )
    write(tmp_path / "v.mp4", [(frame, segmentation), (small, cut)]).close()
    assert [image.shape for image in read_video(tmp_path / "v.mp4")] == [(48, 64, 3)] * 2


def test_the_best_encoder_is_taken(codec, tmp_path) -> None:
    encoder = open_encoder(tmp_path / "v.mp4", fps=30.0, size=(64, 48))
    encoder.close()
    assert isinstance(encoder, H264Encoder if codec == "h264" else Mpeg4Encoder)


def test_h264_plays_everywhere_begins_at_once_and_keeps_colours(tmp_path) -> None:
    av = pytest.importorskip("av")
    colors = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 200, 0), (128, 128, 128), (20, 20, 20)]
    image = np.repeat(np.repeat(np.array([colors], np.uint8), 64, axis=1), 96, axis=0)
    encoder = H264Encoder(tmp_path / "v.mp4", fps=12.5, size=(384, 96))
    for _ in range(20):
        encoder.add(image)
    encoder.close()
    content = (tmp_path / "v.mp4").read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")  # a browser can begin before it has the whole file
    with av.open(str(tmp_path / "v.mp4")) as file:
        (stream,) = file.streams
        assert (stream.codec_context.name, stream.pix_fmt, float(stream.average_rate)) == ("h264", "yuv420p", 12.5)
        frames = list(file.decode(stream))
    assert [round(float(frame.pts * frame.time_base), 3) for frame in frames] == [index * 0.08 for index in range(20)]
    found = frames[-1].to_ndarray(format="rgb24")[48, 32::64]
    np.testing.assert_allclose(found, colors, atol=6)


def test_a_video_of_dropped_frames_keeps_its_speed(codec, result, tmp_path) -> None:
    write(tmp_path / "v.mp4", (result(index) for index in (0, 3, 4, 300)), fill=True).close()
    assert len(read_video(tmp_path / "v.mp4")) == 1 + 3 + 1 + 30  # a long silence is cut to a second


@pytest.mark.parametrize("camera_fps", [12.5, 22.0, 28.0])
def test_a_rate_that_is_no_part_of_the_video_s_keeps_its_speed_too(result, tmp_path, camera_fps) -> None:
    frame, segmentation = result()
    results = ((replace(frame, timestamp_s=7 + index / camera_fps), segmentation) for index in range(101))
    sink = write(tmp_path / "v.mp4", results, fill=True)
    sink.close()
    assert len(read_video(sink.path)) == pytest.approx(1 + 100 / camera_fps * 30, abs=1)


def test_a_video_without_frames_leaves_nothing(tmp_path) -> None:
    VideoFile(tmp_path / "v.mp4", fps=30.0, fill=False).close()
    assert not names(tmp_path)


def test_a_video_that_cannot_be_read_back_is_no_video(codec, result, tmp_path) -> None:
    sink = write(tmp_path / "v.mp4", (result(index) for index in range(3)))
    sink._written += 1  # as if the encoder had lost one
    with pytest.raises(OutputError, match="only 3 of 4 pictures"):
        sink.close()
    assert not names(tmp_path)


def test_a_file_that_was_cut_off_has_no_playable_frames(codec, result, tmp_path) -> None:
    write(tmp_path / "v.mp4", (result(index) for index in range(30))).close()
    assert playable_frames(tmp_path / "v.mp4") == 30
    content = (tmp_path / "v.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(content[: len(content) * 2 // 3])
    assert playable_frames(tmp_path / "cut.mp4") == 0


def test_a_video_that_never_had_room_for_a_picture_leaves_nothing(codec, result, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(video, "LEAST_FREE_BYTES", 1 << 62)
    sink = VideoFile(tmp_path / "v.mp4", fps=30.0, fill=False)
    with pytest.raises(OutputError, match="full"):
        sink.write(*result())
    sink.close()
    assert names(tmp_path) == []


def test_a_video_that_ends_early_plays_but_not_under_its_name(codec, result, tmp_path) -> None:
    with small_disk(tmp_path / "disk", 33) as disk:  # 32 MB of them stay free
        sink = VideoFile(disk / "v.mp4", fps=30.0, fill=False)
        results = [result(index) for index in range(8)]

        def film() -> None:
            for index in range(4000):
                sink.write(*results[index % 8])

        with pytest.raises(OutputError, match=r"the disk is full; its first \d+ pictures are in .*v\.part\.mp4"):
            film()
        sink.close()
        assert names(disk) == ["v.part.mp4"]
        assert playable_frames(sink.part) == sink._written > 0


def test_a_video_that_ended_early_is_not_replaced_by_accident(codec, result, tmp_path) -> None:
    sink = write(tmp_path / "v.mp4", [result(0)])
    check_targets(LiveOptions(save_video=sink.path))  # of a killed program: it does not play
    sink._failed = True
    sink.close()
    with pytest.raises(UsageError, match=r"v\.part\.mp4 is a video that ended early; move it, or add --overwrite"):
        check_targets(LiveOptions(save_video=sink.path))
    check_targets(LiveOptions(save_video=sink.path, overwrite=True))


def test_a_disk_that_is_full_all_at_once_leaves_no_broken_video(codec, result, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(video, "LEAST_FREE_BYTES", 0)
    with small_disk(tmp_path / "disk", 1) as disk:
        (disk / "other").write_bytes(bytes(900_000))
        results = [result(index) for index in range(8)]

        def film() -> None:
            sink = VideoFile(disk / "v.mp4", fps=30.0, fill=False)
            try:
                for index in range(600):
                    sink.write(*results[index % 8])
            finally:
                sink.close()

        with pytest.raises(OutputError, match=r"cannot write .*v\.mp4: (No space left|only 0 of)"):
            film()
        assert names(disk) == ["other"]


def test_a_program_that_is_killed_leaves_nothing_under_the_video_s_name(
    start_program, picture_folder, tmp_path
) -> None:
    child = start_program(
        *("--frames", picture_folder, "--model", "none", "--view", "none", "--loop"),
        *("--save-video", tmp_path / "v.mp4"),
    )
    part = tmp_path / "v.part.mp4"
    wait_until(lambda: part.exists() and part.stat().st_size > 0, seconds=50)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert names(tmp_path) == ["v.part.mp4"]

from __future__ import annotations

from pathlib import Path

import pytest

from app.options import DEFAULT_MODEL, LiveOptions, parse_size
from app.outputs.targets import check_targets
from console.errors import OutputError, UsageError


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"view": "4d"}, "choose from"),
        ({"engine": "abacus"}, "--engine abacus: choose from auto, torch, onnx, openvino, tensorrt"),
        ({"precision": "fp8"}, "choose from auto, fp32, fp16"),
        ({"port": 0}, "--port goes with --view web"),
        ({"host": "0.0.0.0"}, "--host goes with --view web"),
        ({"allow_remote": True}, "--allow-remote goes with --view web"),
        ({"smooth": True, "model": "none"}, "--smooth needs a model"),
        ({"save_dataset": Path("a"), "model": "none"}, "--save-dataset needs a model"),
        ({"video_layout": "side-by-side"}, "--video-layout goes with --save-video"),
        ({"camera": "kinect"}, "knows realsense"),
        ({"camera": "realsense", "bag": Path("a.bag")}, "name one source only"),
        ({"bag": Path("a.bag"), "frames": Path("a")}, "--bag and --frames"),
        ({"rooms": 0, "bag": Path("a.bag")}, "--bag and --rooms: name one source only"),
        ({"rooms": 0, "camera": "realsense"}, "name one source only"),
        ({"rooms": -1}, "--rooms is a seed from 0 on, got -1"),
        ({"rooms": 7, "size": (31, 240)}, "--size 31x240: rooms are filmed at 32 to 4096 pixels"),
        ({"rooms": 7, "serial": "1"}, "--serial goes with --camera"),
        ({"serial": "1"}, "--serial goes with --camera"),
        ({"size": (640, 480), "bag": Path("a.bag")}, "--size goes with --camera and --rooms"),
        ({"fps": 30}, "--fps goes with --camera and --rooms"),
        ({"depth_unit_m": 0.001}, "--depth-unit goes with --frames"),
        ({"depth_unit_m": -1.0, "frames": Path("a")}, "metres per step"),
        ({"max_frames": 0}, "--max-frames must be at least 1"),
        ({"camera": "realsense", "size": (0, 480)}, "--size must be positive"),
        ({"record": Path("a.bag")}, "--record a.bag: the name must end in .db3"),
        ({"save_video": Path("a.avi")}, "must end in .mp4"),
        ({"save_cloud": Path("a.pcd")}, "must end in .ply"),
        ({"save_cloud": Path("a{index")}, "must end in .ply"),
        ({"save_cloud": Path("a{number}.ply")}, "only {index}"),
        ({"save_cloud": Path("a{index:q}.ply")}, "only {index}"),
        ({"save_cloud": Path("a{index.b}.ply")}, "only {index}"),
        ({"save_cloud": Path("a{index[0]}.ply")}, "only {index}"),
        ({"screenshot": Path("a.jpg")}, "must end in .png"),
        ({"stats": Path("a.txt")}, "must end in .json"),
        ({"model": "none", "save_masks": Path("m")}, "--save-masks needs a model"),
        ({"bag": Path("a.db3"), "record": Path("a.db3")}, "is the source"),
        ({"bag": Path("a.db3"), "record": Path("./b/../a.db3")}, "is the source"),
        ({"bag": Path("a.db3.part"), "record": Path("a.db3"), "overwrite": True}, "is the source"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(given, said) -> None:
    with pytest.raises(UsageError) as caught:
        LiveOptions(**given)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rooms_are_a_source_with_a_size_and_a_rate() -> None:
    options = LiveOptions(rooms=0, size=(160, 120), fps=5)
    assert not options.is_demo
    assert LiveOptions().is_demo


def test_the_default_model_is_the_one_that_segmentation_knows() -> None:
    models = pytest.importorskip("segmentation.models")
    assert models.DEFAULT_MODEL == DEFAULT_MODEL


@pytest.mark.parametrize(("text", "size"), [("640x480", (640, 480)), ("1280X720", (1280, 720))])
def test_a_size_is_width_by_height(text, size) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["640", "640x", "x480", "640*480", "-1x4", "640x480x3", "²x²", "٣x٣"])
def test_nonsense_is_no_size(text) -> None:
    with pytest.raises(UsageError, match="640x480"):
        parse_size(text)


def test_new_places_are_fine_and_nothing_is_made_yet(tmp_path) -> None:
    check_targets(LiveOptions(save_video=tmp_path / "a" / "b" / "v.mp4", save_masks=tmp_path / "c" / "m"))
    assert not any(tmp_path.iterdir())


def test_a_file_that_exists_is_refused_unless_told(tmp_path) -> None:
    video = tmp_path / "v.mp4"
    video.write_bytes(b"old")
    with pytest.raises(UsageError, match="--overwrite"):
        check_targets(LiveOptions(save_video=video))
    check_targets(LiveOptions(save_video=video, overwrite=True))
    assert video.read_bytes() == b"old"


def test_numbered_clouds_count_as_existing(tmp_path) -> None:
    (tmp_path / "c000007.ply").write_bytes(b"old")
    with pytest.raises(UsageError, match="--overwrite"):
        check_targets(LiveOptions(save_cloud=tmp_path / "c{index:06d}.ply"))
    check_targets(LiveOptions(save_cloud=tmp_path / "d{index:06d}.ply"))
    (tmp_path / "e[1]-7.ply").write_bytes(b"old")
    with pytest.raises(UsageError, match="--overwrite"):
        check_targets(LiveOptions(save_cloud=tmp_path / "e[1]-{index}.ply"))


def test_a_folder_is_taken_only_when_something_is_in_it(tmp_path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    check_targets(LiveOptions(save_masks=folder))
    (folder / "x").touch()
    with pytest.raises(UsageError, match="not empty"):
        check_targets(LiveOptions(save_masks=folder))
    check_targets(LiveOptions(save_masks=folder, overwrite=True))


def test_numbered_pictures_that_are_no_masks_are_never_removed(tmp_path) -> None:
    """Such as the depth images of the folder that is played."""
    (tmp_path / "000000.png").touch()
    with pytest.raises(UsageError, match="not masks"):
        check_targets(LiveOptions(save_masks=tmp_path, overwrite=True))
    (tmp_path / "classes.json").touch()
    check_targets(LiveOptions(save_masks=tmp_path, overwrite=True))


@pytest.mark.parametrize("overwrite", [False, True])
def test_places_that_cannot_be_written_are_found_before_anything_opens(tmp_path, overwrite) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.mp4").mkdir()
    for given in (
        {"save_masks": tmp_path / "file" / "m"},
        {"stats": tmp_path / "file" / "s.json"},
        {"save_masks": tmp_path / "file"},
        {"save_video": tmp_path / "folder.mp4"},
    ):
        with pytest.raises(OutputError):
            check_targets(LiveOptions(**given, overwrite=overwrite))


def test_kernel_file_systems_refuse_folders() -> None:
    if not Path("/proc/self").is_dir():
        pytest.skip("needs /proc")
    with pytest.raises(OutputError, match="/proc"):
        check_targets(LiveOptions(stats=Path("/proc/nothing/s.json")))

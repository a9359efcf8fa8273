"""--save-dataset: what was seen and predicted, to the last bit, as training reads it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_disks import small_disk
from waiting import wait_until

from app.options import LiveOptions
from app.outputs.dataset import DatasetFolder, may_replace, splits
from app.outputs.targets import check_targets
from console.errors import OutputError, UsageError
from sensors.align import Aligner, depth_in_metres, depth_in_steps
from sensors.prepared import read_index

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def save(result, tmp_path):
    """Write frames of these positions and close."""

    def save(indices, folder="d", **options):
        sink = DatasetFolder(tmp_path / folder, model="my-model", source="walk.db3")
        for index in indices:
            sink.write(*result(index, **options))
        sink.close()
        return tmp_path / folder

    return save


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_session_is_read_as_prepared_samples_without_loss(save, result) -> None:
    index = read_index(save(range(5)))
    assert [sample.name for sample in index.samples] == [f"{number:06d}" for number in range(5)]
    assert (index.class_set, index.dataset) == ("sunrgbd37", "session")
    for number, sample in enumerate(index.samples):
        frame, segmentation = result(number)
        arrays = index.read(sample)
        np.testing.assert_array_equal(arrays.color, frame.color)
        np.testing.assert_array_equal(depth_in_metres(arrays.depth_steps, sample.depth_unit_m), frame.depth_m)
        np.testing.assert_array_equal(arrays.label, segmentation.labels)
        assert repr(sample.intrinsics) == repr(frame.intrinsics)
        with Image.open(index.root / "confidence" / f"{sample.name}.png") as image:
            assert image.mode == "L"
            np.testing.assert_array_equal(np.array(image), 128)  # a half


def test_labels_show_in_the_classes_colours(save, result) -> None:
    folder = save([3])
    _, segmentation = result(3)
    with Image.open(folder / "label" / "000003.png") as image:
        palette = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
    np.testing.assert_array_equal(palette[: len(segmentation.classes.colors)], segmentation.classes.colors)
    meaning = json.loads((folder / "classes.json").read_text())
    assert [entry["name"] for entry in meaning["classes"]] == list(segmentation.classes.names)


@pytest.mark.parametrize("trained", [True, False])
def test_the_index_says_who_labelled(save, trained) -> None:
    header = json.loads((save(range(3), trained=trained) / "index.json").read_text())
    told = {key: header[key] for key in ("labels", "model", "trained", "source")}
    assert told == {"labels": "predicted", "model": "my-model", "trained": trained, "source": "walk.db3"}
    assert ("UNTRAINED" in header["about"]) != trained


@pytest.mark.parametrize("unit_m", [0.0001, 0.00025, 0.001])
def test_the_camera_s_own_depth_unit_is_kept(make_raw, segmenter, tmp_path, unit_m) -> None:
    sink = DatasetFolder(tmp_path / "d", model="m", source="s")
    raw = replace(make_raw(0), depth_unit_m=unit_m)
    frame = Aligner()(raw)
    sink.write(frame, segmenter().predict(frame.color, frame.depth_m, (60.0, 61.0)))
    sink.close()
    index = read_index(tmp_path / "d")
    (sample,) = index.samples
    assert sample.depth_unit_m == unit_m
    np.testing.assert_array_equal(index.read(sample).depth_steps, np.where(raw.depth_raw == 65535, 0, raw.depth_raw))


@pytest.mark.parametrize("unit_m", [0.0001, 0.00025, 0.001, 0.0078125])
def test_every_step_of_depth_comes_back(unit_m) -> None:
    steps = np.arange(65535, dtype=np.uint16).reshape(1, -1)
    np.testing.assert_array_equal(depth_in_steps(depth_in_metres(steps, unit_m), unit_m), steps)


def test_depth_beyond_the_steps_is_no_reading() -> None:
    depth_m = np.array([[65.534, 65.535, 65.6, 1e6]], np.float32)
    np.testing.assert_array_equal(depth_in_steps(depth_m, 0.001), [[65534, 0, 0, 0]])


@pytest.mark.parametrize(("count", "validated"), [(1, 0), (2, 0), (3, 1), (10, 1), (11, 2), (100, 10)])
def test_the_end_of_the_session_is_for_validation(count, validated) -> None:
    assert splits(count) == ["train"] * (count - validated) + ["val"] * validated


def test_a_frame_that_plays_again_is_one_sample_which_stays(result, tmp_path) -> None:
    sink = DatasetFolder(tmp_path, model="m", source="s")
    sink.write(*result(0))
    before = (tmp_path / "label" / "000000.png").stat()
    sink.write(*result(0))
    sink.close()
    assert (tmp_path / "label" / "000000.png").stat() == before
    assert len(read_index(tmp_path).samples) == 1


def test_an_earlier_session_goes_and_other_files_stay(save) -> None:
    folder = save(range(4))
    (folder / "label" / "notes.txt").touch()
    assert save([7]) == folder
    assert names(folder / "label") == ["000007.png", "notes.txt"]
    assert len(read_index(folder).samples) == 1
    assert may_replace(folder)


@pytest.mark.parametrize("content", [None, "", "[]", '{"dataset": "sunrgbd"}'])
def test_other_data_sets_are_never_replaced(tmp_path, content) -> None:
    options = LiveOptions(save_dataset=tmp_path / "d", overwrite=True)
    (tmp_path / "d" / "label").mkdir(parents=True)
    if content is not None:
        (tmp_path / "d" / "index.json").write_text(content)
    with pytest.raises(UsageError, match="not saved from a session; choose another folder"):
        check_targets(options)


def test_a_session_is_replaced_only_when_told_to(save, tmp_path) -> None:
    folder = save(range(2))
    with pytest.raises(UsageError, match="exists and is not empty; add --overwrite"):
        check_targets(LiveOptions(save_dataset=folder))
    check_targets(LiveOptions(save_dataset=folder, overwrite=True))
    check_targets(LiveOptions(save_dataset=tmp_path / "new"))


def test_a_full_disk_is_told_and_every_sample_listed_is_whole(result, tmp_path) -> None:
    with small_disk(tmp_path / "disk", 1) as disk:
        sink = DatasetFolder(disk / "d", model="m", source="s")

        def save() -> None:
            try:
                for index in range(200):
                    sink.write(*result(index))
            finally:
                sink.close()

        with pytest.raises(OutputError, match="No space left"):
            save()
        index = read_index(disk / "d")
        assert len(index.samples) >= 32
        for sample in index.samples:
            index.read(sample)


SAVE_FOR_EVER = """
import itertools, pathlib, sys
sys.path[:0] = [sys.argv[2], sys.argv[2] + "/tests/app"]
from conftest import FakeSegmenter, raw_frame
from app.options import LiveOptions
from app.outputs.dataset import DatasetFolder
from sensors.align import Aligner
sink, align, model = DatasetFolder(pathlib.Path(sys.argv[1]), model="m", source="s"), Aligner(), FakeSegmenter()
for index in itertools.count():
    frame = align(raw_frame(index))
    sink.write(frame, model.predict(frame.color, frame.depth_m, (1.0, 1.0)))
"""


def test_what_a_killed_program_saved_can_be_read(tmp_path) -> None:
    folder = tmp_path / "d"
    child = subprocess.Popen([sys.executable, "-c", SAVE_FOR_EVER, str(folder), str(ROOT)])
    try:
        wait_until(lambda: (folder / "label" / "000040.png").exists(), seconds=50)
    finally:
        child.kill()
        child.wait()
    index = read_index(folder)
    assert len(index.samples) >= 32
    for sample in index.samples:
        index.read(sample)

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from app.options import LiveOptions
from app.outputs.all import Outputs
from app.outputs.background import WAITING, BackgroundSinks
from app.outputs.masks import MaskFolder
from app.outputs.stills import CloudFiles, Screenshot
from console.errors import OutputError
from sensors.source import SourceInfo

pytestmark = pytest.mark.timeout(60)
RECORDING = SourceInfo("a recording", "recording", False, 5, 30.0)
CAMERA = SourceInfo("a camera", "camera", True, None, 30.0)


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_masks_give_back_labels_palette_and_meaning(result, tmp_path) -> None:
    sink = MaskFolder(tmp_path / "m", model="my-model")
    frame, segmentation = result(7)
    sink.write(frame, segmentation)
    sink.close()
    assert names(tmp_path / "m") == ["000007.png", "classes.json"]
    with Image.open(tmp_path / "m" / "000007.png") as image:
        assert image.mode == "P"
        np.testing.assert_array_equal(np.array(image), segmentation.labels)
        palette = np.array(image.getpalette(), np.uint8).reshape(-1, 3)
        np.testing.assert_array_equal(palette[: len(segmentation.classes.colors)], segmentation.classes.colors)
        assert image.text["model"] == "my-model"
        assert "UNTRAINED" in image.text
    meaning = json.loads((tmp_path / "m" / "classes.json").read_text())
    assert meaning["trained"] is False
    assert meaning["classes"][1] == {
        "id": 1,
        "name": segmentation.classes.names[1],
        "color": segmentation.classes.colors[1].tolist(),
    }


def test_masks_of_a_trained_model_do_not_say_untrained(result, tmp_path) -> None:
    MaskFolder(tmp_path, model="m").write(*result(trained=True))
    with Image.open(tmp_path / "000000.png") as image:
        assert "UNTRAINED" not in image.text


def test_masks_of_an_earlier_run_go_and_other_files_stay(result, tmp_path) -> None:
    for name in ("000099.png", "notes.txt", "picture.png"):
        (tmp_path / name).touch()
    MaskFolder(tmp_path, model="m").write(*result())
    assert names(tmp_path) == ["000000.png", "classes.json", "notes.txt", "picture.png"]


def test_the_last_cloud_or_every_cloud(result, tmp_path) -> None:
    last = CloudFiles(tmp_path / "last.ply", model="m")
    every = CloudFiles(tmp_path / "c{index:04d}.ply", model="m")
    for index in range(3):
        last.write(*result(index))
        every.write(*result(index))
    last.close()
    every.close()
    assert names(tmp_path) == ["c0000.ply", "c0001.ply", "c0002.ply", "last.ply"]
    assert (tmp_path / "last.ply").read_bytes() == (tmp_path / "c0002.ply").read_bytes()


def test_the_screenshot_is_a_picture_that_says_untrained(result, tmp_path) -> None:
    sink = Screenshot(tmp_path / "s.png", model="m", title="t")
    sink.write(*result())
    sink.close()
    with Image.open(tmp_path / "s.png") as image:
        assert image.size[0] > 900
        assert "UNTRAINED" in image.text


class Sink:
    def __init__(self, fails=()):
        self.calls, self.fails, self.threads = [], fails, set()

    def write(self, frame, segmentation) -> None:
        self.calls.append(frame.index)
        self.threads.add(threading.current_thread().name)
        if "write" in self.fails:
            raise OutputError("disk full")

    def close(self) -> None:
        self.calls.append("closed")
        if "close" in self.fails:
            raise OutputError("cannot finish")


def test_background_sinks_see_every_frame_in_order_on_another_thread(result) -> None:
    first, second = Sink(), Sink()
    sinks = BackgroundSinks([first, second])
    for index in range(3 * WAITING):
        sinks.write(*result(index))
    sinks.close()
    assert first.calls == second.calls == [*range(3 * WAITING), "closed"]
    assert first.threads == {"outputs"}


@pytest.mark.parametrize("fails", [("write",), ("close",), ("write", "close")])
def test_one_sink_that_fails_is_reported_and_the_others_are_closed(result, fails) -> None:
    broken, whole = Sink(fails), Sink()
    sinks = BackgroundSinks([broken, whole])

    def write_and_close() -> None:
        try:
            for index in range(10 * WAITING):
                sinks.write(*result(index))
        finally:
            sinks.close()

    with pytest.raises(OutputError):
        write_and_close()
    assert whole.calls[-1] == "closed"
    assert broken.calls[-1] == "closed"


def test_outputs_write_the_same_bytes_twice(result, tmp_path) -> None:
    for run in ("a", "b"):
        options = LiveOptions(save_masks=tmp_path / run / "m", save_cloud=tmp_path / run / "c.ply")
        outputs = Outputs(options, RECORDING, model="m", dropping=False)
        for index in range(3):
            outputs.write(*result(index))
        outputs.close()
    first = {path.relative_to(tmp_path / "a"): path.read_bytes() for path in (tmp_path / "a").rglob("*.p*")}
    second = {path.relative_to(tmp_path / "b"): path.read_bytes() for path in (tmp_path / "b").rglob("*.p*")}
    assert len(first) == 4
    assert first == second


@contextmanager
def small_disk() -> Iterator[None]:
    """No file may grow beyond 1000 bytes in this process; not longer than needed, for it also holds for a test log."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_mask_that_does_not_fit_the_disk_leaves_nothing(result, tmp_path) -> None:
    sink = MaskFolder(tmp_path / "m", model="m")
    with small_disk(), pytest.raises(OutputError, match="cannot write"):
        sink.write(*result())
    assert not names(tmp_path / "m")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs resource limits")
@pytest.mark.parametrize("output", ["save_video", "save_cloud", "screenshot", "record"])
def test_a_full_disk_is_one_line_and_the_other_files_are_whole(run_program, picture_folder, tmp_path, output) -> None:
    """A limit on the size of files stands for the disk: the kernel refuses to write on in the same way."""
    names_of = {"save_video": "v.mp4", "save_cloud": "c.ply", "screenshot": "s.png", "record": "r.db3"}
    target, stats = tmp_path / names_of[output], tmp_path / "s.json"
    option = "--" + output.replace("_", "-")
    code, _, errors = run_program(
        *("--frames", picture_folder, "--model", "none", "--view", "none", "--loop", "--max-frames", 60),
        *(option, target, "--stats", stats),
        RGBD_LIVE_TEST_FILE_LIMIT="8192",
        PYTHONPATH=str(_limiting_site(tmp_path)),
    )
    assert code == 6, errors
    assert "Traceback" not in errors
    line = errors.splitlines()[-1]
    assert line.startswith("rgbd-live: cannot write")
    assert target.name in line
    assert not target.exists()
    assert json.loads(stats.read_text())["counters"]["captured"] > 0  # a recording may fail before the first result


def _limiting_site(tmp_path):
    """A sitecustomize that limits the size of files in the child."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "import os, resource\n"
        "size = int(os.environ['RGBD_LIVE_TEST_FILE_LIMIT'])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
        "import sys; sys.dont_write_bytecode = True\n"
    )
    return folder

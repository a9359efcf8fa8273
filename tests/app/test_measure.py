"""`rgbd-live measure`: what it prints, and what it refuses."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app import live
from app.measure import MeasureOptions, measured, parse_pixel, run
from app.no_model import NoModel
from app.query import query_pixel, query_region
from console.errors import UsageError
from sensors.errors import RecordingError

KEYS = ["frame", "at", "class", "confidence", "runner_up", "depth_m", "xyz_m", "distance_m"]
DEMO = Path(__file__).resolve().parents[2] / "assets" / "demo.db3"


@pytest.fixture
def measure(monkeypatch, capsys, picture_folder, segmenter):
    """What is printed for the pictures of picture_folder, as JSON and as written."""

    def measure(model=None, **options):
        monkeypatch.setattr(live, "load_model", lambda _: model or segmenter())
        run(MeasureOptions(**{"frames": picture_folder, "frame": 3, "at": (40, 20), **options}))
        out = capsys.readouterr().out
        return json.loads(out), out

    return measure


def test_the_keys_are_those_that_were_promised(measure) -> None:
    document, text = measure()
    assert list(document) == KEYS
    assert (document["frame"], document["at"]) == (3, [40, 20])
    assert '"at": [ 40, 20 ],' in text
    assert document["distance_m"] is None


def test_the_frame_asked_for_is_measured_by_its_own_reading(measure, picture_folder) -> None:
    for frame in (0, 3, 11):
        with Image.open(picture_folder / f"{frame:03d}.depth.png") as image:
            depth_m = int(np.array(image)[20, 40]) / 1000
        document, _ = measure(frame=frame)
        assert document["depth_m"] == pytest.approx(depth_m, abs=1e-4)
        expected = ((40 - 31.25) / 60 * depth_m, (20 - 24.5) / 61 * depth_m, depth_m)
        assert document["xyz_m"] == pytest.approx(expected, abs=1e-4)


def test_a_second_pixel_gives_a_distance_and_its_own_answer(measure) -> None:
    document, _ = measure(to=(50, 30))
    assert list(document) == [*KEYS, "to"]
    assert list(document["to"]) == KEYS[1:-1]
    assert document["distance_m"] == pytest.approx(math.dist(document["xyz_m"], document["to"]["xyz_m"]), abs=2e-4)


def test_what_has_no_depth_is_null(measure) -> None:
    document, _ = measure(at=(2, 20), to=(40, 20), region=True)
    assert document["depth_m"] is document["xyz_m"] is document["distance_m"] is None
    assert document["to"]["depth_m"] > 0
    document, _ = measure(at=(40, 20), to=(2, 20))
    assert document["depth_m"] > 0
    assert document["distance_m"] is None


def test_a_region_is_told_as_it_was_measured(result) -> None:
    frame, segmentation = result()
    document = measured(frame, segmentation, MeasureOptions(frame=0, at=(40, 20), region=True))
    answer = query_region(frame, segmentation, 40, 20)
    assert document["region"]["area_m2"] == pytest.approx(answer.area_m2, abs=1e-4)
    assert document["region"]["box"]["size_m"] == pytest.approx(answer.box.size_m, abs=1e-4)
    assert document["region"]["pixels"] == answer.pixel_count
    assert document["class"] == query_pixel(frame, segmentation, 40, 20).class_name
    json.dumps(document)


def test_without_a_model_places_are_measured_all_the_same(measure) -> None:
    document, _ = measure(model=NoModel(), region=True)
    assert (document["class"], document["runner_up"]) == ("void", None)
    assert document["xyz_m"] is not None
    assert document["region"]["area_m2"] > 0


@pytest.mark.parametrize(("text", "pixel"), [("160,120", (160, 120)), (" 3, 4", (3, 4)), ("-1,2", (-1, 2))])
def test_a_pixel_is_written_as_column_and_row(text, pixel) -> None:
    assert parse_pixel("--at", text) == pixel


@pytest.mark.parametrize("text", ["", "160", "1,2,3", "1x2", "a,b", "1.5,2"])
def test_what_is_no_pixel_is_refused(text) -> None:
    with pytest.raises(UsageError, match="--to"):
        parse_pixel("--to", text)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"at": (64, 0)}, UsageError, "--at 64,0 is outside the 64x48 image"),
        ({"at": (0, -1)}, UsageError, "--at 0,-1"),
        ({"to": (0, 48)}, UsageError, "--to 0,48"),
        ({"frame": -1}, UsageError, "--frame"),
        ({"frame": 12}, RecordingError, "no frame 12; it has frames 0 to 11"),
        ({"bag": Path("x.bag")}, UsageError, "name one source only"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_the_model_loads(measure, monkeypatch, options, error, said) -> None:
    with pytest.raises(error, match=said):
        measure(model=object(), **options)


@pytest.mark.skipif(not DEMO.is_file(), reason="the demo recording is not there")
def test_the_demo_is_measured_by_its_own_model(run_program) -> None:
    code, out, errors = run_program(
        "measure", "--bag", DEMO, "--frame", 3, "--at", "160,120", "--to", "50,200", "--engine", "torch"
    )
    assert (code, errors) == (0, "")
    document = json.loads(out)
    assert [key for key in document if key != "to"] == KEYS
    assert 0 < document["runner_up"]["confidence"] <= document["confidence"] < 1
    assert document["runner_up"]["class"] != document["class"] != "void"
    assert document["distance_m"] > 0.5


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--at", "1"], 2, "--at 1: write column and row as 160,120"),
        ([], 2, "--at"),
        (["--at", "320,0"], 2, "outside the 320x240 image"),
        (["--at", "1,1", "--frame", "70"], 3, "no frame 70"),
        (["--at", "1,1", "--bag", "missing.db3"], 3, "missing.db3"),
        (["--at", "1,1", "--view", "none"], 2, "--view"),
    ],
)
def test_refusals_are_one_line_and_an_exit_code(run_program, arguments, code, said) -> None:
    given, out, errors = run_program("measure", *arguments)
    assert (given, out) == (code, "")
    assert len(errors.splitlines()) == 1, errors
    assert said in errors

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from bench_runs import MACHINE, SOURCE, document_of, run_of, tally_of

from app.bench import compare
from app.bench.compare import Change, change, changes, differences, read_other, remarks
from app.bench.document import VERSION, bench_document, medians, write_document
from app.bench.options import BenchOptions
from sensors.errors import RecordingError


@pytest.mark.parametrize(
    ("new", "old", "ratio", "verdict"),
    [
        ([10.0, 11.0, 12.0], [20.0, 22.0, 24.0], 0.5, "better"),
        ([20.0, 22.0, 24.0], [10.0, 11.0, 12.0], 2.0, "worse"),
        ([10.0, 11.0, 20.5], [20.0, 22.0, 24.0], 0.5, "same"),  # one run lies within the other's range
        ([9.0, 10.0, 11.0], [11.0, 12.0, 13.0], 10 / 12, "same"),  # touching is not beyond
        ([10.0, 10.0], [20.0, 21.0, 22.0], 10.0 / 21.0, "unknown"),
        ([10.0, 11.0, 12.0], [0.0, 0.0, 0.0], None, "worse"),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 0.0], None, "same"),
        ([0.0, 0.0, 0.0], [1.0, 2.0, 3.0], 0.0, "better"),
        ([None, None], [1.0, 2.0, 3.0], None, "unknown"),
        ([1.0, 2.0], [], None, "unknown"),
        ([None, 1.0, 2.0, 3.0], [4.0, 8.0, 9.0], 0.25, "better"),
    ],
)
def test_only_what_lies_outside_of_the_others_range_has_changed(new, old, ratio, verdict) -> None:
    assert change(new, old, more_is_better=False) == Change(pytest.approx(ratio), verdict)


def test_of_frames_a_second_more_is_better() -> None:
    assert change([30.0, 31.0, 32.0], [10.0, 11.0, 12.0], more_is_better=True).verdict == "better"
    assert change([10.0, 11.0, 12.0], [30.0, 31.0, 32.0], more_is_better=True).verdict == "worse"


def test_the_same_case_is_found_and_every_figure_compared() -> None:
    old = document_of(tally_of("torch", *(run_of(inference_ms=ms) for ms in (20, 21, 22))), tally_of("onnx", run_of()))
    new = document_of(
        tally_of("openvino", run_of()), tally_of("torch", *(run_of(inference_ms=ms) for ms in (10, 11, 12)))
    )
    found = changes(new, old)
    assert list(found) == [("torch", "malleable-deresunet-lite")]
    figures = found["torch", "malleable-deresunet-lite"]
    assert figures["inference"] == Change(pytest.approx(11 / 21), "better")
    assert figures["align"] == Change(None, "same")
    assert figures["fps"] == Change(1.0, "same")
    assert {"cpu_ms", "peak_mb", "startup_s", "first_mask_s"} <= set(figures)


def test_another_precision_or_device_is_another_case() -> None:
    new, old = document_of(tally_of("torch", run_of())), document_of(tally_of("torch", run_of()))
    new["cases"][0]["setup"]["precision"] = "bf16"
    assert changes(new, old) == {}


@pytest.mark.parametrize(
    ("machine", "source", "options", "said"),
    [
        ({"cpu": "Other"}, {}, {}, "processor Test CPU, now Other"),
        ({"cores": 8}, {}, {}, "cores 2, now 8"),
        ({"gpus": ("A GPU",)}, {}, {}, "GPU none, now A GPU"),
        ({}, {"size": (640, 480)}, {}, "source size 320x240, now 640x480"),
        ({}, {"name": "walk.db3"}, {}, "walk.db3"),
        ({}, {"bytes": 5}, {}, "source bytes 0, now 5"),
        ({}, {}, {"frames": 61}, "frames a run 60, now 61"),
        ({}, {}, {"real_time": True}, "real time False, now True"),
    ],
)
def test_another_machine_or_other_frames_are_not_compared(machine, source, options, said) -> None:
    old = document_of(tally_of("torch", run_of()))
    settings = BenchOptions(**{"engines": ("torch",), **options})
    new = bench_document(settings, replace(MACHINE, **machine), replace(SOURCE, **source), [], complete=True)
    assert any(said in line for line in differences(new, old)), differences(new, old)
    assert differences(old, old) == []


def test_more_runs_or_newer_libraries_may_be_compared_and_the_latter_are_told() -> None:
    old, new = (document_of(tally_of("torch", run_of()), runs=runs) for runs in (3, 5))
    new["machine"]["libraries"] = {"torch": "2.14.0", "openvino": "2026.4"}
    assert differences(new, old) == []
    assert remarks(new, old) == ["torch 2.13.0, now 2.14.0", "openvino absent, now 2026.4"]


def test_a_machine_that_was_busy_in_either_is_told() -> None:
    calm, busy = (document_of(tally_of("torch", run_of(others_cores=cores))) for cores in (0.1, 1.0))
    assert remarks(calm, calm) == []
    assert remarks(calm, busy) == [
        "other programs took up to 50 % of the cores, now 5 %: trust only processor time and memory"
    ]


def test_medians_are_of_every_figure_by_itself_and_counters_are_added() -> None:
    runs = [run_of(inference_ms=ms, fps=fps) for ms, fps in ((30, 1.0), (10, 2.0), (20, 9.0))]
    found = medians(runs)
    assert found["fps"] == 2.0
    assert found["stages_ms"]["inference"] == {"p50": 20, "p95": 21, "p99": 22}
    assert found["counters"]["captured"] == 180


def test_a_file_that_was_written_is_read(tmp_path: Path) -> None:
    document = document_of(tally_of("torch", run_of()), tally_of("onnx", refused="engine onnx: not installed"))
    write_document(tmp_path / "b.json", document)
    assert read_other(tmp_path / "b.json") == document


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "No such file"),
        ("", "is no JSON"),
        ('{"kind": "rgbd-live bench", "ver', "cut off"),
        ("[1, 2]", "was not written by"),
        ('{"fps": 3}', "was not written by"),
        ("[" * 100_000, "is no JSON"),
        (json.dumps({"kind": "rgbd-live bench", "version": VERSION + 1}), f"has version {VERSION + 1}"),
        (json.dumps({"kind": "rgbd-live bench", "version": VERSION, "cases": []}), "is damaged"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused_in_one_line(content, said: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(RecordingError) as caught:
        compare.read_other(path)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_document_whose_case_lost_a_figure_is_refused(tmp_path: Path) -> None:
    document = document_of(tally_of("torch", run_of()))
    del document["cases"][0]["runs"][0]["fps"]
    write_document(tmp_path / "b.json", document)
    with pytest.raises(RecordingError, match="damaged"):
        read_other(tmp_path / "b.json")

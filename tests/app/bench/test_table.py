from __future__ import annotations

import io
from dataclasses import replace

import pytest
from bench_runs import SETUP, document_of, run_of, tally_of
from rich.console import Console

from app.bench.compare import changes, differences, remarks
from app.bench.table import print_bench, print_changes

ENGINES = ("torch", "onnx", "openvino", "tensorrt")


def printed(document, other=None, *, width: int = 100) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, no_color=True)
    print_bench(console, document)
    if other is not None:
        found = changes(document, other)
        told = {"differences": differences(document, other), "remarks": remarks(document, other)}
        print_changes(console, document, found, **told)
    return stream.getvalue()


@pytest.mark.parametrize("width", [80, 100])
def test_the_tables_fit_and_nothing_is_cut_short(width: int) -> None:
    slow = run_of(inference_ms=12345.6, fps=123.45)
    document = document_of(*(tally_of(engine, slow, slow) for engine in ENGINES))
    text = printed(document, document, width=width)
    assert text.count("frames/s") == 2 * (2 if width == 80 else 1)  # four side by side where there is room
    tables = [line for line in text.splitlines() if "p50" in line or "inference" in line or "frames/s" in line]
    assert tables
    assert max(map(len, tables)) <= width
    assert "12346 12347 12348" in text
    assert "123.5 (123.5-123.5)" in text
    for engine in ENGINES:
        assert engine in text


def test_a_refused_engine_stands_below_the_table_with_its_reason() -> None:
    text = printed(document_of(tally_of("torch", run_of()), tally_of("onnx", refused="engine onnx: not installed")))
    assert "\n engine onnx: not installed\n" in text  # the name is not told twice
    assert "torch" in text


def test_a_crash_half_way_is_told_beside_the_figures() -> None:
    text = printed(document_of(tally_of("torch", run_of(), refused="the process was killed by SIGSEGV")))
    assert "torch: the process was killed by SIGSEGV (after 1 run)" in text
    assert "25.0" in text


def test_what_an_engine_fell_back_to_is_told_once() -> None:
    fallen = run_of(engine_changes=["out of memory: goes on on the CPU"])
    assert (
        printed(document_of(tally_of("torch", fallen, fallen))).count("torch: out of memory: goes on on the CPU") == 1
    )


def test_runs_that_were_not_made_are_not_claimed() -> None:
    stopped = document_of(tally_of("torch", *[run_of()] * 3), tally_of("onnx", run_of()), complete=False, runs=50)
    assert "medians over 1 to 3 runs, STOPPED EARLY" in printed(stopped)
    assert "medians over 2 runs\n" in printed(document_of(tally_of("torch", run_of(), run_of())))


def test_losses_are_told_with_what_came() -> None:
    counters = {"captured": 60, "overwritten": 15, "segmented": 40, "shown": 40, "sdk_gaps": 2, "without_depth": 0}
    assert "34 of 124" in printed(document_of(tally_of("torch", run_of(counters=counters), run_of(counters=counters))))


def test_untrained_weights_are_told() -> None:
    tally = tally_of("torch", run_of())
    assert "UNTRAINED" not in printed(document_of(tally))
    tally.setup = replace(SETUP, trained=False)
    assert "UNTRAINED" in printed(document_of(tally))


@pytest.mark.parametrize(("others_cores", "warns"), [(0.1, False), (0.5, True), (None, False)])
def test_other_programs_at_work_are_warned_of(others_cores, warns: bool) -> None:
    text = printed(document_of(tally_of("torch", run_of(others_cores=others_cores))))
    assert ("Other programs took up to 25 % of the cores" in text) == warns


def test_a_comparison_tells_what_changed_beyond_the_noise() -> None:
    old = document_of(tally_of("torch", *(run_of(inference_ms=ms) for ms in (20, 21, 22))))
    new = document_of(tally_of("torch", *(run_of(inference_ms=ms) for ms in (40, 42, 44))))
    lines = printed(new, old).split("new over old")[1].splitlines()
    assert any("inference" in line and "worse  2.00" in line for line in lines)
    assert any("frames/s" in line and "same  1.00" in line for line in lines)
    assert not any("align" in line and "nan" in line for line in lines)


def test_no_ratio_is_given_across_machines() -> None:
    old, new = (document_of(tally_of("torch", run_of(), run_of())) for _ in range(2))
    new["machine"]["cpu"] = "Other"
    text = printed(new, old)
    assert "Not compared" in text
    assert "processor Test CPU, now Other" in text
    assert "new over old" not in text

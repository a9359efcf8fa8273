from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench_runs import SETUP, document_of, run_of, tally_of

from app.bench import run as bench_run
from app.bench.child import Refusal
from app.bench.document import KIND, VERSION, write_document
from app.bench.options import BenchOptions
from app.bench.run import describe_source, run
from console.check_frames import DEMO
from console.exit_codes import ExitCode, exit_code_of
from console.interrupt import Interrupt
from segmentation.assets import asset_path
from segmentation.errors import UnknownModelError
from sensors.errors import RecordingError


@pytest.fixture
def bench(monkeypatch, picture_folder):
    """Run with scripted outcomes by engine: one that is callable is asked with the interrupt."""

    def play(engines=("torch", "onnx"), *, outcomes=None, **given):
        interrupt = Interrupt()

        def measure(case, options, *, frames, warm_up, interrupted):
            outcome = (outcomes or {}).get(case.engine, (SETUP, run_of()))
            return outcome(interrupt, frames) if callable(outcome) else outcome

        monkeypatch.setattr(bench_run, "measure", measure)
        return run(BenchOptions(engines=engines, frames_dir=picture_folder, **given), interrupt)

    return play


def test_every_case_is_in_the_file_also_the_refused(bench, tmp_path: Path, capsys) -> None:
    out = tmp_path / "deep" / "b.json"
    assert bench(outcomes={"onnx": Refusal("engine onnx: not installed", 5)}, out=out, runs=2) == ExitCode.DONE
    document = json.loads(out.read_text())
    assert (document["kind"], document["version"], document["complete"]) == (KIND, VERSION, True)
    assert [case["engine"] for case in document["cases"]] == ["torch", "onnx"]
    assert [len(case["runs"]) for case in document["cases"]] == [2, 0]
    assert document["cases"][1]["refused"] == "engine onnx: not installed"
    assert document["cases"][1]["median"] is None
    assert document["cases"][0]["median"]["stages_ms"]["inference"]["p50"] == 20.0
    assert document["source"]["size"] == [64, 48]
    assert document["machine"]["cores"] >= 1
    assert "torch" in document["machine"]["libraries"]
    shown = capsys.readouterr()
    assert "not installed" in shown.out
    lines = shown.err.splitlines()
    assert lines[0].startswith("rgbd-live: first start, 1 of ")  # a line each where no terminal can rewrite one
    assert all(line.startswith("rgbd-live: ") for line in lines)


def test_nothing_measured_is_exit_code_5_with_every_reason(bench, tmp_path: Path) -> None:
    out = tmp_path / "b.json"
    outcomes = {name: Refusal(f"engine {name}: not installed", 5) for name in ("torch", "onnx")}
    with pytest.raises(RuntimeError, match=r"engine torch: not installed; engine onnx: not installed") as caught:
        bench(outcomes=outcomes, out=out)
    assert exit_code_of(caught.value) == ExitCode.CANNOT
    assert json.loads(out.read_text())["complete"]


def test_an_interrupt_leaves_what_was_measured(bench, tmp_path: Path, capsys) -> None:
    out = tmp_path / "b.json"

    def interrupted(interrupt, frames):
        if frames == 1:
            return SETUP, run_of()
        interrupt.requested = True
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench(outcomes={"onnx": interrupted}, out=out)
    document = json.loads(out.read_text())
    assert not document["complete"]
    assert [len(case["runs"]) for case in document["cases"]] == [1, 0]
    assert "25.0" in capsys.readouterr().out


def test_an_interrupt_before_anything_was_measured_writes_nothing(bench, tmp_path: Path) -> None:
    def interrupted(interrupt, frames):
        interrupt.requested = True
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench(outcomes={"torch": interrupted}, out=tmp_path / "b.json")
    assert not list(tmp_path.iterdir())


def test_an_output_that_exists_is_refused_before_anything_runs(bench, tmp_path: Path) -> None:
    out = tmp_path / "b.json"
    out.write_text("mine")

    def never(interrupt, frames):
        raise AssertionError

    with pytest.raises(ValueError, match=r"--out .* add --overwrite") as caught:
        bench(outcomes={"torch": never}, out=out)
    assert exit_code_of(caught.value) == ExitCode.USAGE
    assert out.read_text() == "mine"
    assert bench(out=out, overwrite=True) == ExitCode.DONE


@pytest.mark.parametrize(("model", "said"), [("abacus", UnknownModelError), ("folder/abacus", RecordingError)])
def test_a_path_is_no_misspelt_name(bench, model: str, said: type[Exception]) -> None:
    with pytest.raises(said):
        bench(models=(model,), outcomes={"torch": Refusal(f"model file not found: {model}", 3)})


def test_the_file_is_written_though_nobody_reads_the_table(bench, monkeypatch, tmp_path: Path) -> None:
    def closed(*_):
        raise BrokenPipeError

    monkeypatch.setattr(bench_run, "print_bench", closed)
    assert bench(out=tmp_path / "b.json") == ExitCode.DONE
    assert json.loads((tmp_path / "b.json").read_text())["complete"]


def test_a_comparison_is_printed(bench, tmp_path: Path, capsys) -> None:
    old = tmp_path / "old.json"
    bench(out=old)
    bench(against=old, outcomes={"torch": (SETUP, run_of(inference_ms=40.0))})
    assert "worse  2.00" in capsys.readouterr().out


def test_a_comparison_with_other_frames_is_refused_in_the_table(bench, tmp_path: Path, capsys) -> None:
    old = tmp_path / "old.json"
    write_document(old, document_of(tally_of("torch", run_of())))
    bench(against=old)
    assert "source size 320x240, now 64x48" in " ".join(capsys.readouterr().out.split())


def test_the_demo_is_described_by_its_first_frame() -> None:
    facts = describe_source(BenchOptions())
    assert (facts.size, facts.frame_count) == ((320, 240), 70)
    assert facts.bytes == asset_path(DEMO).stat().st_size


def test_a_folder_is_told_from_another_by_its_bytes(picture_folder) -> None:
    facts = describe_source(BenchOptions(frames_dir=picture_folder))
    assert facts.bytes == sum(file.stat().st_size for file in picture_folder.iterdir())


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--engines", "abacus"], 2, "choose from torch, onnx, openvino, tensorrt"),
        (["--out", "b.txt"], 2, ".json"),
        (["--bag", "missing.db3"], 3, "missing.db3"),
        (["--against", "missing.json"], 3, "missing.json"),
        (["--out", "/dev/null/b.json"], 6, "/dev/null"),
        (["--engines", "torch", "--models", "no-such-model"], 2, "no-such-model"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(run_program, arguments, code, said) -> None:
    given, out, errors = run_program("bench", *arguments)
    assert (given, out) == (code, ""), errors
    assert len(errors.splitlines()) == 1, errors
    assert errors.startswith("rgbd-live: ")
    assert said in errors


def test_the_program_measures_in_processes_of_their_own(run_program, picture_folder, tmp_path: Path) -> None:
    out = tmp_path / "b.json"
    arguments = ("--engines", "torch", "--device", "cpu", "--frames-dir", picture_folder, "--frames", 3, "--runs", 1)
    code, table, errors = run_program("bench", *arguments, "--out", out, COLUMNS="100")
    assert code == 0, errors
    assert errors.splitlines()[-1] == f"rgbd-live: wrote {out}"
    assert "malleable-deresunet-lite" in table
    (case,) = json.loads(out.read_text())["cases"]
    assert case["refused"] is None
    assert case["runs"][0]["counters"]["segmented"] == 3
    assert case["first_start_s"] > 0
    assert case["runs"][0]["first_mask_s"] > case["runs"][0]["startup_s"] > 0

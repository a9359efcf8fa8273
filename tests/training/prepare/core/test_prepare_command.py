from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from fake_dataset import OFFICIAL, ClosedReader, FakeReader, ThirstyReader, noise, write_source
from plain_rooms import folder_bytes
from processes import lines_of, running_in_session, wait_for

from console.errors import OutputError, StoppedError, UsageError
from console.interrupt import Interrupt
from segmentation.classes import class_set
from sensors.errors import PreparedDataError
from sensors.images import read_color
from sensors.prepared import read_index
from training.prepare.command import PrepareOptions, run
from training.prepare.steps.records import records_path
from training.prepare.steps.settings import SCRATCH_NAME

pytestmark = pytest.mark.timeout(120)
PROGRAM = Path(__file__).resolve().parents[3] / "support" / "prepare_program.py"
TOTAL = sum(OFFICIAL.values())


def prepare(source: Path, out: Path, *, reader=FakeReader, workers: int = 1, **changes) -> int:
    options = PrepareOptions(**{"dataset": "sunrgbd", "source": source, "out": out, "workers": workers, **changes})
    return run(options, Interrupt(), opener=reader)


def start(source: Path, out: Path, reader: str, **more) -> subprocess.Popen:
    words = [sys.executable, str(PROGRAM), str(source), str(out), "2", reader]
    return subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True, **more)


@pytest.fixture(scope="module")
def source(tmp_path_factory) -> Path:
    return write_source(tmp_path_factory.mktemp("fake") / "source")


@pytest.fixture(scope="module")
def prepared(source: Path, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("uninterrupted") / "out"
    assert prepare(source, out) == 0
    return out


@pytest.fixture(scope="module")
def expected(prepared: Path) -> dict[str, bytes]:
    return folder_bytes(prepared)


@pytest.mark.parametrize("depth", ["raw", "refined"])
def test_the_samples_are_what_the_source_holds(prepared: Path, depth) -> None:
    index = read_index(prepared, depth=depth)
    assert (index.dataset, index.class_set) == ("sunrgbd", "sunrgbd37")
    assert [sample.name for sample in index.samples] == [f"s{number:03d}" for number in range(TOTAL)]
    assert [sample.split for sample in index.samples] == ["train"] * 8 + ["val"] * 4 + ["test"] * 4
    for number, sample in enumerate(index.samples):
        arrays, given = index.read(sample), noise(number)
        np.testing.assert_array_equal(arrays.label, given.label)
        np.testing.assert_array_equal(arrays.depth_steps, given.depth_steps if depth == "raw" else given.refined_steps)
        assert sample.intrinsics.fx == given.intrinsics.fx
        if given.color_bytes is not None:
            assert (prepared / "color" / f"{sample.name}{sample.color_suffix}").read_bytes() == given.color_bytes
        elif sample.color_suffix == ".png":
            np.testing.assert_array_equal(arrays.color, given.color)


def test_nothing_but_the_samples_and_what_describes_them_is_left(prepared: Path) -> None:
    assert sorted(path.name for path in prepared.iterdir()) == [
        "color", "depth", "depth_refined", "index.json", "label", "prepare.json", "report.md",
    ]  # fmt: skip


def test_labels_have_the_colours_of_their_classes(prepared: Path) -> None:
    shown = read_color(prepared / "label" / "s000.png")
    np.testing.assert_array_equal(shown, class_set("sunrgbd37").colors[noise(0).label])


def test_killed_in_the_middle_and_run_again_gives_the_same_bytes(source: Path, expected, tmp_path: Path) -> None:
    out = tmp_path / "out"
    killed = start(source, out, "SlowReader")
    wait_for(lambda: lines_of(records_path(out)) >= 6)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    wait_for(lambda: not running_in_session(killed.pid))
    assert 6 <= lines_of(records_path(out)) < TOTAL
    with pytest.raises(PreparedDataError, match="half-written"):
        read_index(out)
    (out / "depth" / ".s009.png.4711.part").write_bytes(b"half")
    with records_path(out).open("a") as file:
        file.write('{"name": "s0')
    kept = (out / "label" / "s000.png").stat().st_mtime_ns
    assert prepare(source, out, workers=2) == 0
    assert folder_bytes(out) == expected
    assert (out / "label" / "s000.png").stat().st_mtime_ns == kept


def test_ctrl_c_leaves_one_line_and_the_same_command_goes_on(source: Path, expected, tmp_path: Path) -> None:
    out = tmp_path / "out"
    running = start(source, out, "SlowReader")
    wait_for(lambda: lines_of(records_path(out)) >= 6)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130
    written = lines_of(records_path(out))
    assert said == f"rgbd-train: stopped with {written} of {TOTAL} samples written; the same command goes on\n"
    assert not (out / "index.json").exists()
    wait_for(lambda: not running_in_session(running.pid))
    assert prepare(source, out) == 0
    assert folder_bytes(out) == expected


def test_a_full_disk_ends_with_one_line_and_can_be_gone_on_from(source: Path, expected, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1200, 1200))  # what is told of samples fits, pictures do not

    running = start(source, out, "FakeReader", preexec_fn=limit)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 6
    assert said.startswith(f"rgbd-train: cannot write {out}")
    assert said.endswith("File too large; once that is cured the same command goes on\n")
    assert said.count("\n") == 1
    assert not (out / "index.json").exists()
    assert prepare(source, out) == 0
    assert folder_bytes(out) == expected


def test_too_little_room_is_told_before_anything_is_written(source: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"preparing 16 samples of sunrgbd takes about 1.6e\+07 GB, and .* are free"):
        prepare(source, tmp_path / "out", reader=ThirstyReader)
    assert not (tmp_path / "out" / "color").exists()


def test_what_is_prepared_already_is_left_alone_at_once(source, prepared, expected, tmp_path: Path, capsys) -> None:
    assert prepare(source, prepared, reader=ClosedReader) == 0
    assert capsys.readouterr().err.endswith(f"{prepared}: 16 samples of sunrgbd are prepared already; nothing to do\n")
    assert prepare(tmp_path / "deleted since", prepared, reader=ClosedReader) == 0
    assert folder_bytes(prepared) == expected


@pytest.mark.parametrize(
    "lost", ["color/s000", "depth/s003.png", "depth_refined/s003.png", "depth_refined/", "label/s003.png"]
)
def test_a_sample_that_lost_a_file_is_written_again(source: Path, expected, tmp_path: Path, lost: str) -> None:
    out = tmp_path / "out"
    for name, content in expected.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        if not name.startswith(lost):
            (out / name).write_bytes(content)
    kept = (out / "label" / "s005.png").stat().st_mtime_ns
    assert prepare(source, out) == 0
    assert folder_bytes(out) == expected
    if lost != "depth_refined/":
        assert (out / "label" / "s005.png").stat().st_mtime_ns == kept


def test_other_options_or_files_are_refused_and_nothing_changes(prepared, expected, tmp_path: Path) -> None:
    other = write_source(tmp_path / "other", {3: {"scene": "elsewhere"}})
    with pytest.raises(UsageError, match=r"was begun with other files than those in .*begin again after: rm -r "):
        prepare(other, prepared)
    with pytest.raises(UsageError, match="begun with --dataset sunrgbd --classes 37, not --dataset nyuv2 --classes 13"):
        prepare(other, prepared, dataset="nyuv2", classes=13)
    assert folder_bytes(prepared) == expected


def test_what_was_missing_can_be_downloaded_and_the_same_command_goes_on(expected, tmp_path: Path) -> None:
    source, out = write_source(tmp_path / "source", {3: {"missing": "depth"}}), tmp_path / "out"
    with pytest.raises(PreparedDataError, match="download what is missing"):
        prepare(source, out)
    stale = out / SCRATCH_NAME / "unpacked.mat"
    stale.parent.mkdir(exist_ok=True)
    stale.write_bytes(b"of the files before")
    write_source(source)
    assert prepare(source, out, reader=WithoutStale) == 0
    assert folder_bytes(out) == expected


class WithoutStale(FakeReader):
    def entries(self):
        assert not list(self.request.scratch.glob("*.mat"))
        return super().entries()


def test_a_folder_of_something_else_is_refused(source: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else"):
        prepare(source, tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        prepare(source, tmp_path / "notes.txt")
    (tmp_path / "prepare.json").write_text('{"dataset": 0')
    with pytest.raises(UsageError, match="is damaged"):
        prepare(source, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.txt", "prepare.json"]


def test_counts_that_differ_are_told_with_what_is_missing(tmp_path: Path, capsys) -> None:
    changes = {number: {"missing": "depth"} for number in range(2, 7)}
    source = write_source(tmp_path / "source", changes, {"train": 8, "val": 3, "test": 4})
    out = tmp_path / "out"
    with pytest.raises(PreparedDataError) as caught:
        prepare(source, out)
    assert str(caught.value) == (
        f"{source}: has 3 of 8 train, 3 of 4 val, 4 of 4 test samples of sunrgbd; 5 are not whole: s002: no depth;"
        f" s003: no depth; s004: no depth; and 2 more (all: {out}/missing.txt); download what is missing, or add"
        " --partial to go on without it"
    )
    everything = "".join(f"s{number:03d}: no depth\n" for number in range(2, 7))
    assert (out / "missing.txt").read_text() == everything
    assert not (out / "index.json").exists()
    capsys.readouterr()
    assert prepare(source, out, partial=True) == 0
    said = capsys.readouterr().err
    assert "going on without what is missing" in said
    assert "left out 5: s002: no depth; s003: no depth; s004: no depth; and 2 more (all: " in said
    assert [sample.name for sample in read_index(out).samples] == [f"s{n:03d}" for n in (0, 1, *range(7, 15))]
    assert (out / "missing.txt").read_text() == everything
    report = (out / "report.md").read_text()
    assert "3 of 8 train, 3 of 4 val, 4 of 4 test" in report
    assert "* s006: no depth" in report
    assert prepare(source, out, reader=ClosedReader, partial=True) == 0
    with pytest.raises(PreparedDataError, match="3 of 8 train"):  # what is finished in part is not all
        prepare(source, out)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("damaged", r"s003: .*/s003\.jpg: is damaged"),
        ("label id", "s003: its label has id 38, but there are 37 classes"),
        ("label size", "s003: its label is 31x24, expected 32x24 as the others"),
        ("depth size", "s003: its depth is 32x23, expected 32x24 as the others"),
        ("refined size", "s003: its refined depth is 20x24, expected 32x24 as the others"),
        ("kept size", "s003: the image's file is JPEG 32x22, expected JPEG 32x24"),
    ],
)
def test_a_sample_that_does_not_fit_is_named_and_left_out_if_asked(tmp_path: Path, fault: str, said: str) -> None:
    source, out = write_source(tmp_path / "source", {3: {"fault": fault}}), tmp_path / "out"
    with pytest.raises(PreparedDataError, match=f"1 of the samples cannot be prepared: {said}.*--partial"):
        prepare(source, out)
    assert not (out / "index.json").exists()
    assert len(list((out / "label").iterdir())) == TOTAL - 1
    assert prepare(source, out, partial=True) == 0
    assert len(read_index(out).samples) == TOTAL - 1
    assert (out / "missing.txt").read_text().startswith("s003: ")
    assert json.loads((out / "prepare.json").read_text())["finished"] == "partial"


def test_where_nothing_is_sound_going_on_in_part_makes_no_sense(tmp_path: Path) -> None:
    source = write_source(tmp_path / "source", {number: {"fault": "damaged"} for number in range(TOTAL)})
    with pytest.raises(PreparedDataError, match="16 of the samples cannot be prepared"):
        prepare(source, tmp_path / "out", partial=True)
    source = write_source(tmp_path / "source", {number: {"missing": "label"} for number in range(TOTAL)})
    with pytest.raises(PreparedDataError, match=r"nothing to prepare; s000: no label; .*; and 13 more"):
        prepare(source, tmp_path / "other", partial=True)


def test_many_faults_end_the_call_early(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("training.prepare.command.MOST_FAULTS", 2)
    source = write_source(tmp_path / "source", {number: {"fault": "damaged"} for number in range(8)})
    with pytest.raises(PreparedDataError, match=r"[2-8] of the samples cannot be prepared"):
        prepare(source, tmp_path / "out")
    assert not (tmp_path / "out" / "color").exists()  # the sound ones come after


@pytest.mark.parametrize(
    ("fault", "said"),
    [("defect", r"ZeroDivisionError: no floor \(fake_dataset"), ("deadly", "its process was killed, .* memory")],
)
def test_a_process_that_fails_is_told_with_where_it_was(tmp_path: Path, fault: str, said: str) -> None:
    source = write_source(tmp_path / "source", {3: {"fault": fault}})
    with pytest.raises(StoppedError, match=f"one of 8 samples from s000 on: {said}"):
        prepare(source, tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "said"),
    [("S001", "two samples would be called S001"), ("../s3", "a sample's name: expected letters, digits")],
)
def test_names_that_would_harm_are_refused(tmp_path: Path, name: str, said: str) -> None:
    source = write_source(tmp_path / "source", {3: {"name": name}})
    with pytest.raises(PreparedDataError, match=said):
        prepare(source, tmp_path / "out")


def test_the_report_says_which_tests_come_from_unknown_places(tmp_path: Path, capsys) -> None:
    places = {number: {"collection": "kv2/c" if number < 12 else "kv2/d"} for number in range(1, TOTAL, 2)}
    places |= {number: {"collection": "kv1/a" if number != 14 else "kv1/b"} for number in range(0, TOTAL, 2)}
    out = tmp_path / "out"
    assert prepare(write_source(tmp_path / "source", places), out) == 0
    report = (out / "report.md").read_text()
    assert "| kv1 | 4 | 2 | 2 |\n| kv2 | 4 | 2 | 2 |\n| all | 8 | 4 | 4 |\n" in report
    for text in (report, capsys.readouterr().err):
        assert "kv1: 1 of its 2 test samples come from kv1/b, of which training has none" in text
        assert "kv2: 2 of its 2 test samples come from kv2/d, of which training has none" in text

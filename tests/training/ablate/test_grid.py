"""What a grid does with its runs, which a scripted launcher ends as it is told to."""

from __future__ import annotations

import csv
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_launcher import NEVER, ScriptedLauncher

from console.errors import OutputError, StoppedError, UsageError
from console.interrupt import Interrupt
from segmentation.checkpoints.card import ModelCard
from segmentation.checkpoints.checkpoint import save_checkpoint
from segmentation.classes import class_set
from segmentation.errors import CheckpointError
from segmentation.models import build_model
from sensors.prepared import PreparedDataError
from training.ablate.command import run_grid
from training.ablate.options import AblateOptions
from training.ablate.runs.endings import LOST, reason_of
from training.ablate.runs.files import read_history, read_result, result_of

VARIANTS = ["full", "kernels-1", "kernels-2", "kernels-4"]


@pytest.fixture
def grid(grid_of, monkeypatch) -> Callable[..., ScriptedLauncher]:
    """Run a grid with a scripted launcher, and give that. Its report has no pictures, which take long to draw."""
    for name in ("ablation_picture", "learned_picture"):
        monkeypatch.setattr(f"training.ablate.report.write.{name}", lambda *_: None)

    def run(codes=None, *, parallel: int = 1, said: str = "rgbd-train: it broke\n", **changed) -> ScriptedLauncher:
        launcher = ScriptedLauncher(codes or {}, parallel, said)
        monkeypatch.setattr("training.ablate.command.make_launcher", lambda *_: launcher)
        launcher.result = run_grid(grid_of(**changed), Interrupt())
        return launcher

    return run


def plain_model(folder: Path) -> Path:
    """The file of an untrained deresunet-lite."""
    classes = class_set("sunrgbd37")
    path = folder / "plain.safetensors"
    state = build_model("deresunet-lite", len(classes)).state_dict()
    save_checkpoint(path, state, ModelCard("deresunet-lite", classes))
    return path


def missing(options: AblateOptions) -> dict[str, str]:
    with (options.out / "ablation_runs.csv").open() as file:
        return {row["variant"]: row["missing"] for row in csv.DictReader(file) if row["missing"]}


def test_finished_runs_are_kept_and_later_calls_add_to_them(grid, grid_of) -> None:
    assert grid().started == ["full seed-0", "plain seed-0"]
    assert grid().started == []
    assert grid(seeds=(0, 1)).started == ["full seed-1", "plain seed-1"]
    assert grid(seeds=(1,), only=("convolution", "kernels")).started == [f"{name} seed-1" for name in VARIANTS[1:]]
    page = (grid_of().out / "ablation.md").read_text()
    assert "| `plain` | standard 2D convolutions | 0.00 | 50.00 ± 0.00 | 2 |" in page
    assert "`kernels-4` is level with `full` with one seed" in page


def test_the_report_can_be_made_anew_without_training(grid, grid_of) -> None:
    grid()
    page = grid_of().out / "ablation.md"
    page.unlink()
    assert grid().started == []
    assert page.exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"epochs": 3}, "was begun with --epochs 2, not --epochs 3; go on in the same way or choose another folder"),
        ({"host": "deresunet-r18"}, "was begun with --host deresunet-lite, not --host deresunet-r18"),
        ({"learning_rate": 0.1}, "was begun with no --lr, not --lr 0.1"),
        ({"input_size": (96, 64)}, "was begun with --input-size 64x48, not --input-size 96x64"),
        ({"recipe": "slides"}, "was begun with --recipe strong, not --recipe slides"),
        ({"limit_train_batches": 1}, "was begun with no --limit-train-batches"),
    ],
)
def test_going_on_in_another_way_is_refused(grid, changed, said) -> None:
    grid()
    with pytest.raises(UsageError, match=r"^--out: .*grid ") as caught:
        grid(**changed)
    assert said in str(caught.value)


@pytest.mark.parametrize("changed", [{"workers": 1}, {"cache": "ram"}, {"parallel": 2}, {"launcher": "ray"}])
def test_how_runs_are_fed_and_where_they_run_may_change(grid, changed) -> None:
    grid()
    assert grid(**changed).started == []


def test_other_samples_are_refused_and_the_same_ones_may_move(grid, planes, tmp_path) -> None:
    grid()
    moved = tmp_path / "moved"
    moved.symlink_to(planes)
    assert grid(data=moved).started == []
    from prepared_planes import write_planes

    fewer = write_planes(tmp_path / "fewer", splits=("train",) * 4 + ("val",) * 3).root
    with pytest.raises(UsageError, match="was begun with training samples 6, not training samples 4"):
        grid(data=fewer)


def test_a_strange_folder_and_a_second_grid_are_refused(grid, grid_of) -> None:
    from training.jobs.folder import alone

    out = grid_of().out
    with alone(out), pytest.raises(UsageError, match="another call is writing"):
        grid()
    (out / "thesis.tex").touch()
    with pytest.raises(UsageError, match="holds something else than ablations"):
        grid()


def test_data_that_will_not_do_are_told_before_anything_is_trained(grid, tmp_path) -> None:
    with pytest.raises(PreparedDataError, match="nowhere"):
        grid(data=tmp_path / "nowhere")


def test_a_grid_of_which_nothing_was_trained_yet_may_begin_in_another_way(grid) -> None:
    assert grid({"full": 2}).result == 2
    assert grid({"full": 2}, batch_size=3).result == 2
    assert grid(batch_size=1).started == ["full seed-0", "plain seed-0"]
    with pytest.raises(UsageError, match="was begun with --batch-size 1"):
        grid(batch_size=2)


def test_only_a_plain_model_of_the_host_can_start_every_variant(grid, grid_of, tmp_path) -> None:
    with pytest.raises(UsageError, match="is a malleable-deresunet-lite, which not every variant can start from"):
        grid(init="malleable-deresunet-lite")
    with pytest.raises(UsageError, match="--init deresunet-lite: no weights come with the program"):
        grid(init="deresunet-lite")
    with pytest.raises(CheckpointError, match="not found"):
        grid(init=str(tmp_path / "nothing.safetensors"))
    assert not list(grid_of().out.iterdir())
    assert grid(init=str(plain_model(tmp_path))).started == ["full seed-0", "plain seed-0"]


def test_a_failed_run_is_told_and_the_others_go_on(grid, grid_of, capsys) -> None:
    said = "rgbd-train: epoch 1 of 2\nrgbd-train: the loss is not a number for the batch of a, b\n"
    with pytest.raises(StoppedError, match=r"1 of 4 runs failed \(kernels-1, seed 0: the loss is not a number"):
        grid({"kernels-1": 1}, said=said, only=("kernels",))
    assert missing(grid_of()) == {"kernels-1": "the loss is not a number for the batch of a, b"}
    assert "* `kernels-1`, seed 0: the loss is not a number" in (grid_of().out / "ablation.md").read_text()
    assert "kernels-1, seed 0: FAILED: the loss is not a number" in capsys.readouterr().err
    assert grid(only=("kernels",)).started == ["kernels-1 seed-0"]
    assert missing(grid_of()) == {}


@pytest.mark.parametrize("code", [2, 3, 5, 6])
def test_what_would_end_every_run_ends_the_grid_with_its_code(grid, code) -> None:
    launcher = grid({"kernels-1": code}, only=("kernels",))
    assert launcher.result == code
    assert launcher.started == ["full seed-0", "kernels-1 seed-0"]


def test_several_runs_at_a_time_and_none_left_behind(grid) -> None:
    launcher = grid({"full": NEVER, "kernels-1": 3}, parallel=2, only=("kernels",))
    assert launcher.started == ["full seed-0", "kernels-1 seed-0"]
    assert [run.killed for run in launcher.runs] == [True, False]


def test_a_signal_stops_what_is_under_way_in_order(grid_of, monkeypatch, capsys) -> None:
    interrupt = Interrupt()
    launcher = ScriptedLauncher({"plain": NEVER})
    start = launcher.start

    def start_and_interrupt(folder):
        if folder.parent.name == "plain":
            interrupt.requested = True
        return start(folder)

    monkeypatch.setattr(launcher, "start", start_and_interrupt)
    monkeypatch.setattr("training.ablate.command.make_launcher", lambda *_: launcher)
    assert run_grid(grid_of(), interrupt) == 130
    assert "stopped with 1 of 2 runs finished; the same command goes on" in capsys.readouterr().err
    assert launcher.runs[-1].stopped
    assert not launcher.runs[-1].killed
    assert (grid_of().out / "ablation.md").exists()  # of what was finished


@pytest.mark.parametrize(
    ("code", "said", "reason"),
    [
        (-signal.SIGKILL, "rgbd-train: epoch 3\n", "its process was killed, as the system does when memory runs out"),
        (-signal.SIGSEGV, "", f"its process died of signal {int(signal.SIGSEGV)}"),
        (LOST, "", "the machine it ran on has gone"),
        (1, "rgbd-train: memory is not enough\n", "memory is not enough"),
        (1, "ValueError: oh\nrgbd-train: this is a defect of ours; please report\n", "ValueError: oh"),
        (1, "a library speaks\n", "it ended with code 1"),
    ],
)
def test_why_a_run_has_no_result(tmp_path, code, said, reason) -> None:
    (tmp_path / "log.txt").write_text(said)
    assert reason_of(code, tmp_path) == reason


def test_the_last_score_is_the_result_and_the_best_stands_beside_it(tmp_path) -> None:
    history = tmp_path / "history.csv"
    history.write_text(
        "epoch,train_loss,val_loss,miou,pixel_accuracy,lr,seconds\n"
        "1,3,3,0.2,0.5,0.1,10\n2,2,2,0.4,0.6,0.1,20\n3,1,,,,0.1,30\n4,1,2,0.3,0.7,0.1,40\n"
    )
    result = result_of(read_history(history), 7)
    assert (result.miou, result.pixel_accuracy, result.best_miou, result.best_epoch) == (0.3, 0.7, 0.4, 2)
    assert (result.epochs, result.parameters, result.seconds) == (4, 7, 40.0)


def test_a_run_without_a_score_is_no_result() -> None:
    rows = [{"epoch": "1", "miou": "nan", "pixel_accuracy": "nan", "seconds": "1"}]
    with pytest.raises(StoppedError, match="no validation sample has a labelled pixel"):
        result_of(rows, 7)


@pytest.mark.parametrize("content", ["{", "[]", json.dumps({"miou": 0.5})])
def test_a_damaged_result_is_named(tmp_path, content) -> None:
    (tmp_path / "result.json").write_text(content)
    with pytest.raises(OutputError, match=r"result\.json .*: delete it"):
        read_result(tmp_path)


def test_a_file_where_the_folder_should_be_is_told(grid, grid_of) -> None:
    grid_of().out.touch()
    with pytest.raises(UsageError, match="is a file; expected a folder"):
        grid()

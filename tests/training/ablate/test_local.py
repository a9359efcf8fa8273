"""Which GPUs and how many threads a run on this machine gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.ablate.launch import local
from training.ablate.launch.local import LocalLauncher


class FakeProcess:
    """See training.ablate.launch.process.RunProcess; ends when it is told to."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.environment, self.ended_with, self.killed = environment, None, False

    def code(self) -> int | None:
        return self.ended_with

    def kill(self) -> None:
        self.killed = True


@pytest.fixture(autouse=True)
def machine(monkeypatch) -> None:
    """Without processes, with two GPUs and eight cores, and no number of threads said."""
    monkeypatch.setattr(local, "RunProcess", FakeProcess)
    monkeypatch.setattr(local, "visible_gpus", lambda: ["2", "5"])
    monkeypatch.setattr(local, "usable_cores", lambda: 8)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)


def gpus_of(*runs: FakeProcess) -> list[str | None]:
    return [run.environment.get("CUDA_VISIBLE_DEVICES") for run in runs]


def test_every_gpu_has_one_run_and_a_free_one_gets_the_next(grid_of) -> None:
    with LocalLauncher(grid_of(device="auto")) as launcher:
        assert launcher.parallel == 2
        first, second = launcher.start(Path("a")), launcher.start(Path("b"))
        assert gpus_of(first, second) == ["2", "5"]
        second.ended_with = 0
        third = launcher.start(Path("c"))
        assert gpus_of(third) == ["5"]
    assert first.killed
    assert third.killed


def test_more_runs_than_gpus_share_them(grid_of) -> None:
    launcher = LocalLauncher(grid_of(device="auto", parallel=3))
    assert gpus_of(*(launcher.start(Path("a")) for _ in range(3))) == ["2", "5", "2"]


def test_on_the_cpu_one_run_has_all_cores_and_several_share_them(grid_of, monkeypatch) -> None:
    assert LocalLauncher(grid_of(device="cpu")).parallel == 1
    assert LocalLauncher(grid_of(device="cpu")).start(Path("a")).environment == {}
    assert LocalLauncher(grid_of(device="cpu", parallel=3)).start(Path("a")).environment == {"OMP_NUM_THREADS": "2"}
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert LocalLauncher(grid_of(device="cpu", parallel=3)).start(Path("a")).environment == {}


@pytest.mark.parametrize(
    ("allowed", "count", "names"), [(None, 2, ["0", "1"]), ("3,1", 2, ["3", "1"]), ("", 0, []), ("1,-1", 1, ["1"])]
)
def test_gpus_are_those_that_this_process_may_use(monkeypatch, allowed, count, names) -> None:
    monkeypatch.undo()
    monkeypatch.setattr("torch.cuda.device_count", lambda: count)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if allowed is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", allowed)
    assert local.visible_gpus() == names

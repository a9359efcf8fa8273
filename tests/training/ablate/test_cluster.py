"""Runs on a Ray cluster of this machine."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from waiting import wait_until

from console.errors import UsageError
from console.interrupt import Interrupt
from sensors.errors import MissingLibraryError
from training.ablate.data import data_facts
from training.ablate.launch import make_launcher
from training.ablate.launch.cluster import room_for_runs
from training.ablate.runs.files import GridRunFiles, read_history, read_result, write_json
from training.ablate.runs.plan import configuration, planned_runs

pytestmark = pytest.mark.timeout(200)


def written(options) -> Path:
    """The folder of a grid's first run, ready to be trained."""
    run = planned_runs(options)[0]
    write_json(GridRunFiles(run.folder).configuration, configuration(run, data_facts(run.options)))
    return run.folder


def processes_of(program: str) -> list[str]:
    """The command lines of running processes that hold this word."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if program in line]


def test_runs_end_well_or_are_stopped_in_order_and_nothing_stays_behind(grid_of, tmp_path) -> None:
    ray = pytest.importorskip("ray")
    options = grid_of(launcher="ray", epochs=1)
    short = written(options)
    long = written(grid_of(launcher="ray", epochs=500, out=tmp_path / "long"))
    with make_launcher(options, Interrupt()) as launcher:
        assert launcher.parallel == ray.cluster_resources()["CPU"]
        first, second = launcher.start(short), launcher.start(long)
        wait_until(lambda: first.code() is not None)
        assert first.code() == 0
        wait_until(lambda: read_history(long / "history.csv"))
        assert second.code() is None
        second.stop()
        wait_until(lambda: second.code() is not None)
        assert second.code() == 130
    result = read_result(short)
    assert result is not None
    assert result.epochs == 1
    assert read_result(long) is None
    assert "stopped" in (long / "log.txt").read_text()
    time.sleep(0.5)
    assert not processes_of(str(tmp_path))
    assert not processes_of("raylet/raylet")


@pytest.mark.parametrize(
    ("machines", "cpus", "gpus", "room"),
    [
        ([{"CPU": 2.0}], 1, 0, 2),
        ([{"CPU": 8.0, "GPU": 2.0}, {"CPU": 3.0, "GPU": 4.0}, {"CPU": 64.0}], 1, 1, 5),
        ([{"CPU": 8.0, "GPU": 1.0}], 2, 0.5, 2),
        ([{"CPU": 8.0, "GPU": 1.0}], 1, 0.2, 5),
        ([{"CPU": 8.0, "GPU": 1.0}], 3, 0.0, 2),
        ([{"CPU": 1.0}], 2, 0, 0),
        ([{"CPU": 4.0}], 1, 1, 0),
    ],
)
def test_as_many_runs_are_under_way_as_the_machines_have_room_for(machines, cpus, gpus, room) -> None:
    assert sum(room_for_runs(machine, cpus, gpus) for machine in machines) == room


def test_an_address_where_nobody_answers_is_told(grid_of) -> None:
    pytest.importorskip("ray")
    options = grid_of(launcher="ray", ray_address="auto")
    with (
        pytest.raises(UsageError, match="--ray-address auto: no Ray cluster answers"),
        make_launcher(options, Interrupt()),
    ):
        pass


def test_without_ray_the_cure_is_told(grid_of, monkeypatch) -> None:
    monkeypatch.setattr("training.ablate.launch.cluster.find_spec", lambda name: None)
    with pytest.raises(
        MissingLibraryError, match=r"ray, which is not installed: run make setup, or pip install 'rgbd-li"
    ):
        make_launcher(grid_of(launcher="ray"), Interrupt())

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from random_models import save_model
from scripted_engine import ScriptedEngine, frame, is_running, processes_of, scripted
from waiting import wait_until

from segmentation.engines.cache import EngineCache
from segmentation.engines.choose import Choice
from segmentation.engines.history import EngineHistory
from segmentation.engines.isolated import enduring
from segmentation.engines.isolated import engine as isolated
from segmentation.engines.isolated.enduring import MOST_RESTARTS, EnduringEngine
from segmentation.engines.isolated.engine import IsolatedEngine
from segmentation.engines.isolated.recipe import Recipe
from segmentation.engines.request import EngineRequest
from segmentation.engines.torch_engine import TorchEngine
from segmentation.errors import EngineFailedError, EngineUnavailableError
from segmentation.model_source import find_model

pytestmark = pytest.mark.timeout(60)
MEMORY = "device gpu: has no memory left for a frame"


class OnCpu(ScriptedEngine):
    name, device_name, precision = "spare", "cpu", "fp32"


class Case(SimpleNamespace):
    """engine, history, log of the processes, spare: the engine on the CPU, spare_sizes: the sizes asked of it."""

    def labels_come(self, frames: int) -> None:
        for seed in range(frames):
            np.testing.assert_array_equal(
                self.engine.run(*frame(seed)).labels, ScriptedEngine().run(*frame(seed)).labels
            )

    @property
    def where(self) -> tuple[str, str, str]:
        return self.engine.name, self.engine.device_name, self.engine.precision


@pytest.fixture
def case(tmp_path, caplog, monkeypatch) -> Iterator[Callable[..., Case]]:
    monkeypatch.setattr(isolated, "FRAME_S", 0.5)
    made = []

    def case(*lives: tuple[str, ...], spare: tuple[str, ...] = (), **changes: object) -> Case:
        log, history, on_cpu = tmp_path / "log", EngineHistory(), OnCpu(spare)
        sizes: list[tuple[int, int] | None] = []

        def choose_on_cpu(size: tuple[int, int] | None) -> Choice:
            sizes.append(size)
            return Choice(on_cpu, "spare")

        engine = EnduringEngine(scripted(log, *lives, **changes), choose_on_cpu, history)
        made.append(engine)
        return Case(engine=engine, history=history, log=log, spare=on_cpu, spare_sizes=sizes, caplog=caplog)

    yield case
    for engine in made:
        engine.close()
    assert not any(map(is_running, processes_of(tmp_path / "log")))


@pytest.mark.parametrize("act", ["kill", "crash", "exit", "hang", "fail", "defect"])
def test_a_process_that_fails_is_replaced_and_the_frame_is_labelled_all_the_same(case, act) -> None:
    made = case(("work", act), ())
    made.labels_come(4)
    assert (made.history.restarts, made.history.changes, made.where) == (1, [], ("scripted", "gpu", "fp16"))
    assert len(set(processes_of(made.log))) == 2
    said = [record.message for record in made.caplog.records]
    assert len(said) == 1
    assert said[0].endswith("it is started anew (restart 1)")


def test_the_next_process_makes_what_the_first_chose(case) -> None:
    made = case(("kill",), ())
    made.labels_come(1)
    assert [line.split()[1:3] for line in made.log.read_text().splitlines()] == [["auto", "auto"], ["scripted", "fp16"]]


def test_one_that_fails_again_and_again_gives_way_to_the_cpu_for_good(case) -> None:
    made = case(("work", "kill"))
    made.labels_come(10)
    assert made.history.restarts == MOST_RESTARTS
    assert len(processes_of(made.log)) == 1 + MOST_RESTARTS
    assert made.where == ("spare", "cpu", "fp32")
    assert made.history.changes == ["the inference process was ended by SIGKILL: engine spare on cpu, fp32 from now on"]
    assert made.caplog.records[-1].message == made.history.changes[0]
    assert made.spare.frames == 6  # each of the four processes labelled one


def test_failures_far_apart_do_not_add_up(case, monkeypatch) -> None:
    monkeypatch.setattr(enduring, "WITHIN_S", 0.0)
    made = case(("work", "fail"))
    made.labels_come(7)
    assert made.history.restarts == 6 > MOST_RESTARTS
    assert made.history.changes == []


def test_a_process_that_does_not_come_back_counts_as_failed(case) -> None:
    made = case(("kill",), ("work",), starts=("work", "crash", "refuse"))
    made.labels_come(2)
    assert made.history.restarts == 2
    assert made.where[0] == "spare"
    assert made.history.changes == ["device gpu: cannot do this: engine spare on cpu, fp32 from now on"]


def test_without_memory_the_input_becomes_smaller_once(case) -> None:
    made = case(("work", "fill", "work"), ("fill", "work"))
    made.labels_come(4)
    assert made.history.changes == [f"{MEMORY} (2 GiB wanted): the network's input is 32x24 from now on"]
    assert (made.history.restarts, made.where) == (0, ("scripted", "gpu", "fp16"))
    assert made.log.read_text().splitlines()[-1].endswith("(32, 24)")
    assert not is_running(processes_of(made.log)[0])


def test_where_also_the_smaller_input_does_not_fit_the_cpu_goes_on(case) -> None:
    made = case(("work", "full"))
    made.labels_come(4)
    assert [change.removeprefix(MEMORY) for change in made.history.changes] == [
        ": the network's input is 32x24 from now on",
        ": engine spare on cpu, fp32 from now on",
    ]
    assert made.where == ("spare", "cpu", "fp32")


def test_an_engine_of_one_size_goes_to_the_cpu_at_once(case) -> None:
    made = case(("one size only", "full"))
    made.labels_come(3)
    assert made.history.changes[-1] == "built for one size: engine spare on cpu, fp32 from now on"


@pytest.mark.parametrize(
    ("act", "cause"),
    [("nan", "engine scripted on gpu: its results are not all numbers"), ("refuse", "device gpu: cannot do this")],
)
def test_what_a_new_process_would_not_mend_goes_to_the_cpu_at_once(case, act, cause) -> None:
    made = case(("work", act))
    made.labels_come(3)
    assert (made.history.restarts, made.history.changes) == (0, [f"{cause}: engine spare on cpu, fp32 from now on"])


def test_a_bad_frame_is_nobodys_failure(case) -> None:
    made = case(("bad frame",))
    with pytest.raises(ValueError, match="expected another"):
        made.engine.run(*frame())
    made.labels_come(2)
    assert (made.history.restarts, made.history.changes, len(processes_of(made.log))) == (0, [], 1)


def test_what_fails_on_the_cpu_is_raised(case) -> None:
    made = case(("refuse",), spare=("work", "fail", "full"))
    made.labels_come(1)
    for _ in range(2):
        with pytest.raises(EngineUnavailableError, match="device gpu"):
            made.engine.run(*frame())
    assert len(made.history.changes) == 1


def test_what_fails_at_the_first_start_is_raised_for_others_to_be_tried(case) -> None:
    with pytest.raises(EngineFailedError, match="SIGSEGV"):
        case((), starts=("crash",))


def test_scores_of_a_process_that_was_replaced_are_lost(case) -> None:
    made = case(("work", "kill"), ())
    old = made.engine.run(*frame()).scores
    new = made.engine.run(*frame()).scores
    assert (old.at(0, 0), new.at(0, 0) is None) == (None, False)


def test_another_input_size_and_probabilities(case) -> None:
    made = case(())
    other = made.engine.at_input_size((16, 12))
    np.testing.assert_array_equal(other.run(*frame()).labels, ScriptedEngine().run(*frame()).labels)
    assert made.log.read_text().splitlines()[-1].endswith("(16, 12)")
    assert other.probabilities(*frame()).shape == (5, 6, 8)
    other.close()


def test_what_takes_its_place_has_its_input_size(case) -> None:
    made = case(("refuse",))
    for engine in (made.engine, made.engine.at_input_size((16, 12)).at_input_size((32, 24))):
        engine.run(*frame())
        engine.close()
    assert made.spare_sizes == [None, (32, 24)]


def test_on_the_cpu_an_input_size_of_its_own_is_torchs(tmp_path) -> None:
    source = find_model(save_model(tmp_path / "m.safetensors", "nyu13"))
    request = EngineRequest(source, "cpu", cache=EngineCache(tmp_path / "cache"))
    engine = enduring.choose_on_cpu(request, (32, 24)).engine
    assert isinstance(engine, TorchEngine)
    assert (engine.device_name, engine.card.input_size) == ("cpu", (32, 24))


def test_what_closing_ends_is_not_replaced(case, monkeypatch) -> None:
    monkeypatch.setattr(isolated, "FRAME_S", 30.0)
    made, failed = case(("work", "hang")), []
    made.labels_come(1)

    def run() -> None:
        try:
            made.engine.run(*frame())
        except EngineFailedError as error:
            failed.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    wait_until(made.engine._engine._one_frame.locked)
    made.engine.close()
    thread.join()
    with pytest.raises(EngineFailedError, match="cannot be given a frame"):
        made.engine.run(*frame())
    assert failed == ["the inference process was ended by SIGKILL"]
    assert (len(processes_of(made.log)), made.history) == (1, EngineHistory())


def test_closing_ends_a_process_that_is_only_being_started(case, monkeypatch) -> None:
    monkeypatch.setattr(enduring, "RESTART_S", 3600.0)
    made, failed = case(("kill",), starts=("work", "hang")), []

    def run() -> None:
        try:
            made.engine.run(*frame())
        except EngineFailedError as error:
            failed.append(str(error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    wait_until(lambda: len(processes_of(made.log)) == 2)
    made.engine.close()
    thread.join()
    assert failed == ["the inference process was ended by SIGKILL"]
    assert made.where == ("scripted", "gpu", "fp16")


def test_a_process_that_starts_just_after_closing_is_ended_too(tmp_path) -> None:
    made: list[EnduringEngine] = []

    def start(recipe: Recipe, **options: Any) -> IsolatedEngine:
        for engine in made:
            engine.close()
        return IsolatedEngine(recipe, **options)

    recipe = scripted(tmp_path / "log", ("kill",), ())
    made.append(EnduringEngine(recipe, lambda _: Choice(OnCpu(), ""), EngineHistory(), start=start))
    with pytest.raises(EngineFailedError, match="SIGKILL"):
        made[0].run(*frame())
    assert not any(map(is_running, processes_of(tmp_path / "log")))


def test_nothing_is_left_when_nobody_closes(tmp_path) -> None:
    """As after an error in whoever uses it: the process and its memory go with the engine."""
    gc.collect()
    log, before = tmp_path / "log", len(list(Path("/proc/self/fd").iterdir()))
    EnduringEngine(scripted(log), lambda _: Choice(OnCpu(), ""), EngineHistory()).run(*frame())
    gc.collect()
    wait_until(lambda: not any(map(is_running, processes_of(log))), seconds=10)
    assert len(list(Path("/proc/self/fd").iterdir())) == before

from __future__ import annotations

import pytest
from bench_runs import SETUP, run_of, tally_of

from app.bench.child import Refusal
from app.bench.rounds import WARM_UP_FRAMES, play_rounds
from console.errors import UsageError
from sensors.errors import RecordingError


class Measured:
    """Answers by engine, one for each call or the same for all; remembers what it was asked."""

    def __init__(self, **answers) -> None:
        self.answers, self.asked, self.told = answers, [], []

    def measure(self, case, frames, warm_up):
        self.asked.append((case.engine, frames, warm_up))
        given = self.answers.get(case.engine, (SETUP, run_of()))
        answer = given.pop(0) if isinstance(given, list) else given
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def play(self, *engines, frames=60, runs=3):
        tallies = [tally_of(engine) for engine in engines]
        tell = lambda turn, place, case: self.told.append((turn, place, case.engine))  # noqa: E731
        try:
            play_rounds(tallies, frames=frames, runs=runs, measure=self.measure, tell=tell)
        except KeyboardInterrupt:
            return tallies, True
        return tallies, False


def test_a_first_start_of_each_and_then_rounds_that_begin_with_another() -> None:
    measured = Measured()
    tallies, _ = measured.play("a", "b", "c", frames=7)
    order = [engine for engine, *_ in measured.asked]
    assert order == ["a", "b", "c", *"abc", *"bca", *"cab"]
    assert [turn for turn, *_ in measured.told] == [0] * 3 + [1] * 3 + [2] * 3 + [3] * 3
    assert {asked[1:] for asked in measured.asked[:3]} == {(1, 0)}
    assert {asked[1:] for asked in measured.asked[3:]} == {(7, WARM_UP_FRAMES)}
    assert [len(tally.runs) for tally in tallies] == [3, 3, 3]  # the first start is none of them
    assert all(tally.first_start_s == 1.5 for tally in tallies)


def test_an_engine_that_is_refused_is_not_asked_again_and_the_others_go_on() -> None:
    measured = Measured(b=Refusal("engine b: not installed", 5))
    (a, b), _ = measured.play("a", "b")
    assert [engine for engine, *_ in measured.asked].count("b") == 1
    assert b.refused == "engine b: not installed"
    assert not b.runs
    assert b.first_start_s is None
    assert len(a.runs) == 3


def test_a_crash_half_way_leaves_what_was_measured_before() -> None:
    good = (SETUP, run_of())
    measured = Measured(b=[good, good, Refusal("the process was killed by SIGSEGV", 1)])
    (a, b), _ = measured.play("a", "b")
    assert (len(a.runs), len(b.runs)) == (3, 1)
    assert "SIGSEGV" in (b.refused or "")


@pytest.mark.parametrize(("code", "error"), [(2, UsageError), (3, RecordingError)])
def test_what_no_engine_can_do_ends_the_bench(code: int, error: type[Exception]) -> None:
    with pytest.raises(error, match="unknown model"):
        Measured(a=Refusal("unknown model 'x'", code)).play("a", "b")


def test_a_file_that_goes_away_half_way_takes_no_measurement_along() -> None:
    good = (SETUP, run_of())
    (a, b), _ = Measured(a=[good, good, Refusal("walk.db3: No such file", 3)]).play("a", "b")
    assert (len(a.runs), a.refused, len(b.runs)) == (1, "walk.db3: No such file", 3)


def test_an_interrupt_leaves_what_was_measured() -> None:
    good = (SETUP, run_of())
    (a, b), interrupted = Measured(a=[good, good, KeyboardInterrupt()]).play("a", "b")
    assert interrupted
    assert len(a.runs) == 1
    assert len(b.runs) == 2  # the second round began with it

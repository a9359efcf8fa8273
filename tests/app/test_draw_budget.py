from __future__ import annotations

import pytest

from app.viewers.draw_budget import LONGEST_WAIT_S, SHARE, DrawBudget


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def play(budget: DrawBudget, clock: Clock, *, cost_s: float, over_s: float, by_hand: bool = False) -> float:
    """The share of all time and cores that drawing takes when it draws whenever it may."""
    ends_s, began_s = clock.s + over_s, clock.s
    while clock.s < ends_s:
        if budget.is_due(by_hand=by_hand):
            budget.count(cost_s)
        clock.s += 0.005
    return budget.spent_s / (clock.s - began_s)


@pytest.mark.parametrize("cores", [1, 2, 16])
@pytest.mark.parametrize("cost_s", [0.002, 0.02, 0.3])
def test_drawing_takes_its_share_and_no_more(clock, cores, cost_s) -> None:
    budget = DrawBudget(cores=cores, clock_s=clock)
    share = play(budget, clock, cost_s=cost_s, over_s=60) / cores
    assert share <= SHARE * 1.1
    assert share > SHARE * 0.8 or budget.rate_hz > 25  # or it is as fast as anyone can see


def test_a_cheap_drawing_is_as_fast_as_anyone_can_see(clock) -> None:
    budget = DrawBudget(cores=8, clock_s=clock)
    play(budget, clock, cost_s=0.0001, over_s=3)
    assert 25 < budget.rate_hz <= 30.5


def test_who_does_something_sees_it_sooner_and_the_debt_is_paid_later(clock) -> None:
    budget = DrawBudget(cores=2, clock_s=clock)
    by_hand = play(budget, clock, cost_s=0.1, over_s=2, by_hand=True) / 2
    assert SHARE * 2 < by_hand <= 0.55
    assert not budget.is_due()
    spent_s = budget.spent_s
    play(budget, clock, cost_s=0.1, over_s=60)
    assert (budget.spent_s - spent_s) / 60 / 2 < SHARE


def test_however_dear_it_is_it_is_drawn_again(clock) -> None:
    budget = DrawBudget(cores=1, clock_s=clock)
    budget.count(1000.0)
    assert not budget.is_due()
    clock.s += LONGEST_WAIT_S
    assert budget.is_due()


def test_waiting_for_others_is_not_counted(clock) -> None:
    thread = Clock()
    budget = DrawBudget(cores=4, clock_s=clock, thread_s=thread)
    with budget.drawing():
        clock.s += 3  # waited for others
        thread.s += 1
    assert budget.spent_s == 1


def test_a_drawing_that_raises_is_counted(clock) -> None:
    def fail() -> None:
        clock.s += 0.5
        raise ValueError("no paint")

    budget = DrawBudget(cores=1, clock_s=clock, thread_s=clock)
    with pytest.raises(ValueError, match="paint"), budget.drawing():
        fail()
    assert budget.spent_s == 0.5
    assert not budget.is_due()


def test_the_rate_is_told_from_the_first_drawing_on(clock) -> None:
    budget = DrawBudget(cores=1, clock_s=clock)
    budget.count(0.1)
    assert budget.rate_hz == pytest.approx(1.0)  # 0.1 s of one core: a tenth once a second
    play(budget, clock, cost_s=0.1, over_s=9)
    assert budget.rate_hz == pytest.approx(1.0, rel=0.05)

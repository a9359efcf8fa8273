"""The order of the runs: engines and models take turns, so that a busy moment meets all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.bench.case import Case, Tally
from app.bench.child import Outcome, Refusal
from console.errors import UsageError
from console.exit_codes import ExitCode
from sensors.errors import RecordingError

WARM_UP_FRAMES = 10
# Of these no other run would know better: what was asked for is wrong, not the engine.
_WRONG: dict[int, type[Exception]] = {ExitCode.USAGE: UsageError, ExitCode.BAD_INPUT: RecordingError}

Measure = Callable[[Case, int, int], Outcome]  # case, frames, frames to warm up with
Tell = Callable[[int, int, Case], None]  # round from 0 on, case number within it, case


def play_rounds(tallies: Sequence[Tally], *, frames: int, runs: int, measure: Measure, tell: Tell) -> None:
    """Fill the tallies: a first start of each, in which engines build what they keep, then so many rounds.

    A case that was refused or crashed is not asked again. Raises UsageError for a model or device that is none and
    RecordingError for a bad model file or recording, both by the first starts, and what `measure` raises; what was
    measured stays.
    """
    for place, tally in enumerate(tallies):
        tell(0, place, tally.case)
        _start_first(tally, measure(tally.case, 1, 0))
    for turn in range(1, runs + 1):
        for place, tally in enumerate(_in_turn(tallies, turn)):
            if tally.refused is None:
                tell(turn, place, tally.case)
                _add(tally, measure(tally.case, frames, WARM_UP_FRAMES))


def _in_turn(tallies: Sequence[Tally], turn: int) -> list[Tally]:
    """Another one begins each round: the one after a rest may find a cooler processor."""
    first = (turn - 1) % len(tallies)
    return [*tallies[first:], *tallies[:first]]


def _start_first(tally: Tally, outcome: Outcome) -> None:
    if not isinstance(outcome, Refusal):
        tally.setup, tally.first_start_s = outcome[0], outcome[1].first_mask_s
    elif outcome.code in _WRONG:
        raise _WRONG[outcome.code](outcome.reason)
    else:
        tally.refused = outcome.reason


def _add(tally: Tally, outcome: Outcome) -> None:
    if isinstance(outcome, Refusal):
        tally.refused = outcome.reason
    else:
        tally.setup = outcome[0]
        tally.runs.append(outcome[1])

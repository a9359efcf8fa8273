from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from console.errors import UsageError
from training.rooms.options import FIRST_TEST_SEED, RoomsOptions
from training.rooms.plan import plan_shots, split_rooms


def options(**changes) -> RoomsOptions:
    return RoomsOptions(**{"out": Path("out"), "count": 24, **changes})


def test_sample_i_shows_room_seed_plus_i() -> None:
    assert [shot.seed for shot in plan_shots(options(count=5, seed=7))] == [7, 8, 9, 10, 11]
    shots = plan_shots(options(count=5, seed=7, frames_per_room=2))
    assert [(shot.seed, shot.frame) for shot in shots] == [(7, 0), (7, 1), (8, 0), (8, 1), (9, 0)]


def test_names_are_unique_and_in_order() -> None:
    names = [shot.name for shot in plan_shots(options(count=300, frames_per_room=7, seed=99_990, val_share=0))]
    assert names == sorted(set(names))


@pytest.mark.parametrize("start", range(0, 69_000, 4321))
@pytest.mark.parametrize("share", [0.05, 0.1, 0.25, 0.5])
def test_validation_has_its_share_of_any_stretch_of_rooms(start: int, share: float) -> None:
    splits = Counter(split_rooms(range(start, start + 500), share).values())
    assert splits["val"] == pytest.approx(500 * share, abs=3)
    assert splits["train"] + splits["val"] == 500


@pytest.mark.parametrize("count", [2, 3, 24])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.5])
def test_few_rooms_give_some_of_both(count: int, share: float) -> None:
    for start in range(0, 500, 7):
        assert {"train", "val"} == set(split_rooms(range(start, start + count), share).values())


def test_a_share_of_nothing_and_a_single_room_give_no_validation() -> None:
    assert set(split_rooms(range(100), 0).values()) == {"train"}
    assert set(split_rooms([8], 0.1).values()) <= {"train", "val"}


def test_all_frames_of_a_room_are_in_one_split() -> None:
    rooms: dict[int, set[str]] = {}
    for shot in plan_shots(options(count=400, frames_per_room=4)):
        rooms.setdefault(shot.seed, set()).add(shot.split)
    assert all(len(splits) == 1 for splits in rooms.values())


def test_a_room_keeps_its_split_whatever_the_call() -> None:
    whole = split_rooms(range(2000), 0.1)
    assert split_rooms(range(300, 400), 0.1) == {seed: whole[seed] for seed in range(300, 400)}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_rooms_from_70000_on_are_for_testing_only(share: float) -> None:
    splits = split_rooms(range(FIRST_TEST_SEED - 30, FIRST_TEST_SEED + 2000), share)
    assert {splits[seed] for seed in splits if seed >= 70_000} == {"test"}
    assert "test" not in {splits[seed] for seed in splits if seed < 70_000}


def test_a_longer_call_begins_with_the_shorter_one() -> None:
    assert plan_shots(options(count=100, frames_per_room=2))[:50] == plan_shots(options(count=50, frames_per_room=2))


def test_without_a_number_one_process_a_core_renders_also_where_a_process_cannot_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)  # as on macOS
    assert options(count=10_000).processes == os.cpu_count()
    assert options(count=1).processes == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"count": 0}, "--count: expected 1 or more, got 0"),
        ({"frames_per_room": 0}, "--frames-per-room: expected 1 or more"),
        ({"workers": 0}, "--workers: expected 1 or more"),
        ({"seed": -1}, "--seed: rooms are numbered 0 to 999999, this asks for -1 to 22"),
        ({"seed": 999_990}, "--seed: rooms are numbered"),
        ({"size": (16, 240)}, "--size: expected 32 to 4096 pixels a side, got 16x240"),
        ({"layout": "coco"}, "--layout: expected one of prepared, sunrgbd, got 'coco'"),
        ({"val_share": 0.6}, "--val-share: expected 0 to 0.5, got 0.6"),
        ({"val_share": float("nan")}, "--val-share: expected 0 to 0.5"),
    ],
)
def test_options_that_make_no_sense_are_refused(changes: dict, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        options(**changes)
    assert words in str(caught.value)

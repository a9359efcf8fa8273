from __future__ import annotations

import pytest

from training.datasets import EpochSampler, SampleKey


def order(epoch: int = 0, **options: object) -> list[int]:
    sampler = EpochSampler(**{"count": 11, "shuffle": True, "seed": 3, **options})  # pyright: ignore[reportArgumentType]
    sampler.set_epoch(epoch)
    keys = list(sampler)
    assert all(isinstance(key, SampleKey) and key.epoch == epoch for key in keys)
    assert len(keys) == len(sampler)
    return [key.position for key in keys]


def test_every_epoch_takes_every_sample_once_in_an_order_of_its_own() -> None:
    orders = [order(epoch) for epoch in range(5)]
    assert all(sorted(taken) == list(range(11)) for taken in orders)
    assert len({tuple(taken) for taken in orders}) == 5


def test_the_order_is_the_seeds_and_the_epochs_alone() -> None:
    sampler = EpochSampler(11, seed=3, shuffle=True)
    later = []
    for epoch in range(4):
        sampler.set_epoch(epoch)
        later.append([key.position for key in sampler])
    assert later[3] == order(3)
    assert later[0] == order(0)
    assert order(3) != order(3, seed=4)


def test_unshuffled_samples_come_in_order() -> None:
    assert order(shuffle=False) == list(range(11))


@pytest.mark.parametrize("world", [1, 2, 3, 4])
def test_for_scores_nothing_is_left_out_and_nothing_taken_twice(world: int) -> None:
    shares = [order(rank=rank, world=world, shuffle=False) for rank in range(world)]
    assert sorted(position for share in shares for position in share) == list(range(11))


@pytest.mark.parametrize("world", [2, 3, 4])
def test_for_training_all_processes_get_as_many_and_no_sample_twice(world: int) -> None:
    left_out = set()
    for epoch in range(100):
        shares = [order(epoch, rank=rank, world=world, even=True) for rank in range(world)]
        taken = [position for share in shares for position in share]
        assert {len(share) for share in shares} == {11 // world}
        assert len(set(taken)) == len(taken)
        left_out |= set(range(11)) - set(taken)
    assert len(left_out) == 11


def test_what_cannot_be_shared_out_is_refused() -> None:
    with pytest.raises(ValueError, match="2 samples are too few for 3 processes"):
        EpochSampler(2, shuffle=True, rank=0, world=3, even=True)
    with pytest.raises(ValueError, match="rank 2 of 2"):
        EpochSampler(5, shuffle=True, rank=2, world=2)

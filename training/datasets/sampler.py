"""Which samples an epoch takes, in which order: decided by the seed and the epoch alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from torch.utils.data import Sampler


class SampleKey(NamedTuple):
    """What a dataset is asked for. The epoch travels with every position, since a worker process lives through many."""

    epoch: int
    position: int


class EpochSampler(Sampler[SampleKey]):
    """Every sample once an epoch, shared out among processes.

    count: samples of the dataset. seed: of the order. rank, world: this process and how many there are.
    even: give every process the same number, as training needs; up to world - 1 samples of the order's end are then
    left out, others in every epoch. Without it nothing is left out and nothing is taken twice, as scores need.
    Raises ValueError where even processes would get no sample.
    """

    def __init__(
        self, count: int, *, seed: int = 0, shuffle: bool, rank: int = 0, world: int = 1, even: bool = False
    ) -> None:
        if not 0 <= rank < world:
            raise ValueError(f"expected 0 <= rank < world, got rank {rank} of {world}")
        if even and count < world:
            raise ValueError(f"{count} samples are too few for {world} processes")
        self._count, self._seed, self._shuffle = count, seed, shuffle
        self._rank, self._world, self._even = rank, world, even
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """From the next iteration on, give this epoch's order; Lightning calls it, and so resumes in place."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(range(self._rank, self._end, self._world))

    def __iter__(self) -> Iterator[SampleKey]:
        epoch = self._epoch
        order = np.arange(self._count)
        if self._shuffle:
            order = np.random.default_rng((self._seed, epoch)).permutation(self._count)
        for index in order[self._rank : self._end : self._world]:
            yield SampleKey(epoch, int(index))

    @property
    def _end(self) -> int:
        return self._count - self._count % self._world if self._even else self._count

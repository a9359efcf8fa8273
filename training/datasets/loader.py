"""Batches from a dataset: the same ones whatever the number of worker processes."""

from __future__ import annotations

import signal

import cv2
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from training.datasets.dataset import SegmentationDataset
from training.datasets.sampler import EpochSampler


def build_loader(
    dataset: SegmentationDataset,
    batch_size: int,
    *,
    train: bool,
    workers: int = 0,
    seed: int = 0,
    rank: int = 0,
    world: int = 1,
    pin_memory: bool = False,
) -> DataLoader[dict[str, Tensor]]:
    """A loader whose batches depend on the seed and the epoch alone, for process `rank` of `world`.

    train: shuffled; every process gets the same number of whole batches (a smaller set than one batch is one batch).
    Otherwise in order, every sample once over all processes. workers: processes that decode and augment; 0 = this one.
    With workers, OpenCV uses one thread in this process too.
    The loader's sampler has set_epoch(); Lightning calls it, and must be told use_distributed_sampler=False.
    Raises ValueError where there are fewer training samples than processes.
    """
    if workers:
        # Threads do not survive a fork: a worker that inherits OpenCV's pool waits for them for ever.
        cv2.setNumThreads(1)
    sampler = EpochSampler(len(dataset), seed=seed, shuffle=train, rank=rank, world=world, even=train)
    return DataLoader(
        dataset,
        batch_size,
        sampler=sampler,
        num_workers=workers,
        drop_last=train and len(sampler) >= batch_size,
        worker_init_fn=start_worker,
        persistent_workers=workers > 0,
        pin_memory=pin_memory,
        # A loader draws a number an epoch; from the global generator, that would change what is drawn elsewhere.
        generator=torch.Generator().manual_seed(seed),
    )


def start_worker(_number: int) -> None:
    """Make a fresh worker process leave the other processors to the others, and Ctrl-C to its parent."""
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends in order and takes us along

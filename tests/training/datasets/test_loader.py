from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
import torch

from sensors.prepared import PreparedIndex
from training.augment import build_augmentation
from training.datasets import EpochSampler, SampleError, SampleMemory, SegmentationDataset, build_loader, samples_of

SIZE = (40, 30)


def dataset(index: PreparedIndex, split: Any = "train", *, memory: bool = False) -> SegmentationDataset:
    samples = samples_of(index, split)
    return SegmentationDataset(
        index,
        samples,
        num_classes=37,
        input_size=SIZE,
        augment=build_augmentation("strong", SIZE) if split == "train" else None,
        seed=5,
        memory=SampleMemory(samples) if memory else None,
    )


def batches(loader: Any, epochs: range) -> list[dict[str, np.ndarray]]:
    taken = []
    for epoch in epochs:
        assert isinstance(loader.sampler, EpochSampler)
        loader.sampler.set_epoch(epoch)
        taken.extend({name: value.numpy().copy() for name, value in batch.items()} for batch in loader)
    return taken


def assert_same(found: list[dict[str, np.ndarray]], expected: list[dict[str, np.ndarray]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for name in other:
            np.testing.assert_array_equal(one[name], other[name])


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("memory", [False, True])
def test_batches_are_the_same_whatever_the_number_of_workers(
    planes_index: PreparedIndex, workers: int, memory: bool
) -> None:
    alone = batches(build_loader(dataset(planes_index), 2, train=True, seed=5), range(3))
    shared = build_loader(dataset(planes_index, memory=memory), 2, train=True, seed=5, workers=workers)
    assert_same(batches(shared, range(3)), alone)


def test_what_goes_on_at_a_later_epoch_goes_on_identically(planes_index: PreparedIndex) -> None:
    whole = batches(build_loader(dataset(planes_index), 2, train=True, seed=5), range(4))
    resumed = batches(build_loader(dataset(planes_index), 2, train=True, seed=5, workers=1), range(2, 4))
    assert_same(resumed, whole[6:])


def test_another_seed_gives_another_order(planes_index: PreparedIndex) -> None:
    orders = {
        tuple(np.concatenate([batch["index"] for batch in batches(loader, range(1))]))
        for loader in (build_loader(dataset(planes_index), 2, train=True, seed=seed) for seed in range(6))
    }
    assert len(orders) > 3


def test_validation_takes_every_sample_once_and_in_order(planes_index: PreparedIndex) -> None:
    (batch,) = batches(build_loader(dataset(planes_index, "val"), 8, train=False), range(1))
    assert batch["index"].tolist() == [0, 1]


@pytest.mark.parametrize(("batch_size", "sizes"), [(2, [2, 2, 2]), (4, [4]), (6, [6]), (50, [6])])
def test_training_takes_whole_batches_only_unless_there_is_none(
    planes_index: PreparedIndex, batch_size: int, sizes: list[int]
) -> None:
    loader = build_loader(dataset(planes_index), batch_size, train=True)
    assert [len(batch["index"]) for batch in batches(loader, range(1))] == sizes
    assert len(loader) == len(sizes)


def test_the_programs_other_chance_is_left_alone(planes_index: PreparedIndex) -> None:
    torch.manual_seed(1)
    np.random.seed(1)  # noqa: NPY002 - it is this state that must stay
    before = torch.get_rng_state(), np.random.get_state()[1]  # noqa: NPY002
    batches(build_loader(dataset(planes_index), 2, train=True, workers=1), range(2))
    batches(build_loader(dataset(planes_index), 2, train=True), range(2))
    assert torch.equal(torch.get_rng_state(), before[0])
    np.testing.assert_array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


@pytest.mark.timeout(60)
def test_workers_start_after_opencv_has_used_threads_here(planes_index: PreparedIndex) -> None:
    # A worker that inherits OpenCV's thread pool waits for ever for threads that the fork did not copy.
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        for _ in range(5):
            cv2.GaussianBlur(np.zeros((480, 640, 3), np.uint8), (0, 0), 3)
        assert batches(build_loader(dataset(planes_index), 2, train=True, workers=2), range(1))
    finally:
        cv2.setNumThreads(threads)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_image_is_named_in_one_line_from_a_worker_too(own_index: PreparedIndex, workers: int) -> None:
    path = own_index.root / "color" / "planes004.png"
    path.write_bytes(path.read_bytes()[:300])
    loader = build_loader(dataset(own_index), 2, train=True, workers=workers)
    with pytest.raises(SampleError, match=r"^/.*color/planes004\.png: damaged") as caught:
        batches(loader, range(1))
    assert "\n" not in str(caught.value)


def test_fewer_samples_than_processes_are_refused(planes_index: PreparedIndex) -> None:
    with pytest.raises(ValueError, match="6 samples are too few for 7 processes"):
        build_loader(dataset(planes_index), 2, train=True, rank=0, world=7)

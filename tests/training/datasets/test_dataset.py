from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from console.errors import UsageError
from segmentation.classes import ids_from_labels
from segmentation.preprocess import ColorNormalisation, Preprocessor, picked_nearest
from sensors.align import Aligner
from sensors.frames import RawFrame
from sensors.prepared import PreparedIndex
from training.augment import build_augmentation
from training.datasets import SampleError, SampleKey, SampleMemory, SegmentationDataset, samples_of

SIZE = (40, 30)


def dataset(index: PreparedIndex, split: Any = "train", **options: Any) -> SegmentationDataset:
    return SegmentationDataset(index, samples_of(index, split), **{"num_classes": 37, "input_size": SIZE, **options})


def augmented(index: PreparedIndex, **options: Any) -> SegmentationDataset:
    return dataset(index, augment=build_augmentation("strong", SIZE), **options)


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_without_augmentation_it_is_the_live_path_bit_by_bit(planes_index: PreparedIndex) -> None:
    normalisation = ColorNormalisation((0.1, 0.2, 0.3), (0.5, 0.6, 0.7))
    items = dataset(planes_index, normalisation=normalisation)
    for position, sample in enumerate(items.samples):
        arrays = planes_index.read(sample)
        raw = RawFrame(0, 0.0, "none", arrays.color, arrays.depth_steps, 0.001, sample.intrinsics, sample.intrinsics)
        frame = Aligner()(raw)
        focal_px = frame.intrinsics.fx, frame.intrinsics.fy
        live = Preprocessor(SIZE, normalisation)(frame.color, frame.depth_m, focal_px)
        item = items[position]
        assert torch.equal(item["color"], live.color[0])
        assert torch.equal(item["depth_m"], live.depth_m[0])
        assert torch.equal(item["focal_px"], live.focal_px[0])


def test_items_have_the_shapes_and_types_that_are_promised(planes_index: PreparedIndex) -> None:
    for items in (dataset(planes_index), augmented(planes_index)):
        item = items[0]
        shapes = {name: (tuple(value.shape), value.dtype) for name, value in item.items()}
        assert shapes == {
            "color": ((3, 30, 40), torch.float32),
            "depth_m": ((1, 30, 40), torch.float32),
            "focal_px": ((2,), torch.float32),
            "target": ((30, 40), torch.int64),
            "camera": ((), torch.int64),
            "index": ((), torch.int64),
        }


@pytest.mark.parametrize("targets", ["input", "label"])
def test_targets_are_network_ids_with_void_ignored(planes_index: PreparedIndex, targets: str) -> None:
    items = dataset(planes_index, targets=targets)
    for position in range(len(items)):
        label = planes_index.read(items.samples[position]).label
        expected = ids_from_labels(label if targets == "label" else picked_nearest(label, SIZE))
        assert items[position]["target"].tolist() == expected.tolist()
        assert 255 in expected
        assert 0 in expected


def test_items_say_which_sample_and_which_camera_they_are(planes_index: PreparedIndex) -> None:
    train, val = dataset(planes_index), dataset(planes_index, "val")
    assert train.camera_names == val.camera_names == ("planes-a", "planes-b")
    for items in (train, val):
        for position, sample in enumerate(items.samples):
            assert items.camera_names[items[position]["camera"]] == sample.camera
            assert items[position]["index"] == position


def test_chance_depends_on_seed_epoch_and_position_and_nothing_else(planes_index: PreparedIndex) -> None:
    first, second = augmented(planes_index, seed=7), augmented(planes_index, seed=7)
    wanted = [SampleKey(epoch, position) for epoch in (0, 1, 5) for position in (0, 3)]
    taken = {key: first[key] for key in wanted}
    for key in reversed(wanted):
        assert same(second[key], taken[key])
    different = [*taken.values(), augmented(planes_index, seed=8)[SampleKey(0, 0)]]
    sums = {float(item["color"].double().sum()) for item in different}
    assert len(sums) == len(different)


def test_plain_positions_are_of_the_epoch_that_was_set(planes_index: PreparedIndex) -> None:
    items = augmented(planes_index)
    assert same(items[2], items[SampleKey(0, 2)])
    items.set_epoch(4)
    assert same(items[2], items[SampleKey(4, 2)])
    assert not same(items[2], items[SampleKey(0, 2)])


def test_the_augmented_frame_is_what_becomes_the_item(planes_index: PreparedIndex) -> None:
    items = augmented(planes_index, seed=3)
    for epoch in range(3):
        frame, item = items.frame(1, epoch), items[SampleKey(epoch, 1)]
        assert np.array_equal(item["depth_m"][0].numpy(), frame.depth_m)
        assert np.array_equal(item["target"].numpy(), ids_from_labels(frame.label))
        assert item["focal_px"].tolist() == pytest.approx([frame.intrinsics.fx, frame.intrinsics.fy])


def test_memory_changes_nothing_but_the_time(planes_index: PreparedIndex) -> None:
    samples = samples_of(planes_index, "train")
    plain, kept = augmented(planes_index), augmented(planes_index, memory=SampleMemory(samples))
    for epoch in range(3):
        for position in range(len(samples)):
            assert same(kept[SampleKey(epoch, position)], plain[SampleKey(epoch, position)])


def test_nobody_trains_on_the_test_split(planes_index: PreparedIndex) -> None:
    with pytest.raises(UsageError, match="planes008 belongs to the test split, which is never trained on"):
        SegmentationDataset(
            planes_index,
            planes_index.samples,
            num_classes=37,
            input_size=SIZE,
            augment=build_augmentation("strong", SIZE),
        )
    assert len(dataset(planes_index, "test")) == 1


def test_a_label_that_the_network_does_not_know_is_named(planes_index: PreparedIndex) -> None:
    with pytest.raises(SampleError, match=r"planes000: has label \d+, but the network knows 2 classes"):
        dataset(planes_index, num_classes=2)[0]


@pytest.mark.parametrize("memory", [False, True])
def test_a_damaged_image_is_named_in_one_line(own_index: PreparedIndex, memory: bool) -> None:
    path = own_index.root / "depth" / "planes001.png"
    path.write_bytes(path.read_bytes()[:200])
    items = dataset(own_index, memory=SampleMemory(samples_of(own_index, "train")) if memory else None)
    for _ in range(2):
        with pytest.raises(SampleError, match=r"depth/planes001\.png: damaged") as caught:
            items[1]
        assert "\n" not in str(caught.value)
    assert items[0]["index"] == 0


def test_sizes_that_differ_are_named(own_index: PreparedIndex) -> None:
    Image.new("L", (10, 10)).save(own_index.root / "label" / "planes002.png")
    with pytest.raises(SampleError, match=r"label/planes002\.png: is 10x10"):
        dataset(own_index)[2]


def test_an_error_that_went_through_a_traceback_keeps_its_message() -> None:
    text = (
        "Caught SampleError in DataLoader worker process 0.\nOriginal Traceback (most recent call last):\n  File x\n"
        "training.datasets.dataset.SampleError: depth/a.png: damaged image: cut off\n"
    )
    assert str(SampleError(text)) == "depth/a.png: damaged image: cut off"
    assert str(SampleError("depth/a.png: damaged")) == "depth/a.png: damaged"

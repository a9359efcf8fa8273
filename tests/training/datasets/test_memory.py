from __future__ import annotations

import os
import pickle

import numpy as np
import pytest

from console.errors import UsageError
from sensors.prepared import PreparedArrays, PreparedIndex
from training.datasets import SampleMemory, memory


def test_a_sample_is_decoded_once_and_stays_the_same(planes_index: PreparedIndex) -> None:
    kept, decoded = SampleMemory(planes_index.samples), []

    def read(position: int) -> PreparedArrays:
        def decode() -> PreparedArrays:
            decoded.append(position)
            return planes_index.read(planes_index.samples[position])

        return kept.read(position, decode)

    for _ in range(3):
        for position, sample in enumerate(planes_index.samples):
            found, expected = read(position), planes_index.read(sample)
            for name in ("color", "depth_steps", "label"):
                np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
                assert getattr(found, name).dtype == getattr(expected, name).dtype
    assert decoded == list(range(len(planes_index.samples)))


def test_what_is_kept_cannot_be_written_to(planes_index: PreparedIndex) -> None:
    kept = SampleMemory(planes_index.samples)
    arrays = kept.read(0, lambda: planes_index.read(planes_index.samples[0]))
    with pytest.raises(ValueError, match="read-only"):
        arrays.depth_steps[0, 0] = 1


def test_a_process_that_forks_fills_the_memory_for_all(planes_index: PreparedIndex) -> None:
    kept = SampleMemory(planes_index.samples)
    if (child := os.fork()) == 0:
        kept.read(1, lambda: planes_index.read(planes_index.samples[1]))
        os._exit(0)
    os.waitpid(child, 0)
    found = kept.read(1, lambda: pytest.fail("decoded again"))
    np.testing.assert_array_equal(found.label, planes_index.read(planes_index.samples[1]).label)


def test_a_process_that_starts_afresh_gets_an_empty_one(planes_index: PreparedIndex) -> None:
    kept = SampleMemory(planes_index.samples)
    kept.read(0, lambda: planes_index.read(planes_index.samples[0]))
    copy = pickle.loads(pickle.dumps(kept))
    assert copy.bytes == kept.bytes
    other = planes_index.read(planes_index.samples[2])
    np.testing.assert_array_equal(copy.read(0, lambda: other).label, other.label)


def test_it_takes_six_bytes_a_pixel(planes_index: PreparedIndex) -> None:
    pixels = sum(sample.intrinsics.width * sample.intrinsics.height for sample in planes_index.samples)
    assert 0 <= SampleMemory(planes_index.samples).bytes - 6 * pixels < 64 * len(planes_index.samples)


def test_what_does_not_fit_is_refused_before_it_is_tried(
    planes_index: PreparedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 100_000)
    with pytest.raises(UsageError, match=r"0\.0 GB are free; leave out --cache ram"):
        SampleMemory(planes_index.samples)
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    assert SampleMemory(planes_index.samples).bytes

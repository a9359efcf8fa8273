from __future__ import annotations

import numpy as np
import pytest
from prepared_planes import write_planes

from sensors.errors import PreparedDataError
from sensors.prepared.sample import sample_paths
from training.class_weights import count_labels, median_frequency_weights


def test_by_hand() -> None:
    """Three images of 100 labelled pixels; the fourth class never occurs, the third only in one image."""
    counts = np.array([[80, 20, 0, 0], [60, 40, 0, 0], [50, 40, 10, 0]])
    frequencies = np.array([190 / 300, 100 / 300, 10 / 100])
    expected = np.median(frequencies) / frequencies
    np.testing.assert_allclose(median_frequency_weights(counts, 10.0), [*expected, 1.0], rtol=1e-6)


def test_what_is_rare_in_pixels_weighs_more_up_to_a_limit() -> None:
    counts = np.array([[1000, 500, 1]])
    weights = median_frequency_weights(counts, 10.0)
    assert weights.tolist() == [0.5, 1.0, 10.0]
    assert weights.dtype == np.float32


def test_no_label_at_all_weighs_alike() -> None:
    assert median_frequency_weights(np.zeros((2, 3), np.int64), 10.0).tolist() == [1, 1, 1]


def test_void_is_not_counted(tmp_path) -> None:
    index = write_planes(tmp_path)
    counts = count_labels(index, index.samples, 37)
    assert counts.shape == (len(index.samples), 37)
    for row, sample in zip(counts, index.samples, strict=True):
        label = index.read(sample).label
        assert row.sum() == (label > 0).sum()
        assert row[1] == (label == 2).sum()


def test_a_label_outside_the_classes_is_named(tmp_path) -> None:
    import cv2

    index = write_planes(tmp_path)
    path = sample_paths(index.root, index.samples[2].name, ".png").label
    cv2.imwrite(str(path), np.full((48, 64), 99, np.uint8))
    with pytest.raises(PreparedDataError, match=rf"{path.name}: has label 99, but sunrgbd37 ends at 37"):
        count_labels(index, index.samples, 37)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(PreparedDataError, match=path.name):
        count_labels(index, index.samples, 37)

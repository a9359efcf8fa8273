"""Weights that keep walls and floors from drowning what is small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sensors.errors import PreparedDataError, RecordingError
from sensors.images import read_label
from sensors.prepared import PreparedIndex, PreparedSample
from sensors.prepared.sample import sample_paths

MOST_SAMPLES = 2000  # with more of them the frequencies hardly move


def median_frequency_weights(counts: NDArray[np.int64], largest: float) -> NDArray[np.float32]:
    """(C,) float32 weights: the median of all classes' frequencies over each class's own, at most `largest`.

    A class's frequency is its share of the labelled pixels of the images that show it: Eigen and Fergus, "Predicting
    Depth, Surface Normals and Semantic Labels", ICCV 2015. counts: (N, C), pixels of each class in each image. A class
    that never occurs gets 1.
    """
    pixels = counts.sum(axis=0)
    shown_with = np.where(counts > 0, counts.sum(axis=1, keepdims=True), 0).sum(axis=0)
    seen = pixels > 0
    frequencies = pixels[seen] / shown_with[seen]
    weights = np.ones(counts.shape[1], np.float32)
    weights[seen] = np.minimum(np.median(frequencies) / frequencies, largest) if seen.any() else 1
    return weights


def count_labels(index: PreparedIndex, samples: Sequence[PreparedSample], num_classes: int) -> NDArray[np.int64]:
    """(N, C) pixels of each class in at most MOST_SAMPLES of the samples, picked evenly; void is not counted.

    Raises PreparedDataError naming a label image that cannot be read or has a label outside the classes.
    """
    some = np.unique(np.linspace(0, len(samples) - 1, MOST_SAMPLES).astype(int))
    return np.stack([_counts(index, samples[position], num_classes) for position in some])


def _counts(index: PreparedIndex, sample: PreparedSample, num_classes: int) -> NDArray[np.int64]:
    path = sample_paths(index.root, sample.name, sample.color_suffix).label
    try:
        label = read_label(path)
    except RecordingError as error:
        raise PreparedDataError(str(error)) from error
    counts = np.bincount(label.ravel(), minlength=num_classes + 1)
    if len(counts) > num_classes + 1:
        raise PreparedDataError(f"{path}: has label {len(counts) - 1}, but {index.class_set} ends at {num_classes}")
    return counts[1:]

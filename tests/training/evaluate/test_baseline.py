from __future__ import annotations

import numpy as np
import pytest

from segmentation.classes import IGNORE
from training.evaluate.scoring.baseline import always, commonest
from training.metrics import ConfusionMatrix


def counted(found: list[int], truth: list[int]) -> ConfusionMatrix:
    matrix = ConfusionMatrix(5)
    matrix.update(np.array(found), np.array(truth))
    return matrix


def test_a_hand_made_table() -> None:
    """Six pixels of class 2, three of class 0, one of class 4, two void: always 2 is right for 6 of 10."""
    truth = [2] * 6 + [0] * 3 + [4] + [IGNORE] * 2
    matrix = counted([0] * 12, truth)
    assert commonest(matrix) == 2
    scores = always(2, matrix)
    assert scores.pixel_accuracy() == pytest.approx(0.6)
    assert scores.miou() == pytest.approx(0.6 / 3)
    assert scores.mean_accuracy() == pytest.approx(1 / 3)
    assert np.array_equal(scores.counts, counted([2] * 12, truth).counts)


def test_what_was_predicted_does_not_matter() -> None:
    truth = np.random.default_rng(0).integers(0, 5, 200)
    tables = [counted(np.random.default_rng(seed).integers(0, 5, 200).tolist(), truth.tolist()) for seed in (1, 2)]
    assert commonest(tables[0]) == commonest(tables[1]) == np.bincount(truth).argmax()
    assert np.array_equal(always(3, tables[0]).counts, always(3, tables[1]).counts)


def test_a_class_that_is_not_there_is_always_wrong() -> None:
    scores = always(1, counted([0, 0], [0, 2]))
    assert (scores.pixel_accuracy(), scores.miou(), scores.mean_accuracy()) == (0, 0, 0)

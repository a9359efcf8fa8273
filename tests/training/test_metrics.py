from __future__ import annotations

import numpy as np
import pytest
import torch

from training.metrics import ConfusionMatrix


def filled(seed: int = 0, classes: int = 6, pixels: int = 5000) -> tuple[ConfusionMatrix, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, classes - 1, pixels)  # the last class is never there
    guess = np.where(rng.random(pixels) < 0.6, truth, rng.integers(0, classes, pixels))
    truth[rng.random(pixels) < 0.1] = 255
    matrix = ConfusionMatrix(classes)
    matrix.update(torch.from_numpy(guess.reshape(50, -1)), torch.from_numpy(truth.reshape(50, -1)))
    return matrix, guess, truth


def test_counts_by_hand() -> None:
    matrix = ConfusionMatrix(3)
    truth = np.array([[0, 0, 1, 1], [1, 1, 255, 255]])
    guess = np.array([[0, 2, 1, 1], [1, 0, 2, 0]])
    matrix.update(guess, truth)
    assert matrix.counts.tolist() == [[1, 0, 1], [1, 3, 0], [0, 0, 0]]
    assert matrix.pixels == 6
    assert matrix.classes_present == 2
    np.testing.assert_allclose(matrix.iou(), [1 / 3, 3 / 4, np.nan])
    assert matrix.miou() == pytest.approx((1 / 3 + 3 / 4) / 2)
    assert matrix.pixel_accuracy() == pytest.approx(4 / 6)
    assert matrix.mean_accuracy() == pytest.approx((1 / 2 + 3 / 4) / 2)


def test_a_class_that_is_only_guessed_costs_the_others_but_is_not_averaged() -> None:
    matrix, guess, truth = filled()
    counted = truth != 255
    for name in range(5):
        both = ((guess == name) & (truth == name)).sum()
        either = ((guess == name) | (truth == name))[counted].sum()
        assert matrix.iou()[name] == pytest.approx(both / either)
    assert np.isnan(matrix.iou()[5])
    assert matrix.miou() == pytest.approx(np.mean(matrix.iou()[:5]))


def test_agrees_with_torchmetrics() -> None:
    classification = pytest.importorskip("torchmetrics.functional.classification")
    matrix, guess, truth = filled()
    guesses, truths = torch.from_numpy(guess), torch.from_numpy(truth)
    options = {"num_classes": 6, "ignore_index": 255}
    theirs = classification.multiclass_jaccard_index(guesses, truths, average="none", **options)[:5]
    np.testing.assert_allclose(matrix.iou()[:5], theirs.numpy(), rtol=1e-6)
    accuracy = classification.multiclass_accuracy(guesses, truths, average="micro", **options)
    assert matrix.pixel_accuracy() == pytest.approx(float(accuracy))


def test_parts_add_up_to_the_whole() -> None:
    _, guess, truth = filled()
    whole, parts = ConfusionMatrix(6), [ConfusionMatrix(6), ConfusionMatrix(6)]
    whole.update(guess, truth)
    for part, half in zip(parts, (slice(0, 1234), slice(1234, None)), strict=True):
        part.update(guess[half], truth[half])
    assert np.array_equal((parts[0] + parts[1]).counts, whole.counts)


def test_nothing_counted_is_nan_and_no_warning() -> None:
    matrix = ConfusionMatrix(4)
    matrix.update(np.zeros((2, 2), int), np.full((2, 2), 255))
    assert matrix.pixels == 0
    assert np.isnan([matrix.miou(), matrix.pixel_accuracy(), matrix.mean_accuracy()]).all()


@pytest.mark.parametrize(("guess", "truth"), [(4, 0), (0, 4), (-1, 0), (0, 254)])
def test_an_id_outside_the_classes_is_refused(guess, truth) -> None:
    with pytest.raises(ValueError, match="outside the 4 classes"):
        ConfusionMatrix(4).update(np.array([guess]), np.array([truth]))


def test_sizes_must_agree() -> None:
    with pytest.raises(ValueError, match="differ in size"):
        ConfusionMatrix(4).update(np.zeros((2, 3), int), np.zeros((3, 2), int))

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchmetrics.classification import MulticlassAccuracy, MulticlassCalibrationError, MulticlassJaccardIndex

from segmentation.classes import IGNORE
from training.evaluate.scoring.tally import Tally

CLASSES, RANGES = 6, 4


def random_frame(seed: int) -> tuple[str, NDArray[np.float32], NDArray[np.uint8]]:
    """Class 4 never occurs in truth, class 5 is never predicted."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.ones(CLASSES), (20, 30)).astype(np.float32).transpose(2, 0, 1)
    probabilities[5] = 0
    target = rng.choice([0, 1, 2, 3, 5, IGNORE], (20, 30)).astype(np.uint8)
    return f"camera {seed % 3}", probabilities, target


def random_ranges(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(100 + seed).integers(0, RANGES, (20, 30)).astype(np.uint8)


@pytest.fixture
def frames() -> list[tuple[str, NDArray[np.float32], NDArray[np.uint8]]]:
    return [random_frame(seed) for seed in range(7)]


@pytest.fixture
def tally(frames) -> Tally:
    return tally_of(frames)


def tally_of(frames) -> Tally:
    tally = Tally(CLASSES, RANGES)
    for number, (camera, probabilities, target) in enumerate(frames):
        tally.add(probabilities, camera, target, random_ranges(number))
    return tally


def test_the_scores_agree_with_a_plain_count(frames, tally: Tally) -> None:
    found = np.concatenate([probabilities.argmax(axis=0).ravel() for _, probabilities, _ in frames])
    truth = np.concatenate([target.ravel() for *_, target in frames])
    found, truth = found[truth != IGNORE], truth[truth != IGNORE]
    iou = {
        c: ((found == c) & (truth == c)).sum() / ((found == c) | (truth == c)).sum() for c in range(CLASSES) if c != 4
    }
    accuracy = {c: (found[truth == c] == c).mean() for c in iou}
    whole = tally.whole()
    assert whole.miou() == pytest.approx(np.mean(list(iou.values())))
    assert whole.pixel_accuracy() == pytest.approx((found == truth).mean())
    assert whole.mean_accuracy() == pytest.approx(np.mean(list(accuracy.values())))
    assert np.isnan(whole.iou()[4])
    assert whole.iou()[5] == 0


def test_the_scores_agree_with_torchmetrics(frames, tally: Tally) -> None:
    """Void included. Our means are over the classes with a true pixel, which of theirs are selected for that."""
    shape: dict[str, Any] = {"num_classes": CLASSES, "ignore_index": IGNORE}
    theirs = {
        "iou": MulticlassJaccardIndex(**shape, average="none", zero_division=0),
        "recall": MulticlassAccuracy(**shape, average="none"),
        "accuracy": MulticlassAccuracy(**shape, average="micro"),
        "ece": MulticlassCalibrationError(**shape, n_bins=15, norm="l1"),
    }
    for _, probabilities, target in frames:
        for metric in theirs.values():
            metric.update(torch.from_numpy(probabilities)[None], torch.from_numpy(target).long()[None])
    computed = {name: metric.compute().numpy() for name, metric in theirs.items()}
    whole = tally.whole()
    with_truth = whole.counts.sum(axis=1) > 0
    assert with_truth.tolist() == [True, True, True, True, False, True]
    np.testing.assert_allclose(whole.iou()[with_truth], computed["iou"][with_truth], atol=1e-6)
    np.testing.assert_allclose(whole.recall()[with_truth], computed["recall"][with_truth], atol=1e-6)
    assert whole.miou() == pytest.approx(computed["iou"][with_truth].mean(), abs=1e-6)
    assert whole.miou() != pytest.approx(computed["iou"].mean(), abs=1e-3), "the convention would make no difference"
    assert whole.mean_accuracy() == pytest.approx(computed["recall"][with_truth].mean(), abs=1e-6)
    assert whole.pixel_accuracy() == pytest.approx(float(computed["accuracy"]), abs=1e-6)
    assert tally.calibration.ece() == pytest.approx(float(computed["ece"]), abs=1e-6)


def test_the_cameras_add_up_to_the_whole(frames, tally: Tally) -> None:
    assert set(tally.cameras) == {"camera 0", "camera 1", "camera 2"}
    assert tally.frames == {"camera 0": 3, "camera 1": 2, "camera 2": 2}
    assert np.array_equal(sum(matrix.counts for matrix in tally.cameras.values()), tally.whole().counts)
    known = sum(int((target != IGNORE).sum()) for *_, target in frames)
    assert tally.whole().counts.sum() == known == tally.calibration.pixels.sum()


def test_the_depth_ranges_add_up_to_the_whole(frames, tally: Tally) -> None:
    assert np.array_equal(sum(matrix.counts for matrix in tally.ranges), tally.whole().counts)
    found = frames[0][1].argmax(axis=0)
    for number, matrix in enumerate(tally_of(frames[:1]).ranges):
        inside = (random_ranges(0) == number) & (frames[0][2] != IGNORE)
        assert matrix.pixels == inside.sum()
        assert matrix.pixel_accuracy() == pytest.approx((found == frames[0][2])[inside].mean())


def test_what_is_predicted_on_void_changes_nothing(frames, tally: Tally) -> None:
    changed = [probabilities.copy() for _, probabilities, _ in frames]
    for probabilities, (*_, target) in zip(changed, frames, strict=True):
        probabilities[:, target == IGNORE] = probabilities[::-1, target == IGNORE]
    other = tally_of([(camera, new, target) for new, (camera, _, target) in zip(changed, frames, strict=True)])
    assert np.array_equal(other.whole().counts, tally.whole().counts)
    assert other.calibration.ece() == tally.calibration.ece()


def test_a_perfect_predictor_scores_one() -> None:
    tally = Tally(CLASSES, RANGES)
    for seed in range(3):
        camera, _, target = random_frame(seed)
        perfect = (np.arange(CLASSES)[:, None, None] == target).astype(np.float32)
        matrix = tally.add(perfect, camera, target, random_ranges(seed))
        assert matrix.miou() == 1
    whole = tally.whole()
    assert (whole.miou(), whole.pixel_accuracy(), whole.mean_accuracy(), tally.calibration.ece()) == (1, 1, 1, 0)

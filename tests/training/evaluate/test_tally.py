from __future__ import annotations

import numpy as np
import pytest
import torch
import torchmetrics
from numpy.typing import NDArray

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
    jaccard = torchmetrics.JaccardIndex(
        task="multiclass", num_classes=CLASSES, ignore_index=IGNORE, average="none", zero_division=0
    )
    accuracy = torchmetrics.Accuracy(task="multiclass", num_classes=CLASSES, ignore_index=IGNORE, average="micro")
    for _, probabilities, target in frames:
        arguments = torch.from_numpy(probabilities.argmax(axis=0))[None], torch.from_numpy(target).long()[None]
        jaccard.update(*arguments)
        accuracy.update(*arguments)
    whole = tally.whole()
    with_truth = whole.counts.any(axis=1)
    np.testing.assert_allclose(whole.iou()[with_truth], jaccard.compute().numpy()[with_truth], atol=1e-6)
    assert whole.miou() == pytest.approx(float(jaccard.compute()[torch.from_numpy(with_truth)].mean()), abs=1e-6)
    assert whole.pixel_accuracy() == pytest.approx(float(accuracy.compute()), abs=1e-6)


def test_the_cameras_add_up_to_the_whole(frames, tally: Tally) -> None:
    assert set(tally.cameras) == {"camera 0", "camera 1", "camera 2"}
    assert tally.frames == {"camera 0": 3, "camera 1": 2, "camera 2": 2}
    assert np.array_equal(sum(matrix.counts for matrix in tally.cameras.values()), tally.whole().counts)
    known = sum(int((target != IGNORE).sum()) for *_, target in frames)
    assert tally.whole().counts.sum() == known == tally.calibration.pixels.sum()


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

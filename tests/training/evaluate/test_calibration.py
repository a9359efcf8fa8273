from __future__ import annotations

import numpy as np
import pytest

from training.evaluate.scoring.calibration import BINS, Calibration


def filled(confidence: list[float], correct: list[bool], bins: int = BINS) -> Calibration:
    calibration = Calibration(bins)
    calibration.update(np.array(confidence, np.float32), np.array(correct))
    return calibration


def test_a_hand_made_example() -> None:
    """Two bins of five: (0.6, 0.8] holds 0.7 x 3 with one right, (0.8, 1] holds 0.9 x 2 with both right."""
    calibration = filled([0.7, 0.7, 0.9, 0.9, 0.7], [True, False, True, True, False], bins=5)
    assert calibration.pixels.tolist() == [0, 0, 0, 3, 2]
    np.testing.assert_allclose(calibration.accuracy()[3:], [1 / 3, 1])
    np.testing.assert_allclose(calibration.confidence()[3:], [0.7, 0.9], atol=1e-6)
    assert np.isnan(calibration.accuracy()[:3]).all()
    assert calibration.ece() == pytest.approx(3 / 5 * (0.7 - 1 / 3) + 2 / 5 * (1 - 0.9), abs=1e-6)


@pytest.mark.parametrize(
    ("confidence", "bin_"), [(1e-6, 0), (1 / 15, 0), (1 / 15 + 1e-5, 1), (0.5, 7), (14 / 15 + 1e-5, 14), (1.0, 14)]
)
def test_a_bin_takes_its_upper_edge_and_not_its_lower(confidence: float, bin_: int) -> None:
    # float32 1/15 lies just above the edge in float64, so it is given in float64.
    calibration = Calibration()
    calibration.update(np.array([confidence]), np.array([True]))
    assert calibration.pixels.nonzero()[0].tolist() == [bin_]


def test_the_extremes() -> None:
    assert filled([1, 1], [True, True]).ece() == 0
    assert filled([1, 1], [False, False]).ece() == 1
    assert filled([0.5, 0.5], [True, False]).ece() == pytest.approx(0)
    assert np.isnan(Calibration().ece())


def test_adding_in_parts_is_adding_at_once_and_agrees_with_torchmetrics() -> None:
    torch = pytest.importorskip("torch")
    torchmetrics = pytest.importorskip("torchmetrics")
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4000, 7))
    probabilities = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
    truth = np.where(rng.random(4000) < 0.5, probabilities.argmax(axis=1), rng.integers(0, 7, 4000))
    confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    whole, parts = Calibration(), Calibration()
    whole.update(confidence, correct)
    for some in np.array_split(np.arange(4000), 7):
        parts.update(confidence[some], correct[some])
    assert parts.ece() == pytest.approx(whole.ece(), abs=1e-9)
    assert whole.pixels.sum() == 4000
    theirs = torchmetrics.CalibrationError(task="multiclass", num_classes=7, n_bins=15, norm="l1")
    expected = float(theirs(torch.from_numpy(probabilities), torch.from_numpy(truth)))
    assert whole.ece() == pytest.approx(expected, abs=1e-5)
    assert whole.ece() > 0.05

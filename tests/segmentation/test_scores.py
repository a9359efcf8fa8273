from __future__ import annotations

import numpy as np
import pytest
import torch
from lost_scores import lost_scores
from torch.nn import functional as F

from segmentation.labels import label_map
from segmentation.scores import Scores

SIZES = [((12, 16), (48, 64)), ((13, 17), (47, 61)), ((24, 32), (24, 32)), ((1, 1), (9, 7)), ((24, 32), (17, 11))]


def logits_of(size: tuple[int, int], classes: int = 37) -> torch.Tensor:
    return torch.randn(1, classes, *size, generator=torch.Generator().manual_seed(1)) * 3


@pytest.mark.parametrize(("cells", "size"), SIZES)
def test_a_pixel_has_the_upsampled_probabilities(cells, size) -> None:
    logits = logits_of(cells)
    scores = Scores(logits, size)
    expected = F.interpolate(logits.softmax(dim=1), size=size, mode="bilinear", align_corners=False)[0].numpy()
    for y in {0, size[0] // 3, size[0] - 1}:
        for x in {0, size[1] // 2, size[1] - 1}:
            np.testing.assert_allclose(scores.at(x, y), expected[:, y, x], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(scores.probabilities(), logits.softmax(dim=1)[0].numpy())


def test_no_other_class_is_above_the_confidence_of_the_label() -> None:
    logits, size = logits_of((12, 16)), (48, 64)
    labels, confidence = label_map(logits, size)
    for y in range(0, 48, 5):
        for x in range(0, 64, 7):
            found = Scores(logits, size).at(x, y)
            found[int(labels[y, x]) - 1] = 0
            assert found.max() <= float(confidence[y, x]) + 1e-3


def test_entropy_is_none_where_one_class_is_sure_and_full_where_all_are_alike() -> None:
    logits = torch.zeros(1, 37, 4, 4)
    logits[:, 5, :, :2] = 50.0
    found = Scores(logits, (4, 4)).entropy()
    assert found.shape == (4, 4)
    np.testing.assert_allclose(found[:, :2], 0, atol=1e-6)
    np.testing.assert_allclose(found[:, 2:], 1, atol=1e-6)
    two = torch.full((1, 37, 1, 1), -50.0)
    two[:, :2] = 0
    assert Scores(two, (3, 3)).entropy()[1, 1] == pytest.approx(np.log(2) / np.log(37), abs=1e-5)


def test_a_single_class_is_never_in_doubt() -> None:
    assert not Scores(torch.zeros(1, 1, 2, 2), (2, 2)).entropy().any()


def test_scores_that_lie_elsewhere_are_fetched_once_at_the_first_question() -> None:
    fetched, logits = [], logits_of((4, 5))

    def fetch() -> torch.Tensor:
        fetched.append(1)
        return logits

    scores = Scores(fetch, (8, 10))
    assert not fetched
    np.testing.assert_array_equal(scores.at(3, 2), Scores(logits, (8, 10)).at(3, 2))
    np.testing.assert_array_equal(scores.entropy(), Scores(logits, (8, 10)).entropy())
    assert len(fetched) == 1


def test_lost_scores_answer_nothing() -> None:
    scores = lost_scores((8, 10))
    assert (scores.logits, scores.at(3, 2), scores.entropy(), scores.probabilities()) == (None, None, None, None)


def test_a_defect_is_not_taken_for_a_lost_device() -> None:
    with pytest.raises(RuntimeError, match="greater than 0"):
        Scores(logits_of((4, 5)), (8, -1)).entropy()

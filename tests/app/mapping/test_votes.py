"""Votes on what each voxel is."""

from __future__ import annotations

import numpy as np
import pytest

from app.mapping.votes import LabelVotes

pytest.importorskip("open3d")
HERE = np.array([[0.05, 0.05, 0.05]])


def votes(most_voxels: int = 1000) -> LabelVotes:
    return LabelVotes(0.1, 5, most_voxels)


def vote(box: LabelVotes, label: int, weight: float, point_m=HERE) -> None:
    box.add(np.asarray(point_m, float), np.array([label], np.uint8), np.array([weight]))


def test_the_greater_weight_wins_not_the_greater_number() -> None:
    box = votes()
    for _ in range(3):
        vote(box, 1, 0.2)
    vote(box, 2, 0.7)
    assert box.labels_at(HERE) == [2]
    vote(box, 1, 0.2)
    assert box.labels_at(HERE) == [1]


def test_void_does_not_vote() -> None:
    box = votes()
    vote(box, 0, 1.0)
    assert len(box) == 0
    vote(box, 3, 0.1)
    vote(box, 0, 1.0)
    assert box.labels_at(HERE) == [3]


def test_a_voxel_without_votes_takes_those_beside_it_and_no_farther() -> None:
    box = votes()
    vote(box, 4, 1.0)
    beside, beyond = HERE + np.array([0, 0.1, 0]), HERE + np.array([0, 0.2, 0])
    assert box.labels_at(beside) == [4]
    assert box.labels_at(beyond) == [0]


def test_many_votes_of_one_call_all_count() -> None:
    """By hand: the sums of every voxel and label, against a plain loop."""
    rng = np.random.default_rng(0)
    points, labels = rng.uniform(-1, 1, (4000, 3)), rng.integers(0, 6, 4000).astype(np.uint8)
    weights = rng.uniform(0, 1, 4000)
    box = LabelVotes(0.5, 5, 1000)
    box.add(points[:2500], labels[:2500], weights[:2500])
    box.add(points[2500:], labels[2500:], weights[2500:])
    sums = np.zeros((4, 4, 4, 6))
    voxels = np.floor(points / 0.5).astype(int) + 2
    for (x, y, z), label, weight in zip(voxels, labels, weights, strict=True):
        sums[x, y, z, label] += weight * (label > 0)
    padded = np.pad(sums, ((1, 1), (1, 1), (1, 1), (0, 0)))
    inner = (slice(1, -1),) * 3
    around = padded[inner] + sum(np.roll(padded, step, axis)[inner] for axis in range(3) for step in (-1, 1))
    expected = around.argmax(axis=-1)[tuple(voxels.T)]
    assert np.array_equal(box.labels_at(points), expected)
    assert len(box) == 64


def test_no_more_voxels_than_allowed() -> None:
    box = votes(most_voxels=10)
    points = np.arange(30)[:, None] * [[0.3, 0, 0]] + 0.05
    ones = np.ones(30)
    box.add(points[:8], np.full(8, 1, np.uint8), ones[:8])
    assert not box.full
    box.add(points, np.full(30, 2, np.uint8), 5 * ones)
    assert box.full
    assert len(box) == 10
    labels = box.labels_at(points)
    assert (labels[:8] == 2).all()  # those there go on taking votes
    assert (labels > 0).sum() == 10

from __future__ import annotations

from pathlib import Path

import pytest

from training.options import TrainOptions
from training.pace import settled
from training.recipes import MALLEABLE, RECIPES, STRONG


def options(**changed) -> TrainOptions:
    return TrainOptions(**{"data": Path("data"), "out": Path("out"), "device": "cpu", **changed})


@pytest.mark.parametrize(
    ("samples", "changed", "epochs", "rate"),
    [
        (795, {}, 800, 2e-2),  # NYUDv2: 49 batches an epoch, 39,200 in all
        (5285, {}, 119, 2e-2),  # SUN RGB-D: 330 an epoch, 39,270 in all
        (795, {"batch_size": 8}, 792, 1e-2),  # 99 of 8 an epoch, 78,408 in all
        (795, {"batch_size": 8, "devices": "2"}, 800, 2e-2),
        (795, {"batch_size": 2, "devices": "4", "nodes": 2}, 800, 2e-2),
        (795, {"devices": "2"}, 817, 4e-2),  # 24 of 32 an epoch, 19,608 in all
        (5, {}, 39_200, 2e-2),
        (795, {"limit_train_batches": 10}, 3920, 2e-2),
        (795, {"epochs": 3, "learning_rate": 0.1, "batch_size": 4}, 3, 0.1),
        (795, {"max_minutes": 5.0}, None, 2e-2),
        (795, {"max_minutes": 5.0, "epochs": 7}, 7, 2e-2),
    ],
)
def test_the_published_iterations_become_epochs_and_the_rate_follows_the_batch(samples, changed, epochs, rate) -> None:
    made = settled(options(recipe="malleable", **changed), MALLEABLE, samples)
    assert made.epochs == epochs
    assert made.learning_rate == pytest.approx(rate)


def test_a_recipe_that_counts_epochs_keeps_them_and_its_rate() -> None:
    made = settled(options(batch_size=2, devices="4"), STRONG, 5285)
    assert (made.epochs, made.learning_rate) == (100, 1e-3)


def test_frames_have_the_recipes_size_unless_told_otherwise() -> None:
    for name, size in {"strong": (320, 240), "slides": (320, 240), "malleable": (640, 480)}.items():
        assert options(recipe=name).frame_size == RECIPES[name].input_size == size
        assert options(recipe=name, input_size=(64, 48)).frame_size == (64, 48)

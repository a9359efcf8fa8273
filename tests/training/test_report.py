from __future__ import annotations

from types import SimpleNamespace

import pytest
from pytorch_lightning.callbacks import RichProgressBar

from training.callbacks.report import Bar


@pytest.mark.parametrize(("done", "epochs", "text"), [(0, 3, "Epoch 1/3"), (2, 3, "Epoch 3/3"), (4, -1, "Epoch 5")])
def test_the_bar_counts_epochs_from_1(done: int, epochs: int, text: str) -> None:
    bar = Bar()
    bar._trainer = SimpleNamespace(max_epochs=epochs)  # pyright: ignore[reportAttributeAccessIssue]
    assert bar._get_train_description(done).rstrip() == text
    assert len(bar._get_train_description(done)) >= len(bar.validation_description)


def test_lightning_still_asks_for_the_text_by_this_name() -> None:
    assert callable(RichProgressBar._get_train_description)

"""Training and previews augment a data set of streets as streets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from prepared_planes import write_planes

import training.data
import training.preview.command
from console.interrupt import Interrupt
from training.augment import build_augmentation
from training.options import TrainOptions
from training.preview import PreviewOptions, run
from training.recipes import STRONG

SIZE = (64, 48)


@pytest.mark.parametrize(
    ("class_set", "dataset", "street"), [("sunrgbd37", "rooms", False), ("cityscapes19", "cityscapes", True)]
)
def test_the_class_set_tells(tmp_path: Path, monkeypatch, class_set: str, dataset: str, street: bool) -> None:
    asked: list[bool] = []

    def recorded(recipe, size, *, street):
        asked.append(street)
        return build_augmentation(recipe, size, street=street)

    for module in (training.data, training.preview.command):
        monkeypatch.setattr(module, "build_augmentation", recorded)
    data = write_planes(tmp_path / "data", class_set=class_set, dataset=dataset).root
    for path in (data / "label").iterdir():
        Image.fromarray(np.array(Image.open(path)) % np.uint8(20)).save(path)
    training.data.TrainingData(TrainOptions(data=data, out=tmp_path / "run", input_size=SIZE), STRONG)
    assert run(PreviewOptions(data=data, out=tmp_path / "p.png", input_size=SIZE, count=1, epochs=1), Interrupt()) == 0
    assert asked == [street, street]

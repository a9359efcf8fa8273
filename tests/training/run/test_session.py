"""A session saved by the live program, corrected and trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from prepared_planes import camera_of, planes

from app.outputs.dataset import DatasetFolder
from segmentation.classes import class_set
from segmentation.result import Segmentation
from sensors.align import depth_in_metres
from sensors.frames import Frame
from sensors.prepared import read_index
from training.datasets import SegmentationDataset


@pytest.fixture
def session(tmp_path) -> Path:
    """Twelve frames of planes, labelled."""
    camera = camera_of(64, 48)
    sink = DatasetFolder(tmp_path / "session", model="m", source="walk.db3")
    for index in range(12):
        color, steps, labels = planes(camera, index)
        confidence = np.full(labels.shape, 0.9, np.float16)
        sink.write(
            Frame(index, index / 30, color, depth_in_metres(steps, 0.001), camera),
            Segmentation(labels, confidence, class_set("sunrgbd37"), True),
        )
    sink.close()
    return tmp_path / "session"


def test_a_session_trains_as_it_is_and_is_told_from_truth(session, train, capsys) -> None:
    folder = train(data=session, dataset=None, limit_train_batches=1, model="deresunet-lite")
    assert (folder / "best.safetensors").exists()
    assert "its labels are m's predictions wherever nobody has corrected them" in capsys.readouterr().err


def test_a_corrected_label_is_what_training_sees(session) -> None:
    index = read_index(session)
    dataset = SegmentationDataset(index, index.samples, num_classes=37, input_size=(64, 48))
    path = session / "label" / "000004.png"
    before = dataset[4]["target"]
    with Image.open(path) as image:
        corrected = image.copy()
    corrected.paste(8, (10, 10, 30, 30))  # as a paint program that keeps the palette does
    corrected.save(path)
    after = dataset[4]["target"]
    assert (after[10:30, 10:30] == 7).all()
    after[10:30, 10:30] = before[10:30, 10:30]
    assert (after == before).all()

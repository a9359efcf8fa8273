from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from nyuv2_files import class_map_40, nyu_frames, write_nyu

from console.interrupt import Interrupt
from sensors.errors import PreparedDataError
from training.datasets import open_dataset
from training.prepare.command import PrepareOptions, run

FRAMES = nyu_frames(("kitchen_0004", "study_0008", "office_0003"))  # train, val, and given to test


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("nyu")
    source, out = write_nyu(root / "from", FRAMES, train=[1, 2], test=[3]), root / "to"
    with pytest.raises(PreparedDataError, match=r"has 1 of 794 train, 1 of 1 val, 1 of 654 test samples of nyuv2"):
        run(PrepareOptions(dataset="nyuv2", source=source, out=out, workers=1), Interrupt())
    run(PrepareOptions(dataset="nyuv2", source=source, out=out, workers=1, partial=True), Interrupt())
    return out


@pytest.mark.parametrize(("kind", "depths"), [("raw", FRAMES.raw_depths), ("refined", FRAMES.depths)])
def test_training_gets_every_value_of_the_mat(prepared: Path, kind, depths: np.ndarray) -> None:
    index = open_dataset(prepared, depth=kind)
    assert (index.dataset, index.class_set) == ("nyuv2", "nyu40")
    assert [sample.split for sample in index.samples] == ["train", "val", "test"]
    for frame, sample in enumerate(index.samples):
        arrays = index.read(sample)
        np.testing.assert_array_equal(arrays.color, FRAMES.images[frame])
        np.testing.assert_array_equal(arrays.depth_steps, np.rint(1000 * depths[frame]))
        np.testing.assert_array_equal(arrays.label, np.r_[0, class_map_40()][FRAMES.labels[frame]])
        assert sample.depth_unit_m == 0.001


def test_the_report_says_whose_the_validation_split_is(prepared: Path) -> None:
    report = (prepared / "report.md").read_text()
    assert "there is no official validation split: val is what the official train frames show of 20%" in report
    assert "| nyuv2 | 1 | 1 | 1 |" in report

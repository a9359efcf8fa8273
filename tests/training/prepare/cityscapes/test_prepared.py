from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from cityscapes_files import HEIGHT, IMAGES, WIDTH, city_arrays, file_of, pack, png, write_cityscapes

from console.interrupt import Interrupt
from sensors.align import depth_in_metres
from sensors.errors import PreparedDataError
from training.datasets import SegmentationDataset, open_dataset, samples_of
from training.prepare.cityscapes.labels import labels_of
from training.prepare.command import PrepareOptions, run


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("cs")
    source, out = write_cityscapes(root / "from"), root / "to"
    file_of(source, "disparity", *IMAGES[1]).unlink()
    pack(source)
    options = {"dataset": "cityscapes", "source": source, "out": out, "workers": 1}
    with pytest.raises(PreparedDataError) as caught:
        run(PrepareOptions(**options), Interrupt())
    assert "has 2 of 2975 train, 1 of 500 val samples of cityscapes; 1 are not whole" in str(caught.value)
    assert f"{IMAGES[1][2]}: no disparity" in str(caught.value)
    run(PrepareOptions(**options, partial=True), Interrupt())
    shutil.rmtree(source)
    return out


def test_training_gets_the_images_as_they_are_and_depth_in_metres(prepared: Path) -> None:
    index = open_dataset(prepared)
    assert (index.dataset, index.class_set) == ("cityscapes", "cityscapes19")
    assert [sample.name for sample in index.samples] == [IMAGES[0][2], IMAGES[2][2], IMAGES[3][2]]
    for sample in index.samples:
        color, ids, disparity = city_arrays(sample.name)
        assert (prepared / "color" / f"{sample.name}.png").read_bytes() == png(color)
        arrays = index.read(sample)
        np.testing.assert_array_equal(arrays.label, labels_of(ids, ""))
        depth_m = depth_in_metres(arrays.depth_steps, sample.depth_unit_m)
        near = disparity > 16 * 256
        expected_m = 0.209313 * 2262.52 / ((disparity[near] - 1.0) / 256)
        np.testing.assert_allclose(depth_m[near], expected_m, atol=0.0026)
        assert 65.536 < depth_m.max() <= 300


def test_a_network_sees_depth_beyond_what_millimetres_hold(prepared: Path) -> None:
    index = open_dataset(prepared)
    samples = samples_of(index, "train")
    items = SegmentationDataset(index, samples, num_classes=19, input_size=(WIDTH, HEIGHT))
    deepest_m = max(float(items[position]["depth_m"].max()) for position in range(len(items)))
    assert 65.536 < deepest_m <= 300

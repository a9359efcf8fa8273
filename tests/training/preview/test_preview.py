from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from prepared_planes import camera_of, planes, write_planes

from console.errors import OutputError, UsageError
from console.interrupt import Interrupt
from segmentation.classes import class_set
from sensors.prepared import PreparedDataError, read_index
from training.augment import build_augmentation
from training.augment.frame import LabelledFrame
from training.datasets import SegmentationDataset, samples_of
from training.paint import paint_depth, paint_labels
from training.preview import PreviewOptions, run
from training.preview.command import spread
from training.preview.picture import GAP, LINE, Band, classes_in_view, preview_picture

SIZE = (64, 48)
CLASSES = class_set("sunrgbd37")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_planes(tmp_path_factory.mktemp("preview") / "data").root


def options(data: Path, out: Path, **more: Any) -> PreviewOptions:
    return PreviewOptions(**{"data": data, "out": out, "dataset": "rooms", "input_size": SIZE, **more})


def picture(path: Path) -> np.ndarray:
    return np.array(Image.open(path).convert("RGB"))


def cell(image: np.ndarray, column: int, row: int, top: int = 2 * LINE) -> np.ndarray:
    left, y = GAP + column * (SIZE[0] + GAP), top + row * (SIZE[1] + GAP)
    return image[y : y + SIZE[1], left : left + SIZE[0]]


def test_the_picture_shows_what_a_training_with_this_seed_sees(data: Path, tmp_path: Path) -> None:
    asked = options(data, tmp_path / "new" / "p.png", count=2, epochs=3, seed=7)
    assert run(asked, Interrupt()) == 0
    image = picture(asked.out)
    index = write_planes(tmp_path / "same")
    samples = samples_of(index, "train")
    training = SegmentationDataset(
        index,
        samples,
        num_classes=37,
        input_size=SIZE,
        augment=build_augmentation("strong", SIZE),
        seed=7,
    )
    for epoch in range(3):
        frame = training.frame(0, epoch)
        assert np.array_equal(cell(image, 1 + epoch, 0), frame.color)
        assert np.array_equal(cell(image, 1 + epoch, 1), paint_depth(frame.depth_m))
        assert np.array_equal(cell(image, 1 + epoch, 2), paint_labels(frame.label, CLASSES))
    arrays = index.read(samples[0])
    assert np.array_equal(cell(image, 0, 0), arrays.color)
    assert np.array_equal(cell(image, 0, 2), CLASSES.colors[arrays.label])


def test_crops_stand_beside_the_whole_frame_at_their_own_size(data: Path, tmp_path: Path) -> None:
    asked = options(data, tmp_path / "p.png", recipe="malleable", count=1, epochs=2)
    assert run(asked, Interrupt()) == 0
    index = write_planes(tmp_path / "same")
    training = SegmentationDataset(
        index,
        samples_of(index, "train"),
        num_classes=37,
        input_size=(48, 48),
        augment=build_augmentation("malleable", SIZE),
    )
    image, left = picture(asked.out), GAP + SIZE[0] + GAP
    for epoch in range(2):
        column = image[2 * LINE :, left + epoch * (48 + GAP) :]
        assert np.array_equal(column[:48, :48], training.frame(0, epoch).color)


@pytest.mark.parametrize("recipe", ["strong", "slides", "malleable"])
def test_the_same_call_draws_the_same_picture(data: Path, tmp_path: Path, recipe: str) -> None:
    contents = []
    for name in ("a.png", "b.png"):
        run(options(data, tmp_path / name, recipe=recipe, count=1, epochs=2), Interrupt())
        contents.append((tmp_path / name).read_bytes())
    assert contents[0] == contents[1]
    run(options(data, tmp_path / "c.png", recipe=recipe, count=1, epochs=2, seed=1), Interrupt())
    assert (tmp_path / "c.png").read_bytes() != contents[0]


def test_the_legend_holds_the_classes_in_view_in_their_colours() -> None:
    color, depth_mm, label = planes(camera_of(*SIZE), 3)
    label[0, 0] = 30  # too little to be seen
    frame = LabelledFrame(color, depth_mm.astype(np.float32) / 1000, label, camera_of(*SIZE))
    bands = [Band("x", (("as it is", frame),), SIZE)]
    seen = classes_in_view(bands)
    assert set(seen) == set(np.unique(label)) - {0, 30}
    image = np.array(Image.open(io.BytesIO(preview_picture(bands, CLASSES))))
    legend = image[2 * LINE + 3 * SIZE[1] + 4 * GAP :].reshape(-1, 3)
    for known in seen:
        assert (legend == CLASSES.colors[known]).all(axis=1).sum() > 100


@pytest.mark.parametrize(("samples", "count", "expected"), [(9, 3, [0, 4, 8]), (2, 5, [0, 1]), (7, 1, [0])])
def test_samples_are_spread_over_the_whole(samples: int, count: int, expected: list[int]) -> None:
    assert spread(samples, count) == expected


def test_a_picture_is_not_replaced_unasked(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "p.png"
    out.write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"p\.png: exists; add --overwrite"):
        run(options(data, out), Interrupt())
    assert out.read_bytes() == b"mine"
    assert run(options(data, out, overwrite=True, count=1, epochs=1), Interrupt()) == 0
    assert picture(out).any()


def test_a_place_that_cannot_be_written_is_named(data: Path, tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match=r"folder\.png: is a folder"):
        run(options(data, tmp_path / "folder.png", overwrite=True), Interrupt())
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        run(options(data, tmp_path / "file" / "p.png", count=1, epochs=1), Interrupt())


def test_bad_data_leaves_nothing_behind(tmp_path: Path) -> None:
    root = write_planes(tmp_path / "data").root
    (root / "color" / "planes000.png").write_bytes(b"\x89PNG")
    with pytest.raises(PreparedDataError, match=r"planes000\.png"):
        run(options(root, tmp_path / "p.png"), Interrupt())
    with pytest.raises(PreparedDataError, match="no such folder"):
        run(options(tmp_path / "nowhere", tmp_path / "p.png"), Interrupt())
    assert not (tmp_path / "p.png").exists()


def test_an_interrupt_ends_it_with_nothing_written(data: Path, tmp_path: Path) -> None:
    interrupt = Interrupt()
    interrupt.requested = True
    with pytest.raises(KeyboardInterrupt):
        run(options(data, tmp_path / "p.png"), interrupt)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"recipe": "weak"}, "--recipe weak: choose from strong, slides"),
        ({"count": 0}, "--count 0: give a number from 1 to 20"),
        ({"epochs": 21}, "--epochs 21"),
        ({"seed": -1}, "--seed -1"),
        ({"input_size": (0, 5)}, "--input-size 0x5"),
        ({"out": Path("p.jpg")}, r"--out p\.jpg: the picture is a PNG"),
    ],
)
def test_options_that_make_no_sense_are_wrong_usage(wrong: dict, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        options(Path("data"), **{"out": Path("p.png"), **wrong})


def test_refined_depth_is_drawn_where_it_is_asked_for(data: Path, tmp_path: Path) -> None:
    index = write_planes(tmp_path / "both", refined=True)
    pictures = {}
    for depth in ("raw", "refined"):
        asked = options(index.root, tmp_path / f"{depth}.png", depth=depth, count=1, epochs=1)
        assert run(asked, Interrupt()) == 0
        pictures[depth] = cell(picture(asked.out), 0, 1)
    refined_m = read_index(index.root, depth="refined").read(index.samples[0]).depth_steps * np.float32(0.001)
    assert np.array_equal(pictures["refined"], paint_depth(refined_m))
    assert not np.array_equal(pictures["refined"], pictures["raw"])
    with pytest.raises(PreparedDataError, match="has raw depth only"):
        run(options(data, tmp_path / "p.png", depth="refined"), Interrupt())


def test_epochs_are_counted_from_1_as_in_training(data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    drawn: list[Band] = []
    monkeypatch.setattr("training.preview.command.preview_picture", lambda bands, _: drawn.extend(bands) or b"")
    assert run(options(data, tmp_path / "p.png", count=1, epochs=2), Interrupt()) == 0
    assert [title for title, _ in drawn[0].frames] == ["as it is", "epoch 1", "epoch 2"]

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from app.color_vision import SEEN, ciede2000, differences, lab_of, least_differences
from app.options import LiveOptions
from app.outputs.all import Outputs
from app.palette import PALETTES, with_palette
from segmentation.classes import CLASS_SET_NAMES, ClassSet, class_set
from sensors.source import SourceInfo

COMMONEST = ("wall", "floor", "ceiling", "chair", "table", "bed", "sofa", "cabinet", "door", "window")
# Of the test data that Sharma, Wu & Dalal published with the formula.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.49, -0.001), (50, -2.49, 0.0009), 7.1792),
    ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
    ((50, -0.001, 2.49), (50, 0.0009, -2.49), 4.8045),
    ((50, 2.5, 0), (73, 25, -18), 27.1492),
    ((50, 2.5, 0), (56, -27, -3), 31.9030),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((22.7233, 20.0904, -46.694), (23.0331, 14.973, -42.5619), 2.0373),
    ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("first", "second", "expected"), PUBLISHED)
def test_differences_are_those_that_were_published(first, second, expected) -> None:
    pair = np.array(first, float), np.array(second, float)
    assert ciede2000(*pair) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(*pair[::-1]) == pytest.approx(expected, abs=1e-4)


def test_white_is_white_to_all_and_red_and_green_come_closer_to_some() -> None:
    corners = np.array([[255, 255, 255], [200, 60, 50], [110, 130, 40]], np.uint8)
    for vision in SEEN:
        np.testing.assert_allclose(lab_of(corners[:1], vision), [[100, 0, 0]], atol=0.05)
    red_from_green = {vision: differences(corners, vision)[1, 2] for vision in SEEN}
    assert red_from_green["deutan"] < 0.4 * red_from_green["normal"]
    assert red_from_green["tritan"] > 0.7 * red_from_green["normal"]


def least(apart: np.ndarray) -> float:
    return float(apart[~np.eye(len(apart), dtype=bool)].min())


@pytest.mark.parametrize(
    ("name", "all_classes"), [("sunrgbd37", 5.5), ("nyu40", 5.5), ("nyu13", 9), ("cityscapes19", 9)]
)
def test_the_second_palette_keeps_classes_apart_for_everyone(name, all_classes) -> None:
    usual, second = (with_palette(class_set(name), palette) for palette in PALETTES)
    assert least(least_differences(second.colors)) > all_classes > least(least_differences(usual.colors))


def test_the_commonest_classes_of_rooms_are_furthest_apart() -> None:
    for palette, apart in (("standard", False), ("colour-blind", True)):
        classes = with_palette(class_set("sunrgbd37"), palette)
        colors = classes.colors[[classes.names.index(name) for name in COMMONEST]]
        assert (least(least_differences(colors)) > 13) == apart


@pytest.mark.parametrize("name", CLASS_SET_NAMES)
def test_a_palette_changes_colours_and_nothing_else(name) -> None:
    classes = class_set(name)
    assert with_palette(classes, "standard") is classes
    second = with_palette(classes, "colour-blind")
    assert (second.name, second.names) == (classes.name, classes.names)
    assert (second.colors[0] == 0).all()
    assert (second.colors[1:] != classes.colors[1:]).any(axis=1).all()
    assert with_palette(classes, "colour-blind") is second  # overlays keep their tables by it


def test_classes_that_nobody_knows_keep_their_colours() -> None:
    own = ClassSet("mine", ("void", "cup"), np.array([[0, 0, 0], [9, 8, 7]], np.uint8))
    np.testing.assert_array_equal(with_palette(own, "colour-blind").colors, own.colors)


@pytest.mark.parametrize("palette", PALETTES)
def test_pictures_follow_the_palette_and_masks_do_not(result, tmp_path, palette) -> None:
    frame, segmentation = result(trained=True)
    options = LiveOptions(screenshot=tmp_path / "s.png", save_masks=tmp_path / "m", palette=palette)
    outputs = Outputs(options, SourceInfo("n", "recording", False, 1, 30.0), model="m", dropping=False)
    outputs.write(frame, segmentation)
    outputs.close()
    commonest = int(np.bincount(segmentation.labels.ravel())[1:].argmax()) + 1
    swatch = with_palette(segmentation.classes, palette).colors[commonest]
    with Image.open(tmp_path / "s.png") as picture, Image.open(tmp_path / "m" / "000000.png") as mask:
        seen = np.array(picture)
        assert (seen[-80:] == swatch).all(axis=-1).sum() >= 13 * 13  # in the legend
        colors = np.array(mask.getpalette(), np.uint8).reshape(-1, 3)
    np.testing.assert_array_equal(colors[: len(segmentation.classes.colors)], segmentation.classes.colors)

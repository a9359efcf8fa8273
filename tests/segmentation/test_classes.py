from __future__ import annotations

import numpy as np
import pytest

from segmentation.classes import CLASS_SET_NAMES, class_set, ids_from_labels, labels_from_ids

COUNTS = {"sunrgbd37": 37, "nyu40": 40, "nyu13": 13, "cityscapes19": 19}


def test_every_named_set_is_counted_here() -> None:
    assert set(COUNTS) == set(CLASS_SET_NAMES)


@pytest.mark.parametrize(("name", "count"), COUNTS.items())
def test_a_set_has_its_classes_and_void_first(name: str, count: int) -> None:
    classes = class_set(name)
    assert len(classes) == count
    assert classes.names[0] == "void"
    assert len(set(classes.names)) == count + 1
    assert classes.colors.dtype == np.uint8


@pytest.mark.parametrize("name", CLASS_SET_NAMES)
def test_colours_tell_classes_apart(name: str) -> None:
    colors = class_set(name).colors
    assert len(np.unique(colors, axis=0)) == len(colors)


@pytest.mark.parametrize(
    ("name", "label", "class_name", "color"),
    [
        ("sunrgbd37", 1, "wall", (119, 119, 119)),
        ("sunrgbd37", 5, "chair", (54, 114, 113)),
        ("sunrgbd37", 37, "bag", (12, 83, 45)),
        ("nyu40", 37, "bag", (12, 83, 45)),
        ("nyu40", 40, "otherprop", None),
        ("nyu13", 1, "bed", None),
        ("nyu13", 13, "window", None),
        ("cityscapes19", 1, "road", (128, 64, 128)),
        ("cityscapes19", 10, "terrain", (152, 251, 152)),
        ("cityscapes19", 11, "sky", (70, 130, 180)),
        ("cityscapes19", 19, "bicycle", (119, 11, 32)),
    ],
)
def test_classes_stand_where_the_data_sets_put_them(
    name: str, label: int, class_name: str, color: tuple[int, int, int] | None
) -> None:
    classes = class_set(name)
    assert classes.names[label] == class_name
    assert color is None or tuple(classes.colors[label]) == color


def test_nyu40_continues_sunrgbd37() -> None:
    sun, nyu = class_set("sunrgbd37"), class_set("nyu40")
    assert nyu.names[:38] == sun.names
    assert np.array_equal(nyu.colors[:38], sun.colors)


def test_ids_and_labels_are_each_others_inverse() -> None:
    ids = np.arange(256, dtype=np.uint8)
    labels = labels_from_ids(ids)
    assert labels[255] == 0
    assert np.array_equal(labels[:255], np.arange(1, 256))
    assert np.array_equal(ids_from_labels(labels), ids)


def test_an_unknown_set_is_named() -> None:
    with pytest.raises(ValueError, match=r"unknown class set 'ade20k'; known: .*nyu40"):
        class_set("ade20k")

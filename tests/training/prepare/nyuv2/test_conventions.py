from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segmentation.classes import class_set
from sensors.images import read_label
from training.prepare.nyuv2.conventions import convention_of, nyu40_labels


def image(*values: int) -> np.ndarray:
    return np.array([values], np.uint8)


@pytest.mark.parametrize(
    ("values", "convention", "labels"),
    [
        ((0, 1, 40), "void-0", (0, 1, 40)),
        ((3, 40), "void-0", (3, 40)),
        ((0, 39, 255), "void-255", (1, 40, 0)),
        ((255,), "void-255", (0,)),
    ],
)
def test_what_only_one_convention_has_tells_which_it_is(values, convention, labels) -> None:
    assert convention_of([image(*values)]) == convention
    np.testing.assert_array_equal(nyu40_labels(image(*values)), image(*labels))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((0, 5, 39), "could be numbered 0 = void, 1..40 or 0..39, 255 = void (values 0, 5, 39)"),
        ((1, 2), "could be numbered"),
        ((), "no pixels"),
        ((3, 40, 255), "mixes both conventions: 40 is a class of one, 255 the void of the other"),
        ((41,), "are no labels of 40 classes: has 41"),
        ((254, 255), "are no labels of 40 classes: has 254"),
    ],
)
def test_what_both_or_neither_have_is_refused(values, words) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        nyu40_labels(image(*values))
    assert words in str(caught.value)


def test_more_images_decide_together() -> None:
    wall_or_void, other = image(0, 5), image(1, 255)
    assert convention_of([wall_or_void, other]) == "void-255"
    np.testing.assert_array_equal(nyu40_labels(wall_or_void, "void-255"), image(1, 6))
    np.testing.assert_array_equal(nyu40_labels(wall_or_void, "void-0"), wall_or_void)


@pytest.mark.parametrize(("convention", "value"), [("void-0", 41), ("void-0", 255), ("void-255", 40)])
def test_a_value_that_the_named_convention_lacks_is_refused(convention, value) -> None:
    with pytest.raises(ValueError, match=f"has {value}, which labels numbered {convention} do not have"):
        nyu40_labels(image(1, value), convention)


def test_both_conventions_of_the_same_labels_become_the_same() -> None:
    labels = np.random.default_rng(0).integers(0, 41, (30, 40)).astype(np.uint8)
    np.testing.assert_array_equal(nyu40_labels(labels), labels)
    np.testing.assert_array_equal(nyu40_labels(labels - np.uint8(1)), labels)


def test_two_real_frames_of_two_exports(sample_data: Path) -> None:
    names = class_set("nyu40").names
    a = read_label(sample_data / "nyuv2_labelled" / "frame_a" / "Label" / "0.png")
    b = read_label(sample_data / "nyuv2_labelled" / "frame_b" / "segm_gt_000464.png")
    assert (convention_of([a]), convention_of([b])) == ("void-0", "void-255")
    seen_a, seen_b = ({names[value] for value in np.unique(nyu40_labels(frame))} for frame in (a, b))
    assert seen_a >= {"void", "wall", "floor", "cabinet", "counter", "fridge"}
    assert seen_b >= {"void", "wall", "floor"}
    assert (nyu40_labels(b) == 0).sum() == (b == 255).sum()
    with pytest.raises(ValueError, match="mixes both"):
        convention_of([a, b])

from __future__ import annotations

import numpy as np
import pytest

from segmentation.classes import class_set
from training.paint import FAR_M, far_of, paint_depth, paint_labels


@pytest.mark.parametrize("far_m", [FAR_M, 80.0])
def test_depth_goes_from_red_to_blue_at_the_far_end_and_is_black_only_without_a_reading(far_m: float) -> None:
    depth_m = np.array([[0, 0.01, far_m / 2, 0.99 * far_m, far_m, 10 * far_m]], np.float32)
    nothing, near, middle, almost, far, beyond = paint_depth(depth_m, far_m)[0].astype(int)
    assert nothing.tolist() == [0, 0, 0]
    assert near[0] > 100 > max(near[1], near[2])
    assert middle[1] > max(middle[0], middle[2])
    assert far[2] > max(far[0], far[1])
    assert far.tolist() == beyond.tolist() != almost.tolist()


def test_six_metres_are_far_in_a_room_and_near_in_a_street() -> None:
    depth_m = np.full((1, 1), 6, np.float32)
    assert paint_depth(depth_m)[0, 0].tolist() != paint_depth(depth_m, 80)[0, 0].tolist()


def test_labels_get_the_colours_of_their_classes() -> None:
    classes = class_set("nyu40")
    labels = np.array([[0, 1, 40]], np.uint8)
    assert paint_labels(labels, classes).tolist() == [classes.colors[[0, 1, 40]].tolist()]


def test_streets_are_painted_further_than_rooms() -> None:
    assert far_of(class_set("cityscapes19")) == 80
    assert far_of(class_set("nyu13")) == far_of(class_set("sunrgbd37")) == FAR_M

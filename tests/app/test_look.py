from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from lost_scores import lost_scores

from app.cloud import PointCloud
from app.look import IMAGE_KINDS, MISSING, Look, Painter, color_share
from app.result import Pulse, Result
from app.viewers.shared.map_points import map_points


@pytest.fixture
def shown(result) -> Result:
    return Result(*result(), Pulse(10.0, 20.0))


@pytest.mark.parametrize("kind", IMAGE_KINDS)
def test_every_picture_has_the_frames_size_and_leaves_the_frame_alone(shown, kind) -> None:
    before = shown.frame.color.copy()
    image = Painter(Look()).image(kind, shown)
    assert image.shape == shown.frame.color.shape
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(shown.frame.color, before)


def test_a_hidden_class_lets_the_camera_picture_through_and_leaves_the_cloud(shown) -> None:
    label = int(shown.segmentation.labels[20, 30])
    here = shown.segmentation.labels == label
    painter = Painter(Look(opacity=1.0, hidden={label}))
    image = painter.image("classes", shown)
    np.testing.assert_array_equal(image[here], shown.frame.color[here])
    assert (image[~here] != shown.frame.color[~here]).any(axis=-1).mean() > 0.9
    assert label not in painter.cloud(shown).labels


def test_solo_shows_one_class_also_when_it_is_hidden(shown) -> None:
    label = int(shown.segmentation.labels[20, 30])
    cloud = Painter(Look(hidden={label}, solo=label)).cloud(shown)
    here = (shown.segmentation.labels == label) & (shown.frame.depth_m > 0)
    assert len(cloud) == here.sum()
    assert set(cloud.labels) == {label}


def test_a_range_limits_the_cloud_and_not_the_pictures(shown) -> None:
    painter = Painter(Look(near_m=1.0, far_m=2.0, cloud="colour"))
    cloud, depth_m = painter.cloud(shown), shown.frame.depth_m
    inside = (depth_m >= 1.0) & (depth_m <= 2.0)
    assert len(cloud) == inside.sum() > 0
    np.testing.assert_array_equal(cloud.colors, shown.frame.color[inside])
    assert (painter.image("depth", shown)[depth_m > 2.5] != 0).any()


def test_the_cloud_has_the_colours_of_its_classes(shown) -> None:
    cloud = Painter(Look(cloud="class")).cloud(shown)
    np.testing.assert_array_equal(cloud.colors, shown.segmentation.classes.colors[cloud.labels])


def test_pixels_without_depth_stand_out(shown) -> None:
    image = Painter(Look()).image("no depth", shown)
    missing = shown.frame.depth_m == 0
    assert missing.any()
    assert (image[missing] == MISSING).all()
    assert not (image[~missing] == MISSING).all(axis=-1).any()


def test_shares_get_brighter(shown) -> None:
    ramp = color_share(np.linspace(0, 1, 11, dtype=np.float32)[None]).astype(int)
    assert (np.diff(ramp.sum(axis=-1)[0]) > 0).all()


def test_without_scores_doubt_is_what_the_confidence_leaves(shown) -> None:
    assert shown.segmentation.scores is None
    lost = replace(shown, segmentation=replace(shown.segmentation, scores=lost_scores(shown.segmentation.labels.shape)))
    for result in (shown, lost):
        image = Painter(Look()).image("entropy", result)
        np.testing.assert_array_equal(image, color_share(np.full(image.shape[:2], 0.5)))


def test_the_map_is_painted_by_class_or_as_it_was_seen_and_without_hidden_classes(shown) -> None:
    classes = shown.segmentation.classes
    made = PointCloud(np.zeros((9, 3), np.float32), np.full((9, 3), 7, np.uint8), np.arange(9, dtype=np.uint8) % 3)
    np.testing.assert_array_equal(map_points(made, classes, Look(), 9).colors, classes.colors[made.labels])
    assert (map_points(made, classes, Look(cloud="colour"), 9).colors == 7).all()
    assert set(map_points(made, classes, Look(hidden={1}), 9).labels) == {0, 2}
    assert len(map_points(made, classes, Look(), 4)) == 3

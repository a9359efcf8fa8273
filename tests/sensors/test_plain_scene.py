"""The generated scene is the truth that other tests lean on, so its own truth is checked here."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.plain_scene import BASELINE, ROOM, PlainScene, rays, render_depth_m


@pytest.fixture(scope="module")
def scene() -> PlainScene:
    return PlainScene(frames=8, size=(160, 120), seed=3)


def test_depth_lies_on_the_surfaces(scene: PlainScene) -> None:
    pose = scene.poses[2]
    depth_m = render_depth_m(scene.boxes, scene.color_intrinsics, pose)
    points = pose.translation_m + depth_m[..., None] * rays(scene.color_intrinsics, pose)
    gaps = []
    for box in [ROOM, *scene.boxes]:
        beyond = np.abs((points - box.centre_m) @ box.box_from_world.T) - box.half_m
        gaps.append(np.abs(beyond.max(axis=-1)))  # 0 on the surface, inside or outside elsewhere
    assert np.min(gaps, axis=0).max() < 1e-4


def test_two_views_see_the_same_points(scene: PlainScene) -> None:
    """Depth seen from the depth camera, moved to the colour camera, is the colour camera's depth where both look."""
    color, depth = scene.color_intrinsics, scene.depth_intrinsics
    world_from_color = scene.poses[0]
    in_depth = render_depth_m(scene.boxes, depth, world_from_color @ BASELINE)
    in_color = render_depth_m(scene.boxes, color, world_from_color)
    v, u = np.mgrid[: depth.height, : depth.width]
    points = np.stack([(u - depth.cx) / depth.fx, (v - depth.cy) / depth.fy, np.ones_like(u)], -1) * in_depth[..., None]
    x, y, z = np.moveaxis(BASELINE.apply(points), -1, 0)
    column = np.rint(x / z * color.fx + color.cx).astype(int)
    row = np.rint(y / z * color.fy + color.cy).astype(int)
    inside = (column >= 0) & (column < color.width) & (row >= 0) & (row < color.height)
    error_m = np.abs(in_color[row[inside], column[inside]] - z[inside])
    assert np.quantile(error_m, 0.9) < 0.03


def test_same_seed_same_bytes_and_other_seed_other_scene() -> None:
    first, again, other = (PlainScene(frames=2, size=(80, 60), seed=seed).render(1) for seed in (1, 1, 2))
    assert np.array_equal(first.color, again.color)
    assert np.array_equal(first.depth_raw, again.depth_raw)
    assert not np.array_equal(first.depth_raw, other.depth_raw)


def test_iterating_twice_starts_again_and_stop_ends() -> None:
    with PlainScene(frames=3, size=(32, 24)) as scene:
        assert [raw.index for raw in scene] == [0, 1, 2]
        frames = iter(scene)
        assert next(frames).index == 0
        scene.stop()
        assert list(frames) == []

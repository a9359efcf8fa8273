"""Casting against the solids' own equations and against a cast of every primitive at every pixel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_room import CAMERA, cluttered, looking, room

from sensors.geometry import RigidTransform
from sensors.rooms.cast import cast
from sensors.rooms.materials import Material
from sensors.rooms.primitives import Primitive, Shape, box, cylinder, ellipsoid
from sensors.rooms.render import Geometry, render_geometry
from sensors.rooms.solids import Solids

POSES = {
    "corner": looking((-1.7, -2.2, 1.5), (0.4, 0.8, 0.8)),
    "rolled": looking((1.5, 2.0, 2.1), (-0.5, -0.6, 0.4), roll_rad=0.7),
    "among the solids": looking((0.1, 0.2, 1.1), (1.5, 1.2, 0.9)),
    "along the axes": RigidTransform(np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]), np.array([0.0, -2.4, 1.25])),
}


def points_m(geometry: Geometry) -> np.ndarray:
    """World points (h, w, 3) in double precision."""
    k, pose = geometry.intrinsics, geometry.world_from_camera
    v, u = np.mgrid[: k.height, : k.width]
    rays = np.stack([(u - k.cx) / k.fx, (v - k.cy) / k.fy, np.ones(u.shape)], axis=-1)
    return pose.apply(rays * geometry.depth_m[..., None].astype(np.float64))


def gap_m(primitive: Primitive, points: np.ndarray) -> np.ndarray:
    """How far points (N, 3) are from the primitive's surface, at first order."""
    local = (points - primitive.centre_m) @ primitive.rotation
    if primitive.shape == Shape.BOX:
        return np.abs((np.abs(local) - primitive.half_m).max(axis=1))
    unit = local / primitive.half_m
    if primitive.shape == Shape.ELLIPSOID:
        slope = np.linalg.norm(2 * unit / primitive.half_m, axis=1)
        return np.abs((unit**2).sum(axis=1) - 1) / slope
    radius = 1 + (primitive.taper - 1) * (unit[:, 2] + 1) / 2
    beyond_side = (np.hypot(unit[:, 0], unit[:, 1]) - radius) * primitive.half_m[:2].min()
    return np.abs(np.maximum(beyond_side, np.abs(local[:, 2]) - primitive.half_m[2]))


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES.keys())
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_depth_lies_on_the_surface_that_it_names(seed: int, pose: RigidTransform) -> None:
    scene = cluttered(seed)
    geometry = render_geometry(scene, CAMERA, pose)
    points = points_m(geometry)
    for index in np.unique(geometry.primitive):
        assert gap_m(scene.primitives[index], points[geometry.primitive == index]).max() < 1e-4


def test_every_shape_is_among_those_checked() -> None:
    geometry = render_geometry(cluttered(1), CAMERA, POSES["corner"])
    shapes = geometry.solids.shape[np.unique(geometry.primitive)]
    assert set(shapes.tolist()) == {0, 1, 2}


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES.keys())
def test_windows_and_order_change_nothing(pose: RigidTransform) -> None:
    """The nearest of all primitives, each cast alone, as a z-buffer over windows finds it."""
    scene = cluttered(4, solids=24)
    geometry = render_geometry(scene, CAMERA, pose)
    alone = [cast(Solids.of((p,)), CAMERA, pose).depth_m for p in scene.primitives]
    nearest = np.min(alone, axis=0)
    np.testing.assert_array_equal(geometry.depth_m, np.where(np.isinf(nearest), 0, nearest))


@pytest.mark.parametrize("pose", POSES.values(), ids=POSES.keys())
@pytest.mark.parametrize("seed", [5, 6])
def test_windows_cut_nothing_off(seed: int, pose: RigidTransform, monkeypatch: pytest.MonkeyPatch) -> None:
    """Casting every primitive at every pixel gives the same image: no window is too small, nothing behind is met."""
    scene = cluttered(seed, solids=60)
    windowed = render_geometry(scene, CAMERA, pose)

    def everywhere(solids: Solids, *_: object) -> tuple[np.ndarray, np.ndarray]:
        return np.tile([0, 0, CAMERA.width, CAMERA.height], (len(solids), 1)), np.full(len(solids), -1.0)

    monkeypatch.setattr("sensors.rooms.cast.screen_windows", everywhere)
    whole = render_geometry(scene, CAMERA, pose)
    np.testing.assert_array_equal(windowed.primitive, whole.primitive)
    np.testing.assert_array_equal(windowed.depth_m, whole.depth_m)


def test_a_solid_that_reaches_behind_the_camera_is_seen() -> None:
    """A long table top under the camera: most of it lies behind."""
    top = box((0.6, 6.0, 0.04), (0, 0, 0.7), 7, Material((0.5, 0.4, 0.3)))
    geometry = render_geometry(room([top]), CAMERA, looking((0, 0, 1.0), (0, 1.0, 0.8)))
    below = geometry.depth_m[CAMERA.height - 1, CAMERA.width // 2]
    ray = (CAMERA.height - 1 - CAMERA.cy) / CAMERA.fy
    down = np.array([0, 1.0, -0.2]) / np.hypot(1, 0.2), np.array([0, -0.2, -1.0]) / np.hypot(1, 0.2)
    expected = (0.72 - 1.0) / (down[0][2] + ray * down[1][2])
    assert below == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("make", [box, cylinder, ellipsoid])
def test_a_camera_inside_sees_the_far_side(make) -> None:
    solid = make((2.0, 2.0, 2.0), (0, 0, 1.0), 5, Material((0.5, 0.5, 0.5)))
    geometry = render_geometry(room([solid]), CAMERA, looking((0, -0.2, 1.0), (0, 1.0, 1.0)))
    assert (geometry.primitive == 0).all()
    assert geometry.depth_m[36, 47] == pytest.approx(1.2, abs=0.01)
    assert (geometry.cosine > 0).all()


def test_what_lies_behind_is_not_seen() -> None:
    solid = ellipsoid((1.0, 1.0, 1.0), (0, -2.0, 1.0), 5, Material((0.5, 0.5, 0.5)))
    geometry = render_geometry(room([solid]), CAMERA, looking((0, 0, 1.0), (0, 1.0, 1.0)))
    assert (geometry.depth_m == 0).all()
    assert (geometry.primitive == -1).all()
    assert (geometry.label == 0).all()


def test_two_views_see_the_same_points() -> None:
    scene = cluttered(6)
    first = render_geometry(scene, CAMERA, looking((-1.5, -2.0, 1.5), (0.3, 0.8, 0.9)))
    pose = looking((-1.3, -2.05, 1.6), (0.3, 0.8, 0.9))
    second = render_geometry(scene, replace(CAMERA, fx=90.0), pose)
    x, y, z = pose.inverse().apply(points_m(first)).reshape(-1, 3).T
    k = second.intrinsics
    column, row = np.rint(x / z * k.fx + k.cx).astype(int), np.rint(y / z * k.fy + k.cy).astype(int)
    inside = (z > 0) & (column >= 0) & (column < k.width) & (row >= 0) & (row < k.height)
    same = first.primitive.ravel()[inside] == second.primitive[row[inside], column[inside]]
    error_m = np.abs(second.depth_m[row[inside], column[inside]] - z[inside])
    assert inside.mean() > 0.7
    assert same.mean() > 0.85  # the rest is hidden in the other view, or an edge
    assert np.median(error_m[same]) < 0.01  # half a pixel off, on surfaces at all slopes


@pytest.mark.parametrize("seed", [1, 2])
def test_labels_and_surfaces_are_those_of_the_primitive(seed: int) -> None:
    scene = cluttered(seed)
    mirror = Material((0.5, 0.5, 0.5), surface="mirror", infrared=0.05)
    primitives = [replace(p, material=mirror) if n % 3 == 0 else p for n, p in enumerate(scene.primitives)]
    geometry = render_geometry(room(primitives), CAMERA, POSES["corner"])
    for index in np.unique(geometry.primitive):
        here = geometry.primitive == index
        assert (geometry.label[here] == primitives[index].label).all()
        assert (geometry.surface[here] == (1 if index % 3 == 0 else 0)).all()
        assert (geometry.infrared[here] == np.float32(primitives[index].material.infrared)).all()
    assert geometry.label.dtype == np.uint8
    assert geometry.primitive.dtype == np.int32
    assert geometry.depth_m.dtype == np.float32


def test_normals_are_the_slope_of_the_depth() -> None:
    """Normals from the solids' equations, against the cross product of neighbouring points on the same primitive."""
    camera = CAMERA.resized(4 * CAMERA.width, 4 * CAMERA.height)
    geometry = render_geometry(cluttered(7), camera, POSES["corner"])
    points = points_m(geometry)
    right, down = np.diff(points, axis=1)[:-1], np.diff(points, axis=0)[:, :-1]
    measured = np.cross(down, right)
    measured /= np.linalg.norm(measured, axis=-1, keepdims=True)
    stated = np.zeros_like(points)
    stated.reshape(-1, 3)[geometry.seen] = geometry.world_normal.T
    one = geometry.primitive
    inner = (one[:-1, :-1] == one[1:, :-1]) & (one[:-1, :-1] == one[:-1, 1:])
    agreement = np.abs((measured * stated[:-1, :-1]).sum(axis=-1))[inner]
    shapes = geometry.solids.shape[one[:-1, :-1]][inner]
    for shape in Shape:
        assert np.quantile(agreement[shapes == shape], 0.2) > 0.98
    assert np.allclose(np.linalg.norm(geometry.world_normal, axis=0), 1, atol=1e-5)

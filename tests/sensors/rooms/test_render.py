"""Pictures of rooms: in range, alike for alike seeds, in agreement with depth; mirrors, light, shadows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_room import CAMERA, SIZE_M, cluttered, looking, room, shell

from sensors.rooms.light.edges import smooth_edges
from sensors.rooms.light.lights import lights_of
from sensors.rooms.light.mirrors import reflected, with_mirrors
from sensors.rooms.light.shade import radiance, world_points
from sensors.rooms.light.shadows import lit_share
from sensors.rooms.materials import PATTERNS, Material
from sensors.rooms.paint import bevelled
from sensors.rooms.primitives import Lamp, Primitive, box, cylinder, ellipsoid
from sensors.rooms.render import Photo, render_color, render_geometry
from sensors.rooms.scene import Scene

GREY = Material((0.7, 0.7, 0.7))
CORNER = looking((-1.7, -2.2, 1.5), (0.4, 0.8, 0.8))


def furnished(seed: int) -> Scene:
    """A cluttered room in which every pattern occurs."""
    scene = cluttered(seed, solids=60)
    primitives = []
    for number, primitive in enumerate(scene.primitives):
        pattern = PATTERNS[number % len(PATTERNS)]
        material = Material((0.6, 0.3, 0.2), pattern, (0.2, 0.4, 0.7), 0.12, seed=number, gloss=0.3, bump=0.5)
        primitives.append(replace(primitive, material=material))
    return room(primitives)


def test_same_seed_same_bytes_other_seed_other_noise() -> None:
    first, again, other = (
        render_color(scene, render_geometry(scene, CAMERA, CORNER), Photo(), np.random.default_rng(seed))
        for scene, seed in ((furnished(1), 5), (furnished(1), 5), (furnished(1), 6))
    )
    assert first.dtype == np.uint8
    assert first.shape == (CAMERA.height, CAMERA.width, 3)
    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != other.tobytes()


@pytest.mark.parametrize("seed", range(6))
def test_every_drawn_camera_gives_a_picture(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = furnished(seed)
    photo = Photo.drawn(rng)
    color = render_color(scene, render_geometry(scene, CAMERA, CORNER), photo, rng)
    assert 0.12 < color.mean() / 255 < 0.92
    assert color.std() > 10


@pytest.mark.parametrize("exposure", [0.3, 0.5, 0.7])
def test_exposure_is_the_mean_brightness(exposure: float) -> None:
    scene = furnished(2)
    geometry = render_geometry(scene, CAMERA, CORNER)
    color = render_color(scene, geometry, Photo(exposure=exposure), np.random.default_rng(0))
    assert color.mean() / 255 == pytest.approx(exposure, abs=0.02)


def test_cameras_differ() -> None:
    photos = [Photo.drawn(np.random.default_rng(seed)) for seed in range(200)]
    exposures = np.array([p.exposure for p in photos])
    warmth = np.array([p.white[0] / p.white[2] for p in photos])
    assert exposures.min() < 0.35
    assert exposures.max() > 0.7
    assert warmth.min() < 0.8
    assert warmth.max() > 1.25
    assert 0.1 < np.mean([p.motion_px > 0 for p in photos]) < 0.4
    assert Photo.drawn(np.random.default_rng(3)) == Photo.drawn(np.random.default_rng(3))


def test_nothing_seen_is_dark_but_a_picture() -> None:
    scene = room([ellipsoid((0.5, 0.5, 0.5), (0, -2.0, 1.0), 5, GREY)])
    geometry = render_geometry(scene, CAMERA, looking((0, 0, 1.0), (0, 1.0, 1.0)))
    color = render_color(scene, geometry, Photo(), np.random.default_rng(0))
    assert color.shape == (CAMERA.height, CAMERA.width, 3)


def test_light_is_finite_and_not_negative() -> None:
    scene = furnished(3)
    light = radiance(scene, render_geometry(scene, CAMERA, CORNER))
    assert light.dtype == np.float32
    assert np.isfinite(light).all()
    assert light.min() >= 0


def dim(primitives: list[Primitive], lamp_m: tuple[float, float, float]) -> Scene:
    """A room with one small lamp and hardly any other light."""
    return Scene(
        "test", SIZE_M, primitives, [Lamp(lamp_m, (1, 1, 1), 1.0, 0.05)], (0.02, 0.02, 0.02), (0.0, 0.0, 0.0), [], []
    )


@pytest.mark.parametrize("lamp_m", [(0.0, 0.0, 2.3), (0.0, -0.4, 1.2)], ids=["ceiling lamp", "low lamp"])
def test_shadows_lie_where_the_lamp_is_hidden(lamp_m: tuple[float, float, float]) -> None:
    """Against a test of each floor point's own way to the lamp."""
    block = box((0.8, 0.5, 0.1), (0.1, 0.1, 0.7), 7, GREY)
    scene = dim([*shell(GREY), block], lamp_m)
    bare = dim(shell(GREY), lamp_m)
    geometry = render_geometry(scene, CAMERA, looking((0.1, -1.6, 2.4), (0.1, 0.2, 0.0)))
    bare_view = render_geometry(bare, CAMERA, geometry.world_from_camera)
    same = (geometry.primitive == 0) & (bare_view.primitive == 0)
    ratio = (radiance(scene, geometry)[..., 1] / radiance(bare, bare_view)[..., 1])[same]
    v, u = np.nonzero(same)
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(len(u))], axis=1)
    floor_m = geometry.world_from_camera.apply(rays * geometry.depth_m[same][:, None])
    gaps = {margin: hidden(block, floor_m, np.array(lamp_m), margin) for margin in (-0.08, 0.12)}
    assert gaps[-0.08].sum() > 50
    assert ratio[gaps[-0.08]].max() < 0.45
    assert ratio[~gaps[0.12]].min() > 0.55  # occlusion alone takes some light near the block
    assert np.quantile(ratio[~gaps[0.12]], 0.1) > 0.95  # and the floor does not hide itself


def hidden(block: Primitive, points_m: np.ndarray, lamp_m: np.ndarray, margin_m: float) -> np.ndarray:
    """Whether the way from each point to the lamp meets the block, made larger all around by margin_m."""
    half = block.half_m + margin_m * np.array([1, 1, 0.5])
    way = lamp_m - points_m
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (-half - (points_m - block.centre_m)) / way, (half - (points_m - block.centre_m)) / way
    return np.minimum(a, b).max(axis=1) < np.minimum(np.maximum(a, b).min(axis=1), 1.0)


def with_mirror(ball: Material) -> tuple[Scene, int, int]:
    """A mirror on the far wall and a ball behind the camera; the scene and both indices."""
    glass = Material((0.8, 0.8, 0.8), surface="mirror")
    mirror, sphere = (
        box((1.6, 0.02, 1.2), (0, 2.48, 1.2), 19, glass),
        ellipsoid((0.5, 0.5, 0.5), (0.3, -1.6, 1.2), 5, ball),
    )
    primitives = [*shell(GREY), mirror, sphere]
    return room(primitives), len(primitives) - 2, len(primitives) - 1


def test_a_mirror_shows_what_lies_behind_the_camera() -> None:
    red = Material((0.9, 0.02, 0.02))
    scene, mirror, sphere = with_mirror(red)
    geometry = render_geometry(scene, CAMERA, looking((-0.5, 0.0, 1.2), (0, 2.5, 1.2)))
    assert not (geometry.primitive == sphere).any()
    light = with_mirrors(scene, geometry)
    shows_red = (light[..., 0] > 4 * light[..., 1]) & (light[..., 0] > 0.02)
    seen = reflected(geometry, mirror, (0, 0, CAMERA.width, CAMERA.height)).primitive[:, ::-1]
    expected = (seen == sphere) & (geometry.primitive == mirror)
    assert expected.sum() > 20
    assert (shows_red & expected).sum() > 0.8 * expected.sum()
    assert not (shows_red & ~expected).any()


def test_a_mirror_reflects_as_the_law_says() -> None:
    """Reflected depth leads to a point on the primitive it names, by way of the mirrored ray."""
    scene, mirror, sphere = with_mirror(GREY)
    eye = looking((-0.5, 0.0, 1.2), (0, 2.5, 1.2))
    geometry = render_geometry(scene, CAMERA, eye)
    seen = reflected(geometry, mirror, (0, 0, CAMERA.width, CAMERA.height))
    v, u = np.nonzero((seen.primitive[:, ::-1] == sphere) & (geometry.primitive == mirror))
    assert len(u) > 20
    depth = seen.depth_m[:, ::-1][v, u].astype(float)
    ray = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(len(u))], axis=1) @ eye.rotation.T
    unfolded = eye.translation_m + ray * depth[:, None]
    point = unfolded * [1, -1, 1] + [0, 2 * (2.48 - 0.01), 0]  # folded back at the mirror's front, y = 2.47
    radius = np.linalg.norm(point - scene.primitives[sphere].centre_m, axis=1)
    np.testing.assert_allclose(radius, 0.25, atol=1e-4)


def test_edges_are_shared_and_insides_stay() -> None:
    scene = room([*shell(GREY), ellipsoid((0.8, 0.8, 0.8), (0, 0.5, 1.2), 5, Material((0.9, 0.1, 0.1)))])
    geometry = render_geometry(scene, CAMERA, looking((0, -1.5, 1.2), (0, 0.5, 1.2)))
    image = np.where(geometry.primitive[..., None] == 6, np.float32(1), np.float32(0)) * np.ones(3, np.float32)
    smooth = smooth_edges(image, geometry)[..., 0]
    shared = (smooth > 0) & (smooth < 1)
    ball = geometry.primitive == 6
    near_edge = np.zeros_like(ball)
    for axis in (0, 1):
        for step in (-1, 1):
            near_edge |= np.roll(ball, step, axis) != ball
    assert shared.sum() > 30
    assert near_edge[shared].mean() > 0.95
    area = np.pi * (0.4 / np.sqrt(2.0**2 - 0.4**2)) ** 2 * CAMERA.fx * CAMERA.fy
    assert abs(smooth.sum() - area) < abs(ball.sum() - area) + 3


@pytest.mark.parametrize("lamp_m", [(0.0, 0.0, 2.3), (0.0, -1.4, 1.2)], ids=["ceiling lamp", "low lamp"])
def test_what_the_lamp_sees_does_not_hide_itself(lamp_m: tuple[float, float, float]) -> None:
    solids = [
        box((0.8, 0.5, 0.1), (-0.6, 0.1, 0.7), 7, GREY),
        ellipsoid((0.6, 0.6, 0.4), (0.6, 0.3, 0.6), 5, GREY),
        cylinder((0.4, 0.4, 0.7), (0.2, -0.5, 0.4), 5, GREY),
    ]
    scene = dim([*shell(GREY), *solids], lamp_m)
    geometry = render_geometry(scene, CAMERA, looking(lamp_m, (0.0, 0.2, 0.5)))
    own = geometry.primitive.ravel()[geometry.seen] >= 6
    points, normals = world_points(geometry)[:, own], geometry.world_normal[:, own]
    share = lit_share(scene, lights_of(scene)[0], points, normals, np.zeros(own.sum(), np.float32))
    assert own.sum() > 300
    assert share.mean() > 0.97  # their edges lie in the penumbra of others
    assert np.quantile(share, 0.1) == 1


def test_bevels_finer_than_a_pixel_are_weak_and_wide_ones_bend_by_half_a_right_angle() -> None:
    scene = room([box((1.0, 1.0, 1.0), (0, 1.0, 1.0), 5, GREY, bevel_m=0.05)])
    geometry = render_geometry(scene, CAMERA, looking((0, -0.6, 1.0), (0, 1.0, 1.0)))
    primitive = geometry.primitive.ravel()[geometry.seen]
    cosines = []
    for footprint_m in (0.001, 0.5):
        footprint = np.full(len(primitive), footprint_m, np.float32)
        bent = bevelled(geometry.solids, primitive, geometry.hits, footprint)
        np.testing.assert_allclose((bent * bent).sum(axis=0), 1, atol=1e-5)
        cosines.append((bent * geometry.hits.normal).sum(axis=0).min())
    assert cosines[0] < 0.8
    assert cosines[1] > 0.97

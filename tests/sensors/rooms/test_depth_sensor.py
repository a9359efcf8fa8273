"""The depth sensor against what its formulas say of hand-made surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics
from sensors.rooms.depth_draw import drawn_sensor
from sensors.rooms.depth_holes import filled
from sensors.rooms.depth_sensor import FARTHEST_M, PRESETS, DepthSensor

WIDTH, HEIGHT = 320, 240
FOCAL_PX = 300.0
CAMERA = CameraIntrinsics(WIDTH, HEIGHT, FOCAL_PX, FOCAL_PX, 160.0, 120.0)


@dataclass
class Wall:
    """A scene for a sensor: everything bright and facing it unless told."""

    depth_m: NDArray[np.float32]
    infrared: NDArray[np.float32]
    cosine: NDArray[np.float32]
    surface: NDArray[np.uint8]


def wall(depth_m: float | np.ndarray, infrared: float = 0.8, cosine: float = 1.0, surface: int = 0) -> Wall:
    depth = np.broadcast_to(np.asarray(depth_m, np.float32), (HEIGHT, WIDTH)).copy()
    flat = np.ones_like(depth)
    return Wall(depth, infrared * flat, cosine * flat, np.full(depth.shape, surface, np.uint8))


def room() -> Wall:
    """Depth of every kind: a slanted wall, a near box, a mirror, glass, a dark patch, grazing, nothing, far away."""
    scene = wall(np.linspace(0.2, 9, WIDTH))
    scene.depth_m[60:200, 100:180] = 0.8
    scene.surface[10:60, 200:240], scene.surface[10:60, 240:280] = 1, 2
    scene.infrared[100:140, 200:260] = 0.02
    scene.cosine[150:170, 200:260] = 0.03
    scene.depth_m[200:220, 10:60], scene.depth_m[220:230, 10:60] = 0, np.inf
    return scene


def measured(sensor: DepthSensor, scene: Wall, seed: int = 0) -> NDArray[np.uint16]:
    return sensor.measure(scene, CAMERA, np.random.default_rng(seed))


def test_clean_depth_is_exact_to_half_a_millimetre() -> None:
    depth_m = np.random.default_rng(1).uniform(0.1, 60, (HEIGHT, WIDTH))
    depth_mm = measured(DepthSensor.preset("clean"), wall(depth_m))
    assert depth_mm.dtype == np.uint16
    assert np.abs(depth_mm / 1000 - depth_m).max() < 0.00051


@pytest.mark.parametrize("width", [160, 320, 640])
@pytest.mark.parametrize("depth_m", [1.0, 2.5, 5.0])
def test_noise_of_triangulation_grows_with_the_square_of_depth(depth_m: float, width: int) -> None:
    """sigma_z = z^2 s / (f B), with f in the pixels of an image 640 wide, whatever the size."""
    camera = CAMERA.resized(width, width * 3 // 4)
    flat = np.ones((camera.height, camera.width), np.float32)
    scene = Wall(depth_m * flat, flat, flat, np.zeros(flat.shape, np.uint8))
    sensor = DepthSensor(name="test", noise_px=0.3, baseline_m=0.05, range_m=(0.1, 20))
    frames = [sensor.measure(scene, camera, np.random.default_rng(seed)) for seed in range(12)]
    readings_m = np.concatenate([frame[frame > 0] / 1000 for frame in frames])
    expected_m = depth_m**2 * 0.3 / (2 * FOCAL_PX * 0.05)
    assert np.std(readings_m) == pytest.approx(expected_m, rel=0.12)
    assert np.mean(readings_m) == pytest.approx(depth_m, abs=4 * expected_m**2 / depth_m + expected_m / 10)


def test_stereo_has_the_noise_of_its_data_sheet() -> None:
    """About 2.9 mm/m^2 with 615 pixels of focal length and 50 mm between the eyes."""
    camera = CameraIntrinsics(WIDTH, HEIGHT, 307.5, 307.5, 160, 120)
    sensor = DepthSensor.preset("stereo").with_(stray=0.0)
    depth_mm = sensor.measure(wall(2.0), camera, np.random.default_rng(0))
    assert np.std(depth_mm[depth_mm > 0]) == pytest.approx(4 * 2.93, rel=0.2)


def test_disparity_comes_in_steps() -> None:
    sensor = DepthSensor(name="test", baseline_m=0.075, step_px=1 / 8, range_m=(0.1, 20))
    scene = wall(np.linspace(2, 6, WIDTH))
    values = np.unique(measured(sensor, scene))
    disparity = 2 * FOCAL_PX * 0.075 / (values[values > 0] / 1000)
    assert np.abs(disparity * 8 - np.rint(disparity * 8)).max() < 0.1
    assert 100 < len(values) < 120  # 21 pixels (beyond the left band) to 7.5, in eighths


def test_time_of_flight_is_noisier_where_less_light_comes_back() -> None:
    sensor = DepthSensor.preset("time_of_flight").with_(weakest=0.0)
    bright, dark = (measured(sensor, wall(4.0, infrared)).astype(float) for infrared in (0.8, 0.05))
    assert bright.std() < 8
    assert dark.std() > 4 * bright.std()


@pytest.mark.parametrize("side", [1, -1])
@pytest.mark.parametrize("baseline_m", [0.051, 0.0713])
def test_the_shadow_lies_where_geometry_says(side: Literal[-1, 1], baseline_m: float) -> None:
    """A near box before a wall hides from the second eye a strip as wide as the disparities differ."""
    near_m, far_m, left, right = 1.0, 3.0, 120, 200
    scene = wall(far_m)
    scene.depth_m[:, left:right] = near_m
    lost = measured(DepthSensor(name="test", baseline_m=baseline_m, side=side), scene) == 0
    strip_px = FOCAL_PX * baseline_m * (1 / near_m - 1 / far_m)
    band_px = FOCAL_PX * baseline_m / far_m
    from_left = np.arange(WIDTH) if side > 0 else WIDTH - 1 - np.arange(WIDTH)
    edge = left if side > 0 else WIDTH - right
    expected = ((from_left > edge - strip_px) & (from_left < edge)) | (from_left < band_px)
    assert np.array_equal(lost, np.broadcast_to(expected, lost.shape))


def test_something_thin_loses_the_whole_strip_beside_it() -> None:
    """Matchers keep the order of what they see, which a thin thing turns round."""
    scene = wall(3.0)
    scene.depth_m[:, 160:163] = 1.0
    lost = measured(DepthSensor(name="test", baseline_m=0.061), scene)[120] == 0
    assert np.flatnonzero(lost[10:] != 0).tolist() == list(range(138, 150))  # columns 148..159


@pytest.mark.parametrize(
    ("scene", "is_lost"),
    [
        (wall(2.0), False),
        (wall(2.0, infrared=0.01), True),
        (wall(5.5, infrared=0.05), True),
        (wall(2.0, cosine=0.05), True),
        (wall(0.2), True),
        (wall(9.0), True),
        (wall(0.0), True),
        (wall(np.inf), True),
    ],
)
@pytest.mark.parametrize("name", ["stereo", "kinect1", "time_of_flight"])
def test_what_a_sensor_loses(name: str, scene: Wall, is_lost: bool) -> None:
    sensor = DepthSensor.preset(name).with_(stray=0.0)
    lost = measured(sensor, scene)[:, 40:-40] == 0
    assert lost.mean() > 0.95 if is_lost else lost.mean() < 0.01


@pytest.mark.parametrize(
    ("response", "shares"),
    [("surface", (1, 0, 0)), ("nothing", (0, 0, 1)), ("patchy", (0.5, 0, 0.5)), ("beyond", (0, 1, 0))],
)
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_special_surfaces_answer_as_told(response, shares, kind) -> None:
    responses = ["surface"] * 4
    responses[kind - 1] = response
    sensor = DepthSensor.preset("clean").with_(responses=tuple(responses), beyond_m=1.0)
    depth_mm = measured(sensor, wall(2.0, surface=kind))
    assert [np.mean(depth_mm == value) for value in (2000, 3000, 0)] == pytest.approx(shares, abs=0.02)


def test_no_reading_lies_outside_the_range_and_fills_leave_no_hole() -> None:
    """Over drawn sensors of every kind, on a scene with everything that makes holes."""
    names, fills, without_holes = set(), set(), 0
    for seed in range(120):
        rng = np.random.default_rng(seed)
        sensor = drawn_sensor(rng)
        depth_mm = sensor.measure(room(), CAMERA, rng)
        readings_m = depth_mm[depth_mm > 0] / 1000
        assert readings_m.min() >= sensor.range_m[0]
        assert readings_m.max() <= min(sensor.range_m[1], FARTHEST_M)
        if sensor.fill in ("nearest", "smooth"):
            assert depth_mm.min() > 0
        names.add(sensor.name)
        fills.add(sensor.fill)
        without_holes += (depth_mm > 0).mean() > 0.95
    assert names == set(PRESETS)
    assert fills == {"none", "small", "nearest", "smooth"}
    assert 10 < without_holes < 60


@pytest.mark.parametrize("kind", ["mirror", "glass", "screen", "glow"])
def test_a_hole_says_nothing_of_what_is_there(kind: str) -> None:
    """Among drawn sensors each special surface has its depth, or none, or patches, or another, each often enough."""
    from sensors.rooms.depth_sensor import SPECIAL

    sensors = [drawn_sensor(np.random.default_rng(seed)) for seed in range(400)]
    responses = [sensor.responses[SPECIAL.index(kind)] for sensor in sensors]
    for response in ("surface", "nothing", "patchy", "beyond"):
        assert responses.count(response) > 30
    assert 60 < sum(sensor.missing > 0 for sensor in sensors) < 200


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (24, 32), (241, 319)])
@pytest.mark.parametrize("fill", ["nearest", "smooth"])
def test_filling_keeps_readings_and_stays_between_them(shape, fill) -> None:
    rng = np.random.default_rng(3)
    depth_m = rng.uniform(1, 4, shape).astype(np.float32)
    holes = rng.random(shape) < 0.7
    holes.flat[0] = False
    full = filled(np.where(holes, 0, depth_m).astype(np.float32), fill, 3)
    assert np.array_equal(full[~holes], depth_m[~holes])
    assert full.min() >= depth_m[~holes].min() - 1e-5
    assert full.max() <= depth_m[~holes].max() + 1e-5


def test_small_fills_close_small_holes_only() -> None:
    depth_m = np.full((60, 80), 2, np.float32)
    depth_m[10:12, 10:12] = 0
    depth_m[20:50, 20:60] = 0
    full = filled(depth_m, "small", 4)
    assert full[10:12, 10:12].min() == 2
    assert full[35, 40] == 0


def test_what_has_no_reading_at_all_cannot_be_filled() -> None:
    sensor = DepthSensor.preset("stereo").with_(fill="smooth", stray=0.0)
    assert not measured(sensor, wall(0.0)).any()


@pytest.mark.parametrize(("shift", "moved"), [((8.0, -4.0), (4, -2)), ((-8.0, 4.0), (-4, 2))])
def test_a_shift_moves_depth_beside_the_colour(shift, moved) -> None:
    scene = wall(2.0)
    scene.depth_m[100:110, 150:160] = 1.0
    depth_mm = measured(DepthSensor.preset("clean").with_(shift_px=shift), scene)
    rows, columns = np.nonzero(depth_mm == 1000)
    assert (columns.min(), rows.min()) == (150 + moved[0], 100 + moved[1])
    assert (depth_mm == 0).sum() == WIDTH * HEIGHT - (WIDTH - 4) * (HEIGHT - 2)


def test_margins_and_missing_patches_have_the_size_asked_for() -> None:
    clean = DepthSensor.preset("clean")
    lost = measured(clean.with_(margins=(0.1, 0.2, 0.3, 0.05)), wall(2.0)) == 0
    assert not lost[48:228, 32:224].any()
    assert lost.mean() == pytest.approx(1 - 0.6 * 0.75)
    patchy = clean.with_(missing=0.3, missing_seed=5)
    assert (measured(patchy, wall(2.0)) == 0).mean() == pytest.approx(0.3, abs=0.01)
    assert np.array_equal(measured(patchy, wall(2.0), 1) == 0, measured(patchy, wall(2.0), 2) == 0)


def test_edges_are_ragged_by_about_the_jitter() -> None:
    scene = wall(3.0)
    scene.depth_m[:, 160:] = 1.0
    near = measured(DepthSensor.preset("clean").with_(jitter_px=2.0), scene) == 1000
    edge = near.argmax(axis=1)
    assert 0.5 < edge.std() < 3
    assert abs(edge.mean() - 160) < 2


@pytest.mark.parametrize("name", PRESETS)
def test_same_seed_same_bytes(name: str) -> None:
    sensor = DepthSensor.preset(name)
    first, again, other = (measured(sensor, room(), seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert name == "clean" or not np.array_equal(first, other)
    assert drawn_sensor(np.random.default_rng(4)) == drawn_sensor(np.random.default_rng(4))


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'lidar'; known: stereo, kinect1, time_of_flight, clean"):
        DepthSensor.preset("lidar")

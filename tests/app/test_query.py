"""Pixels, distances and regions, against geometry that is known."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np
import pytest
from lost_scores import lost_scores
from small_room import cluttered, looking

from app.no_model import NoModel
from app.query import query_distance, query_pixel, query_region
from app.query.box import box_around
from app.query.connected import connected_pixels
from segmentation.classes import class_set
from segmentation.result import Segmentation
from sensors.distortion import undistort
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics
from sensors.rooms.depth_sensor import DepthSensor
from sensors.rooms.room import Room
from sensors.rooms.view import Geometry, render_geometry

CLASSES = class_set("sunrgbd37")
CAMERA = CameraIntrinsics(160, 120, 150.0, 151.0, 79.3, 60.1)
WALL, FLOOR, CHAIR = (CLASSES.names.index(name) for name in ("wall", "floor", "chair"))


def framed(depth_m: np.ndarray, camera: CameraIntrinsics = CAMERA) -> Frame:
    shape = (camera.height, camera.width)
    return Frame(0, 0.0, np.zeros((*shape, 3), np.uint8), np.asarray(depth_m, np.float32), camera)


def labelled(labels: np.ndarray, scores=None) -> Segmentation:
    confidence = np.full(labels.shape, 0.5, np.float16)
    return Segmentation(np.asarray(labels, np.uint8), confidence, CLASSES, True, scores=scores)


def plane_depth_m(normal: tuple[float, float, float], distance_m: float, camera: CameraIntrinsics = CAMERA):
    """Depth (H, W) of the plane normal . point = distance, by exact rays."""
    x, y = np.meshgrid(np.arange(camera.width), np.arange(camera.height))
    ray_x, ray_y = undistort((x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, camera)
    return distance_m / (normal[0] * ray_x + normal[1] * ray_y + normal[2])


def footprints_m2(normal, distance_m: float, camera: CameraIntrinsics) -> np.ndarray:
    """What each pixel covers of a plane, (H, W): the area between the rays through its corners."""
    x, y = np.meshgrid(np.arange(camera.width + 1) - 0.5, np.arange(camera.height + 1) - 0.5)
    ray_x, ray_y = undistort((x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, camera)
    rays = np.stack([ray_x, ray_y, np.ones_like(ray_x)], axis=-1)
    corners_m = rays * (distance_m / (rays @ np.asarray(normal)))[..., None]
    across, down = corners_m[:-1, 1:] - corners_m[:-1, :-1], corners_m[1:, :-1] - corners_m[:-1, :-1]
    across_below, down_right = corners_m[1:, 1:] - corners_m[1:, :-1], corners_m[1:, 1:] - corners_m[:-1, 1:]
    first, second = np.cross(across, down), np.cross(across_below, down_right)
    return (np.linalg.norm(first, axis=-1) + np.linalg.norm(second, axis=-1)) / 2


# A pixel


def test_a_pixel_answers_with_class_confidence_and_place(result) -> None:
    frame, segmentation = result()
    answer = query_pixel(frame, segmentation, 40, 20)
    depth_m = float(frame.depth_m[20, 40])
    assert answer.class_name == segmentation.classes.names[segmentation.labels[20, 40]]
    assert answer.confidence == 0.5
    assert answer.depth_m == depth_m
    assert answer.xyz_m == pytest.approx(((40 - 31.25) / 60 * depth_m, (20 - 24.5) / 61 * depth_m, depth_m), rel=1e-5)


def test_a_pixel_without_depth_has_no_place(result) -> None:
    answer = query_pixel(*result(), 0, 10)
    assert answer.depth_m is None
    assert answer.xyz_m is None


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (64, 0), (0, 48), (0, -1)])
def test_a_pixel_outside_is_refused(result, x, y) -> None:
    with pytest.raises(ValueError, match="outside"):
        query_pixel(*result(), x, y)


class Scored:
    """Scores that say the same everywhere."""

    def __init__(self, shares) -> None:
        self._shares = np.array(shares, np.float32)

    def at(self, _x: int, _y: int) -> np.ndarray:
        return self._shares.copy()


def test_the_runner_up_is_the_best_class_but_the_label() -> None:
    shares = np.zeros(37)
    shares[[WALL - 1, CHAIR - 1, FLOOR - 1]] = 0.5, 0.3, 0.2
    frame = framed(np.ones((120, 160)))
    for label, expected in ((WALL, ("chair", 0.3)), (CHAIR, ("wall", 0.5)), (0, ("wall", 0.5))):
        answer = query_pixel(frame, labelled(np.full((120, 160), label), Scored(shares)), 5, 6)
        assert (answer.runner_up.class_name, answer.runner_up.probability) == (expected[0], pytest.approx(expected[1]))
    for unknown in (None, lost_scores((120, 160))):
        assert query_pixel(frame, labelled(np.ones((120, 160)), unknown), 5, 6).runner_up is None


def test_without_a_model_a_pixel_still_has_its_place(result) -> None:
    frame, _ = result()
    answer = query_pixel(frame, NoModel().predict(frame.color, frame.depth_m, (1, 1)), 40, 20)
    assert (answer.class_name, answer.confidence, answer.runner_up) == ("void", 0.0, None)
    assert answer.xyz_m is not None


# Distances


def test_a_distance_is_a_straight_line_and_needs_both_ends() -> None:
    depth_m = np.full((120, 160), 2.0)
    depth_m[:, :10] = 0
    frame = framed(depth_m)
    answer = query_distance(frame, (20, 30), (120, 90))
    assert answer.distance_m == pytest.approx(2 * np.hypot(100 / 150, 60 / 151), rel=1e-6)
    assert answer.first_m == query_pixel(frame, labelled(np.ones((120, 160))), 20, 30).xyz_m
    assert query_distance(frame, (20, 30), (20, 30)).distance_m == 0
    for first, second in (((5, 5), (50, 50)), ((50, 50), (5, 5)), ((5, 5), (6, 6))):
        answer = query_distance(frame, first, second)
        assert answer.distance_m is None
        assert (answer.first_m is None, answer.second_m is None) == (first[0] < 10, second[0] < 10)
    with pytest.raises(ValueError, match="outside"):
        query_distance(frame, (0, 0), (160, 0))


# Which pixels belong to a thing


def two_things(step_m: float) -> np.ndarray:
    depth_m = np.full((120, 160), 2.0)
    depth_m[:, 80:] += step_m
    return depth_m


@pytest.mark.parametrize(("step_m", "is_one"), [(0.0, True), (0.05, True), (0.3, False), (-0.3, False)])
def test_a_thing_ends_where_the_depth_jumps(step_m, is_one) -> None:
    answer = query_region(framed(two_things(step_m)), labelled(np.full((120, 160), CHAIR)), 10, 10)
    assert answer.pixel_count == (160 if is_one else 80) * 120
    assert answer.pixels[:, :80].all()


def test_a_hole_belongs_to_the_nearest_reading_of_its_class_and_does_not_join_two_things() -> None:
    depth_m = two_things(0.5)
    depth_m[:, 70:88] = 0  # as beside an edge that only one eye sees
    depth_m[50:60, 20:30] = 0
    frame, chairs = framed(depth_m), labelled(np.full((120, 160), CHAIR))
    for x in (5, 25, 72):
        answer = query_region(frame, chairs, x, 55)
        assert answer.pixels[:, :78].all()
        assert not answer.pixels[:, 80:].any()
        assert answer.depth_share == pytest.approx((70 * 120 - 100) / answer.pixel_count)


def test_a_surface_seen_at_a_slant_hangs_together() -> None:
    depth_m = plane_depth_m((0.0, 0.995, 0.0998), 1.2)  # a floor up to 85 degrees off
    depth_m = np.where((depth_m > 0) & (depth_m < 9), depth_m, 0)
    labels = np.where(depth_m > 0, FLOOR, WALL)
    answer = query_region(framed(depth_m), labelled(labels), 80, 119)
    assert answer.pixel_count == (labels == FLOOR).sum()


def brute_force(depth_m: np.ndarray, labels: np.ndarray, x: int, y: int, step: float) -> np.ndarray:
    reached, queue = np.zeros(labels.shape, bool), deque([(y, x)])
    reached[y, x] = True
    while queue:
        row, column = queue.popleft()
        for down, right in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            i, j = row + down, column + right
            if not (0 <= i < labels.shape[0] and 0 <= j < labels.shape[1]) or reached[i, j]:
                continue
            ratio = abs(np.log(depth_m[i, j] / depth_m[row, column]))
            if labels[i, j] == labels[y, x] and ratio <= step:
                reached[i, j] = True
                queue.append((i, j))
    return reached


@pytest.mark.parametrize("seed", range(4))
def test_the_pixels_are_those_that_a_plain_search_reaches(seed) -> None:
    rng = np.random.default_rng(seed)
    camera = replace(CAMERA, width=40, height=30, fx=600.0)
    depth_m = 2 * np.exp(0.03 * np.cumsum(rng.normal(size=(30, 40)), axis=1)).astype(np.float32)
    labels = (rng.random((30, 40)) < 0.8).astype(np.uint8)
    for _ in range(8):
        x, y = int(rng.integers(40)), int(rng.integers(30))
        found = connected_pixels(framed(depth_m, camera), labels, x, y)
        np.testing.assert_array_equal(found, brute_force(depth_m, labels, x, y, 0.04))


def test_without_any_depth_a_thing_has_pixels_and_no_size() -> None:
    labels = np.full((120, 160), WALL)
    labels[20:40, 30:60] = CHAIR
    answer = query_region(framed(np.zeros((120, 160))), labelled(labels), 35, 25)
    assert (answer.pixel_count, answer.depth_share, answer.confidence) == (600, 0.0, 0.5)
    assert answer.area_m2 is answer.centroid_m is answer.box is None


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_thing_of_few_pixels_has_a_small_size(count) -> None:
    labels = np.full((120, 160), WALL)
    labels[20, 30 : 30 + count] = CHAIR
    answer = query_region(framed(np.full((120, 160), 2.0)), labelled(labels), 30, 20)
    assert answer.pixel_count == count
    assert answer.area_m2 == pytest.approx(count * 4 / (150 * 151), rel=1e-6)
    assert np.isfinite(answer.box.size_m).all()


def test_void_and_no_model_are_defined(result) -> None:
    frame = framed(np.full((120, 160), 2.0))
    answer = query_region(frame, labelled(np.zeros((120, 160))), 3, 3)
    assert (answer.class_name, answer.pixel_count) == ("void", 160 * 120)
    answer = query_region(frame, NoModel().predict(frame.color, frame.depth_m, (1, 1)), 3, 3)
    assert answer.area_m2 > 0
    with pytest.raises(ValueError, match="outside"):
        query_region(frame, labelled(np.ones((120, 160))), 160, 3)


# How large a thing is


@pytest.mark.parametrize("normal", [(0, 0, 1), (0.6, 0, 0.8), (0.3, 0.8, 0.52), (-0.7, 0.1, 0.7)])
@pytest.mark.parametrize("distortion", [(), (0.1, -0.05, 0.002, -0.001, 0.01)])
def test_the_area_of_a_plane_is_exact_without_noise(normal, distortion) -> None:
    unit = np.array(normal) / np.linalg.norm(normal)
    camera = replace(CAMERA, distortion_model="brown_conrady", distortion=distortion)
    depth_m = plane_depth_m(unit, 1.5, camera)
    inside = np.zeros((120, 160), bool)
    inside[30:90, 30:110] = True
    depth_m = np.where((depth_m > 0.1) & (depth_m < 8), depth_m, 0)
    labels = np.where(inside & (depth_m > 0), CHAIR, 0)
    y, x = np.argwhere(labels == CHAIR)[0]
    answer = query_region(framed(depth_m, camera), labelled(labels), int(x), int(y))
    expected_m2 = footprints_m2(unit, 1.5, camera)[answer.pixels].sum()
    assert answer.pixel_count == (labels == CHAIR).sum()
    assert answer.area_m2 == pytest.approx(expected_m2, rel=1e-3)


def rectangle(noise_m: float = 0.0, outliers: float = 0.0):
    """A table top of 1.2 x 0.7 m, 1.6 m away, turned and seen at a slant; truth: its middle."""
    rng = np.random.default_rng(5)
    normal = np.array([0.2, -0.75, -0.63]) / np.linalg.norm([0.2, -0.75, -0.63])
    long = np.cross(normal, [0.3, 0.4, 1.0])
    long /= np.linalg.norm(long)
    short, middle_m = np.cross(normal, long), np.array([0.05, 0.1, 1.6])
    camera = CAMERA.resized(320, 240)
    depth_m = plane_depth_m(tuple(normal), float(normal @ middle_m), camera)
    x, y = np.meshgrid(np.arange(320), np.arange(240))
    rays = np.stack([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, np.ones(x.shape)], axis=-1)
    offsets_m = rays * depth_m[..., None] - middle_m
    on_it = (np.abs(offsets_m @ long) < 0.6) & (np.abs(offsets_m @ short) < 0.35)
    depth_m = np.where(on_it, depth_m, 5.0) + rng.normal(scale=noise_m or 1e-9, size=depth_m.shape)
    frayed = on_it & (rng.random(depth_m.shape) < outliers)
    return framed(np.where(frayed, depth_m * 1.02, depth_m), camera), labelled(np.where(on_it, CHAIR, WALL)), middle_m


@pytest.mark.parametrize(("noise_m", "outliers", "bar"), [(0, 0, 0.02), (0.004, 0, 0.03), (0.002, 0.004, 0.03)])
def test_a_table_top_has_its_size_and_its_middle(noise_m, outliers, bar) -> None:
    frame, segmentation, middle_m = rectangle(noise_m, outliers)
    x = round(middle_m[0] / middle_m[2] * frame.intrinsics.fx + frame.intrinsics.cx)
    y = round(middle_m[1] / middle_m[2] * frame.intrinsics.fy + frame.intrinsics.cy)
    answer = query_region(frame, segmentation, x, y)
    np.testing.assert_allclose(answer.box.size_m[:2], (1.2, 0.7), rtol=bar)
    assert answer.box.size_m[2] < 0.005 + 8 * noise_m + 4 * outliers
    np.testing.assert_allclose(answer.box.center_m, middle_m, atol=0.015)
    np.testing.assert_allclose(answer.centroid_m, middle_m, atol=0.015)
    assert answer.area_m2 == pytest.approx(1.2 * 0.7, rel=bar)
    np.testing.assert_allclose(answer.box.axes @ answer.box.axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(answer.box.axes) == pytest.approx(1)


def test_a_boxs_corners_are_its_size_apart() -> None:
    rng = np.random.default_rng(0)
    box = box_around(rng.random((4000, 3)) * (2, 1, 0.5) + (0, 0, 3), np.ones(4000))
    corners_m = box.corners_m()
    for axis in range(3):
        assert np.linalg.norm(corners_m[1 << axis] - corners_m[0]) == pytest.approx(box.size_m[axis])
    np.testing.assert_allclose(corners_m.mean(axis=0), box.center_m)
    np.testing.assert_allclose(box.size_m, (2, 1, 0.5), rtol=0.03)
    np.testing.assert_allclose(box.center_m, (1, 0.5, 3.25), atol=0.02)


def test_a_step_within_a_thing_is_not_taken_for_a_slope() -> None:
    """As of a cabinet that stands before its other half, the two joined by what is below."""
    far = np.zeros((120, 160))
    far[:, 80:] = 0.5
    below = np.broadcast_to(np.linspace(0, 0.5, 160), (20, 160))
    depth_m = np.concatenate([2 + far[:100], 2 + below])
    answer = query_region(framed(depth_m), labelled(np.full((120, 160), CHAIR)), 10, 10)
    assert answer.pixel_count == 120 * 160
    ramp_m2 = footprints_m2(np.array([-0.2, 0, 1]) / np.hypot(0.2, 1), 2.25 / np.hypot(0.2, 1), CAMERA)  # about
    expected_m2 = (depth_m[:100] ** 2).sum() / (150 * 151) + ramp_m2[100:].sum()
    assert answer.area_m2 == pytest.approx(expected_m2, rel=0.03)


def test_a_box_is_turned_as_its_thing_is_also_where_a_corner_is_missing() -> None:
    rng = np.random.default_rng(1)
    flat = rng.random((20_000, 2))
    flat = flat[(flat < 0.6).any(axis=1)]  # as of a table in a corner, with something before it
    points_m = np.column_stack([flat, np.full(len(flat), 2.0)])
    np.testing.assert_allclose(box_around(points_m, np.ones(len(points_m))).size_m, (1, 1, 0), atol=0.03)


# In rooms, whose truth is known


def seen(seed: int) -> Geometry:
    eye_m = ((-1.2, -1.7, 1.7), (1.3, -1.5, 1.5), (1.2, 1.8, 1.4))[seed % 3]
    return render_geometry(cluttered(seed, solids=14), CAMERA, looking(eye_m, (0.2, 0.3, 0.2)))


@pytest.mark.parametrize("seed", range(3))
def test_without_noise_distances_and_areas_of_a_room_are_exact(seed) -> None:
    geometry = seen(seed)
    frame, pose = framed(geometry.depth_m), geometry.world_from_camera
    rng = np.random.default_rng(seed)
    world_m = pose.apply((geometry.directions * geometry.depth_m.ravel()[geometry.seen]).T)
    for _ in range(40):
        first, second = rng.integers(0, len(geometry.seen), 2)
        pixels = [(int(geometry.seen[k] % 160), int(geometry.seen[k] // 160)) for k in (first, second)]
        expected_m = float(np.linalg.norm(world_m[first] - world_m[second]))
        assert query_distance(frame, *pixels).distance_m == pytest.approx(expected_m, rel=1e-3, abs=1e-4)
    floor = np.argwhere((geometry.primitive == 0) & (geometry.label == FLOOR))  # the first solid of the shell
    row, column = (int(value) for value in floor[len(floor) // 2])
    answer = query_region(frame, labelled(geometry.primitive == 0), column, row)
    normal = pose.rotation.T @ np.array([0, 0, -1.0])  # the floor is z = 0 in the world
    expected_m2 = footprints_m2(normal, pose.translation_m[2], CAMERA)[answer.pixels].sum()
    assert answer.pixel_count > 500
    assert answer.area_m2 == pytest.approx(expected_m2, rel=1e-3)


def measured_room(seed: int, sensor: DepthSensor, size=(320, 240)):
    room = Room(seed, sensor=sensor)
    rng = np.random.default_rng((seed, 1))
    geometry = render_geometry(room.scene, room.intrinsics(size), room.viewpoint(rng))
    depth_mm = sensor.measure(geometry, geometry.intrinsics, rng)
    return geometry, framed(depth_mm.astype(np.float32) * np.float32(0.001), geometry.intrinsics)


def sigma_m(depth_m, sensor: DepthSensor, camera: CameraIntrinsics):
    """The sensor's own law: z^2 times the disparity's noise and steps, over focal length times baseline."""
    meant = 640 / camera.width
    noise_px = np.hypot(sensor.noise_px, sensor.step_px / np.sqrt(12))
    return np.hypot(depth_m**2 * noise_px / (camera.fx * meant * sensor.baseline_m), 0.001 / np.sqrt(12))


def test_distances_are_within_the_noise_of_the_depth() -> None:
    """Three standard deviations of both ends together: of a hundred pairs all but one or so, away from edges."""
    sensor, within = DepthSensor.preset("stereo"), []
    for seed in (3, 5, 8):
        geometry, frame = measured_room(seed, sensor)
        exact_m, camera = geometry.depth_m.astype(float), geometry.intrinsics
        local = np.stack([np.roll(exact_m, (i, j), (0, 1)) for i in (-4, 0, 4) for j in (-4, 0, 4)])
        smooth = (np.ptp(local, axis=0) < 0.1 * exact_m) & (geometry.surface == 0) & (frame.depth_m > 0)
        smooth[:6] = smooth[-6:] = smooth[:, :6] = smooth[:, -6:] = False
        places = np.argwhere(smooth)
        rng = np.random.default_rng(seed)
        for _ in range(150):
            (y1, x1), (y2, x2) = places[rng.integers(len(places), size=2)]
            rays = [
                np.array([(x - camera.cx) / camera.fx, (y - camera.cy) / camera.fy, 1]) for y, x in ((y1, x1), (y2, x2))
            ]
            ends_m = [ray * exact_m[y, x] for ray, y, x in zip(rays, (y1, y2), (x1, x2), strict=True)]
            towards = (ends_m[1] - ends_m[0]) / max(np.linalg.norm(ends_m[1] - ends_m[0]), 1e-9)
            spread_m = np.hypot(
                *(ray @ towards * sigma_m(end[2], sensor, camera) for ray, end in zip(rays, ends_m, strict=True))
            )
            found_m = query_distance(frame, (int(x1), int(y1)), (int(x2), int(y2))).distance_m
            error_m = abs(found_m - np.linalg.norm(ends_m[1] - ends_m[0]))
            within.append(error_m <= 3 * spread_m + 2 * 0.001)
    assert np.mean(within) > 0.97


def test_flat_surfaces_of_noisy_rooms_have_their_areas() -> None:
    """Walls, floors and ceilings of a stereo camera's depth: within 2 % in the middle, none off by more than 8 %."""
    sensor, errors = DepthSensor.preset("stereo"), []
    for seed in (0, 1, 2, 3, 4):
        geometry, frame = measured_room(seed, sensor)
        camera = geometry.intrinsics
        lengths = np.sqrt((geometry.directions.astype(float) ** 2).sum(axis=0))
        cosine = np.maximum(geometry.cosine.ravel()[geometry.seen], 0.1)
        exact_m2 = np.zeros(geometry.depth_m.size)
        exact_m2[geometry.seen] = geometry.depth_m.ravel()[geometry.seen].astype(float) ** 2 / (lengths * cosine)
        exact_m2 = exact_m2.reshape(geometry.depth_m.shape) / (camera.fx * camera.fy)
        for primitive in np.unique(geometry.primitive):
            here = geometry.primitive == primitive
            if here.sum() < 4000 or not np.isin(geometry.label[here][0], (WALL, FLOOR, CLASSES.names.index("ceiling"))):
                continue
            read = here & (frame.depth_m > 0)
            y, x = np.argwhere(read)[read.sum() // 2]
            answer = query_region(frame, labelled(here), int(x), int(y))
            if answer.pixel_count > 0.8 * here.sum():
                errors.append(answer.area_m2 / exact_m2[answer.pixels & (frame.depth_m > 0)].sum() - 1)
    assert len(errors) >= 6
    assert abs(np.median(errors)) < 0.02
    assert np.abs(errors).max() < 0.08

"""Labels over time: steadier where nothing moves, never worse at edges that move, and this frame's own after a jump."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from lost_scores import lost_scores
from moving_box import CAMERA, GRID, KnownMotion, Moment, UnsureNetwork, segmentation_of

from app.cloud import camera_rays
from app.smoothing.smoother import LONGEST_GAP_S, LabelSmoother
from app.smoothing.trace import Grid
from segmentation.classes import class_set
from segmentation.labels import label_map
from sensors.distortion import distort, undistort
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics, RigidTransform

EDGE_PX = 8
STILL, WALKING = (lambda _: (0.0, 0.0)), (lambda index: (0.012 * index, 0.004 * index))
CAMERAS = pytest.mark.parametrize("camera", [STILL, WALKING], ids=["still", "walking"])


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def walk(camera=STILL, frames=12, **more) -> list[Moment]:
    return [Moment(index, camera(index), **more) for index in range(frames)]


def smoothed(moments, network, motion=STILL):
    """Pairs of segmentations, without and with smoothing."""
    smoother = LabelSmoother(KnownMotion(motion))
    return [(given := network(moment), smoother(moment.frame, given)) for moment in moments]


def same(a, b) -> bool:
    return (
        np.array_equal(a.labels, b.labels)
        and np.allclose(a.confidence, b.confidence, atol=2e-3)
        and np.allclose(a.scores.probabilities(), b.scores.probabilities(), atol=1e-5)
    )


@CAMERAS
@pytest.mark.parametrize("seed", range(2))
def test_a_still_room_gets_steadier_and_no_less_right(camera, seed: int) -> None:
    moments = walk(camera, frames=20, depth_noise_m=0.003, seed=seed)
    pairs = smoothed(moments, UnsureNetwork(noise=1.5, seed=seed), camera)
    wrong = np.array(
        [
            [np.mean(result.labels != moment.truth) for result in pair]
            for moment, pair in zip(moments, pairs, strict=True)
        ]
    )
    assert (wrong[1:, 1] < wrong[1:, 0]).all()
    assert wrong[8:, 1].mean() < 0.12 * wrong[8:, 0].mean()
    if camera is STILL:
        before, after = (
            np.mean([np.mean(a[way].labels != b[way].labels) for a, b in pairwise(pairs[8:])]) for way in (0, 1)
        )
        assert after < 0.3 * before


@CAMERAS
@pytest.mark.parametrize("noise", [0.0, 1.2])
@pytest.mark.parametrize("step_m", [(0.003, 0.0), (0.02, 0.0), (0.06, 0.0), (0.01, 0.01)], ids=str)
def test_an_edge_that_moves_is_never_dragged_along(camera, noise: float, step_m: tuple[float, float]) -> None:
    moments = [
        Moment(i, camera(i), box_m=(-0.4 + step_m[0] * i, -0.1 + step_m[1] * i), depth_noise_m=0.002 * (noise > 0))
        for i in range(10)
    ]
    for moment, (before, after) in zip(moments, smoothed(moments, UnsureNetwork(noise=noise), camera), strict=True):
        edge = moment.near_the_edge(EDGE_PX)
        wrong_before, wrong_after = (np.sum(result.labels[edge] != moment.truth[edge]) for result in (before, after))
        assert wrong_after <= wrong_before, moment.index


@CAMERAS
def test_neither_is_that_of_a_thing_that_gives_no_depth(camera) -> None:
    smoother, network = LabelSmoother(KnownMotion(camera)), UnsureNetwork()
    for index in range(10):
        moment = Moment(index, camera(index), box_m=(-0.4 + 0.02 * index, 0.0))
        frame = replace(moment.frame, depth_m=np.where(moment.on_box, np.float32(0), moment.frame.depth_m))
        edge, given = moment.near_the_edge(EDGE_PX), network(moment)
        wrong = [np.sum(result.labels[edge] != moment.truth[edge]) for result in (given, smoother(frame, given))]
        assert wrong[1] <= wrong[0], index


def test_what_appears_and_vanishes_has_its_labels_at_once() -> None:
    moments = [Moment(i, has_box=5 <= i < 9) for i in range(13)]
    for moment, (before, after) in zip(moments, smoothed(moments, UnsureNetwork(spill_cells=0.5)), strict=True):
        assert np.sum(after.labels != moment.truth) <= np.sum(before.labels != moment.truth)


def test_what_slides_over_a_surface_is_told_by_its_colour() -> None:
    """A sheet of paper is too thin for the depth."""

    def with_paper(index: int) -> tuple:
        wall = Moment(index, has_box=False)
        paper = replace(wall, has_box=True, box_m=(-0.4 + 0.04 * index, -0.1))
        color = np.where(paper.on_box[..., None], np.uint8(250), wall.frame.color)
        return paper, replace(wall.frame, color=color.astype(np.uint8))

    smoother, network = LabelSmoother(KnownMotion(STILL)), UnsureNetwork(spill_cells=0.3)
    for index in range(10):
        moment, frame = with_paper(index)
        given = network(moment)
        wrong = [np.sum(result.labels != moment.truth) for result in (given, smoother(frame, given))]
        assert wrong[1] <= wrong[0] + 20  # of 320 pixels along its outline


@CAMERAS
def test_a_wrong_motion_costs_little_and_a_lost_one_nothing(camera) -> None:
    moments = walk(camera, depth_noise_m=0.002)
    network = UnsureNetwork(spill_cells=0.5)
    for before, after in smoothed(moments, network, lambda index: (-0.3 * index, 0.2 * index)):
        assert np.mean(after.labels != before.labels) < 0.04  # 0.1 where neither depth nor colour is looked at
    lost = LabelSmoother(lambda _: None)
    assert all(same(given := network(moment), lost(moment.frame, given)) for moment in moments)


@cache
def a_run():
    network = UnsureNetwork(noise=1.5)
    return [(moment.frame, network(moment)) for moment in walk(frames=6)]


def after_a_run(**changes):
    """The smoother's answer to a frame that is changed after five others, and the network's own."""
    smoother, (*before, (frame, given)) = LabelSmoother(KnownMotion(STILL)), a_run()
    for pair in before:
        smoother(*pair)
    return given, smoother(replace(frame, **changes), given), smoother


def test_frames_that_follow_each_other_are_averaged() -> None:
    given, result, _ = after_a_run()
    assert np.mean(given.labels != result.labels) > 0.01
    labels, confidence = label_map(result.scores.logits, (240, 320))
    assert np.array_equal(result.labels, labels)
    assert np.array_equal(result.confidence, confidence)
    assert (result.classes, result.trained, result.stages_ms) == (given.classes, given.trained, given.stages_ms)
    given, result, _ = after_a_run(index=7, timestamp_s=7 / 30)  # two were skipped
    assert not same(given, result)


@pytest.mark.parametrize(
    "jump",
    [
        {"index": 0, "timestamp_s": 0.0},  # a loop
        {"index": 3, "timestamp_s": 3 / 30},  # a seek back
        {"timestamp_s": 4 / 30 + LONGEST_GAP_S + 0.01},
        {"timestamp_s": -1.0},
        {"timestamp_s": float("nan")},
        {"intrinsics": replace(CAMERA, fx=301.0)},
        {"depth_m": np.zeros((240, 320), np.float32)},
    ],
    ids=lambda jump: ",".join(jump),
)
def test_after_a_jump_a_frame_stands_for_itself(jump) -> None:
    given, result, _ = after_a_run(**jump)
    assert same(given, result)


def test_another_frame_size_grid_or_class_set_starts_anew() -> None:
    _, _, smoother = after_a_run()
    network = UnsureNetwork(noise=1.5)
    frames, given = ([make(Moment(index)) for index in range(9, 14)] for make in (lambda m: m.frame, network))
    half = {"color": frames[0].color[::2, ::2].copy(), "depth_m": frames[0].depth_m[::2, ::2].copy()}
    small = replace(frames[0], **half, intrinsics=CAMERA.resized(160, 120))
    small_given = segmentation_of(given[0].scores.logits, (120, 160))
    assert same(smoother(small, small_given), small_given)
    coarse = segmentation_of(given[1].scores.logits[:, :, ::2, ::2], (240, 320))
    assert same(smoother(frames[1], coarse), coarse)
    assert same(smoother(frames[2], given[2]), given[2])
    assert not same(smoother(frames[3], given[3]), given[3])
    others = replace(given[4], classes=class_set("nyu13"))
    assert same(smoother(frames[4], others), others)


def test_without_scores_there_is_nothing_to_steady() -> None:
    moment = Moment(0)
    for scores in (None, lost_scores((240, 320))):
        given = replace(UnsureNetwork()(moment), scores=scores)
        assert LabelSmoother(KnownMotion(STILL))(moment.frame, given) is given


def test_scores_that_are_no_numbers_end_with_their_frame() -> None:
    moments, network, smoother = walk(frames=5), UnsureNetwork(noise=1.5), LabelSmoother(KnownMotion(STILL))
    for moment in moments:
        given = network(moment)
        if moment.index == 2:
            given.scores.logits[0, :, 10, 10] = float("inf")
        result = smoother(moment.frame, given)
        assert (result is given) == (moment.index == 2)
        assert moment.index == 2 or result.scores.logits.isfinite().all()


def test_holes_in_the_depth_keep_this_frames_labels() -> None:
    moments = walk(has_box=False)
    hole = (slice(80, 160), slice(100, 200))
    inside = (slice(90, 150), slice(110, 190))
    smoother, network = LabelSmoother(KnownMotion(STILL)), UnsureNetwork(noise=1.5)
    for moment in moments:
        depth_m = moment.frame.depth_m.copy()
        depth_m[hole] = 0
        given = network(moment)
        result = smoother(replace(moment.frame, depth_m=depth_m), given)
        assert np.array_equal(result.labels[inside], given.labels[inside])
    assert not np.array_equal(result.labels, given.labels)


@pytest.mark.parametrize("distortion", [(), (-0.3, 0.1, 0.002, -0.003, 0.02)], ids=["pinhole", "lens"])
def test_cells_are_traced_to_where_they_were(distortion) -> None:
    camera = replace(CAMERA, distortion_model="brown_conrady", distortion=distortion)
    grid, motion = Grid(camera, GRID), RigidTransform(turned_about_y(np.deg2rad(2.0)), np.array([0.05, -0.03, 0.04]))
    now, before = (grid.view(wall_frame(camera, pose)) for pose in (RigidTransform(), motion.inverse()))
    trace = grid.trace(now, before, motion)
    assert trace is not None
    assert trace.trusted.mean() > 0.85
    assert np.allclose(trace.weights.sum(axis=1).reshape(GRID)[trace.trusted], 1, atol=1e-5)
    expected = np.dstack(cells_before(camera, motion)).clip(0, (GRID[1] - 1, GRID[0] - 1))
    places = np.stack([trace.cells % GRID[1], trace.cells // GRID[1]], axis=-1)
    found = (places * trace.weights[..., None]).sum(axis=1).reshape(*GRID, 2)
    assert np.abs(found - expected)[trace.trusted].max() < 0.02


@pytest.mark.filterwarnings("error")
def test_what_comes_to_lie_just_before_the_lens_is_survived() -> None:
    """False readings of 3 cm while the camera moves on by as much."""
    camera = replace(CAMERA, distortion_model="inverse_brown_conrady", distortion=(-0.3, 0.1, 0.002, -0.003, 0.02))
    frame, grid = replace(Moment(0).frame, intrinsics=camera), Grid(camera, GRID)
    frame.depth_m[:60] = np.random.default_rng(0).uniform(0.03, 0.03002, (60, 320))
    view = grid.view(frame)
    trace = grid.trace(view, view, RigidTransform(translation_m=np.array([0.01, 0.0, -0.03])))
    assert trace is not None
    assert not trace.trusted[:15].any()


def test_a_motion_that_half_of_the_depth_speaks_against_is_not_believed() -> None:
    grid, moment = Grid(CAMERA, GRID), Moment(0)
    view = grid.view(moment.frame)
    assert grid.trace(view, view, RigidTransform()) is not None
    assert grid.trace(view, view, RigidTransform(translation_m=np.array([0, 0, 0.3]))) is None


def turned_about_y(angle_rad: float) -> np.ndarray:
    c, s = np.cos(angle_rad), np.sin(angle_rad)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def wall_frame(camera: CameraIntrinsics, world_from_camera: RigidTransform):
    """The plane z = 2.5 m in the world, of one colour."""
    rays = np.dstack([*camera_rays(camera), np.ones((camera.height, camera.width))]) @ world_from_camera.rotation.T
    depth_m = (2.5 - world_from_camera.translation_m[2]) / rays[..., 2]
    return Frame(0, 0.0, np.full((*depth_m.shape, 3), 90, np.uint8), depth_m.astype(np.float32), camera)


def cells_before(camera: CameraIntrinsics, motion: RigidTransform):
    """Where on the grid before (column, row) the middle of each cell was, on that plane."""
    step = camera.width / GRID[1]
    column, row = np.meshgrid(*((np.arange(count) + 0.5) * step - 0.5 for count in GRID[::-1]))
    x, y = undistort((column - camera.cx) / camera.fx, (row - camera.cy) / camera.fy, camera)
    moved = motion.apply(2.5 * np.dstack([x, y, np.ones_like(x)]))
    x, y = distort(moved[..., 0] / moved[..., 2], moved[..., 1] / moved[..., 2], camera)
    return (x * camera.fx + camera.cx + 0.5) / step - 0.5, (y * camera.fy + camera.cy + 0.5) / step - 0.5

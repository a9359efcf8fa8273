"""Maps of rooms, against what is true of the rooms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from room_walk import CLASSES, Step, TrueSurface, error_of, resized, room_walk, without_depth

from app.mapping.mapper import MapCounts, Mapper
from segmentation.result import Segmentation
from sensors.geometry import RigidTransform

pytest.importorskip("open3d")
FIRST = 80


@pytest.fixture(scope="module")
def walk() -> tuple[Step, ...]:
    return room_walk(70196, first=FIRST, count=24)


@pytest.fixture(scope="module")
def elsewhere() -> tuple[Step, ...]:
    return room_walk(70203, count=24)[:6]  # which other tests take too


def mapped(steps, **bounds) -> Mapper:
    mapper = Mapper(CLASSES, **bounds)
    for step in steps:
        mapper.add(step.frame, step.truth)
    return mapper


def pose_error(mapper: Mapper, first: Step, now: Step) -> tuple[float, float]:
    assert mapper.world_from_camera is not None
    return error_of(mapper.world_from_camera, first.world_from_camera.inverse() @ now.world_from_camera)


def cloud_of(mapper: Mapper):
    mapper.snapshot()
    mapper.refresh()
    cloud = mapper.snapshot()
    assert cloud is not None
    return cloud


def test_the_map_is_the_room(walk) -> None:
    """Bars: half a voxel more than measured, where the true depth's own noise is 12 mm at 2 m."""
    mapper = mapped(walk)
    assert mapper.counts == MapCounts(fused=24, lost=0, full=False)
    away_m, away_deg = pose_error(mapper, walk[0], walk[-1])
    assert away_m < 0.06
    assert away_deg < 2.5
    cloud = cloud_of(mapper)
    assert len(cloud) > 20_000
    beside_m, labels = TrueSurface.of(walk).beside(cloud.points_m)
    assert np.median(beside_m) < 0.02
    assert np.percentile(beside_m, 95) < 0.05
    known = labels > 0
    assert (cloud.labels == labels)[known].mean() > 0.9
    assert (cloud.labels == 0).mean() < 0.03


def test_votes_mend_single_wrong_frames(walk) -> None:
    """Every third frame calls everything a ceiling; the others see right."""
    mapper = Mapper(CLASSES)
    for number, step in enumerate(walk):
        wrong = replace(step.truth, labels=np.full_like(step.truth.labels, 22))
        mapper.add(step.frame, wrong if number % 3 == 2 else step.truth)
    cloud = cloud_of(mapper)
    _, labels = TrueSurface.of(walk).beside(cloud.points_m)
    assert (cloud.labels == labels)[labels > 0].mean() > 0.85


def test_colours_are_those_of_the_frames(walk) -> None:
    still = [walk[0]] * 4
    cloud = cloud_of(mapped(still))
    camera, points = walk[0].frame.intrinsics, cloud.points_m
    x = np.rint(points[:, 0] / points[:, 2] * camera.fx + camera.cx).astype(int)
    y = np.rint(points[:, 1] / points[:, 2] * camera.fy + camera.cy).astype(int)
    inside = (x >= 0) & (x < camera.width) & (y >= 0) & (y < camera.height)
    taken = walk[0].frame.color[y[inside], x[inside]].astype(int)
    assert np.median(np.abs(taken - cloud.colors[inside])) < 12


def test_what_is_beyond_the_depth_limit_is_left_out(walk) -> None:
    cloud = cloud_of(mapped([walk[0]] * 4, depth_limit_m=2.0))
    assert cloud.points_m[:, 2].max() < 2.0 + 0.08


def test_frames_without_depth_are_left_out_and_the_camera_is_found_again(walk) -> None:
    frames = list(walk[:8])
    blind = replace(frames[3], frame=without_depth(frames[3].frame))
    mapper = mapped([*frames[:3], blind])
    assert mapper.counts == MapCounts(fused=3, lost=1, full=False)
    assert mapper.world_from_camera is None
    for step in frames[4:]:
        mapper.add(step.frame, step.truth)
    assert mapper.counts == MapCounts(fused=6, lost=2, full=False)  # the frame that finds the place again is not fused
    assert pose_error(mapper, walk[0], frames[-1])[0] < 0.05


def test_after_a_jump_nothing_is_fused_until_a_known_place_is_seen(walk, elsewhere) -> None:
    mapper = mapped(walk[:8])
    before = len(cloud_of(mapper))
    for step in elsewhere:
        assert not mapper.add(step.frame, step.truth)
    assert mapper.counts == MapCounts(fused=8, lost=6, full=False)
    assert len(cloud_of(mapper)) == before
    back = [mapper.add(step.frame, step.truth) for step in walk[:4]]
    assert back == [False, True, True, True]
    assert pose_error(mapper, walk[0], walk[3])[0] < 0.03


def test_the_camera_is_found_again_far_from_the_start(walk, elsewhere) -> None:
    mapper = mapped([*walk, *elsewhere[:2], *walk[21:]])
    assert mapper.counts == MapCounts(fused=26, lost=3, full=False)
    assert pose_error(mapper, walk[0], walk[-1])[0] < 0.06


@pytest.mark.parametrize("first", [1, 2])
def test_first_frames_that_lead_nowhere_are_left_out(walk, elsewhere, first: int) -> None:
    """Such as before a camera is in its place: the map would wait for ever to see them again."""
    mapper = mapped([*elsewhere[:first], *walk[:6]], most_blocks=1500)
    assert mapper.counts == MapCounts(fused=6, lost=first, full=False)
    assert pose_error(mapper, walk[0], walk[5])[0] < 0.03
    beside_m, _ = TrueSurface.of(walk).beside(cloud_of(mapper).points_m)
    assert np.percentile(beside_m, 95) < 0.05


def test_a_loop_comes_back_to_where_it_began(walk) -> None:
    """As with --loop, where the last frame is followed by the first."""
    mapper = mapped([*walk[:12], *walk[:12]])
    assert mapper.counts.fused >= 22
    assert pose_error(mapper, walk[0], walk[11])[0] < 0.05


@pytest.mark.parametrize("size", [(320, 240), (120, 90)])
def test_frames_of_another_size_go_on(walk, size) -> None:
    mapper = mapped(walk[:6])
    for step in walk[6:12]:
        frame = resized(step.frame, *size)
        height, width = frame.depth_m.shape
        rows = (np.arange(height) * 120 // height)[:, None]
        truth = replace(step.truth, labels=step.truth.labels[rows, np.arange(width) * 160 // width])
        truth = replace(truth, confidence=np.ones(truth.labels.shape, np.float16))
        assert mapper.add(frame, truth)
    assert pose_error(mapper, walk[0], walk[11])[0] < 0.06


def test_the_map_stays_within_its_bounds(walk) -> None:
    mapper = mapped(walk[:8], most_blocks=300, most_voxels=2000)
    assert mapper.counts.full
    assert mapper.counts.fused == 8
    assert 0 < len(cloud_of(mapper)) < len(cloud_of(mapped(walk[:8])))
    assert len(mapper._grid) <= 300
    assert len(mapper._votes) <= 2000


def test_snapshots_are_made_when_asked_for_only(walk, monkeypatch) -> None:
    mapper = mapped(walk[:4])
    mapper.refresh()
    assert mapper.snapshot() is None  # nobody had asked
    mapper.refresh()
    first = mapper.snapshot()
    assert first is not None
    monkeypatch.setattr(mapper, "_due_s", 0.0)
    mapper.refresh()
    assert mapper.snapshot() is first  # nothing new
    monkeypatch.setattr(mapper, "_due_s", float("inf"))
    mapper.add(walk[4].frame, walk[4].truth)
    mapper.refresh()
    assert mapper.snapshot() is first  # not yet: snapshots take a share of the time only
    monkeypatch.setattr(mapper, "_due_s", 0.0)
    mapper.refresh()
    assert mapper.snapshot() is not first


@pytest.mark.parametrize("wrong", [{"voxel_m": 0.0}, {"depth_limit_m": -1.0}, {"most_blocks": 0}, {"most_voxels": 0}])
def test_bounds_must_be_positive(wrong) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        Mapper(CLASSES, **wrong)


def test_a_handheld_kinect(sample_data) -> None:
    """A real sequence with poses: a hand's motion, depth that is off colour by ten pixels."""
    import cv2

    from sensors.frames import Frame
    from sensors.geometry import CameraIntrinsics

    folder = sample_data / "kitchen_sequence"
    mapper, camera, first, away_m = Mapper(CLASSES), CameraIntrinsics(640, 480, 585.0, 585.0, 320.0, 240.0), None, []
    empty = Segmentation(np.zeros((480, 640), np.uint8), np.zeros((480, 640), np.float16), CLASSES, True)
    for number in range(0, 120, 8):
        color = cv2.imread(str(folder / f"frame-{number:06d}.color.jpg"))[..., ::-1].copy()
        depth = cv2.imread(str(folder / f"frame-{number:06d}.depth.png"), cv2.IMREAD_UNCHANGED)
        depth_m = np.where(depth == 65535, 0, depth).astype(np.float32) / 1000
        matrix = np.loadtxt(folder / f"frame-{number:06d}.pose.txt")
        pose = RigidTransform(matrix[:3, :3], matrix[:3, 3])
        first = first or pose
        if mapper.add(Frame(number, 0.0, color, depth_m, camera), empty):
            assert mapper.world_from_camera is not None
            away_m.append(error_of(mapper.world_from_camera, first.inverse() @ pose)[0])
    assert mapper.counts.lost == 0
    assert np.median(away_m) < 0.03
    assert max(away_m) < 0.08

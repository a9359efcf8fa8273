"""A minute's walk with the shipped model: what fusing is for."""

from __future__ import annotations

import numpy as np
import pytest
from room_walk import CLASSES, TrueSurface, error_of, room_walk

from app.cloud import camera_rays
from app.mapping.mapper import Mapper

pytest.importorskip("open3d")


@pytest.mark.slow
def test_the_model_is_right_more_often_when_its_answers_are_fused() -> None:
    from segmentation.segmenter import load_segmenter

    segmenter, mapper, poses, answers = load_segmenter(engine="torch"), Mapper(CLASSES), [], []
    walk = room_walk(70196, size=(320, 240), first=80, count=60)
    for step in walk:
        k = step.frame.intrinsics
        answers.append(segmenter.predict(step.frame.color, step.frame.depth_m, (k.fx, k.fy)))
        assert mapper.add(step.frame, answers[-1])
        poses.append(mapper.world_from_camera)
    true = [walk[0].world_from_camera.inverse() @ step.world_from_camera for step in walk]
    errors = np.array([error_of(pose, there) for pose, there in zip(poses, true, strict=True)])
    assert np.median(errors[:, 0]) < 0.02
    assert errors[-1, 0] < 0.03
    mapper.snapshot()
    mapper.refresh()
    cloud = mapper.snapshot()
    assert cloud is not None
    beside_m, _ = TrueSurface.of(walk).beside(cloud.points_m)
    assert np.median(beside_m) < 0.011
    assert np.percentile(beside_m, 95) < 0.04
    single, fused = [], []
    for step, answer, pose in zip(walk, answers, poses, strict=True):
        depth_m, truth = step.frame.depth_m, step.seen.label
        seen = (depth_m > 0) & (depth_m <= 4) & (truth > 0)
        rays = np.dstack([*camera_rays(step.frame.intrinsics), np.ones_like(depth_m)])
        labels = mapper._votes.labels_at(pose.apply(rays[seen] * depth_m[seen][:, None]))
        single.append((answer.labels[seen] == truth[seen]).mean())
        fused.append((labels == truth[seen]).mean())
    assert np.mean(fused) > np.mean(single) + 0.02

"""A walk through a procedural room as frames, with what is true of each: where the camera was, and what it saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from segmentation.classes import class_set
from segmentation.result import Segmentation
from sensors.align import Aligner
from sensors.frames import Frame
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.film import RoomFilm
from sensors.rooms.view import Geometry, render_geometry

CLASSES = class_set("sunrgbd37")


@dataclass(frozen=True, eq=False)
class Step:
    """One frame of a walk. world_from_camera, seen: the truth."""

    frame: Frame
    world_from_camera: RigidTransform
    seen: Geometry

    @property
    def truth(self) -> Segmentation:
        """What a network without fault would answer."""
        return Segmentation(self.seen.label, np.ones(self.seen.label.shape, np.float16), CLASSES, True)


@cache
def room_walk(
    seed: int, *, size: tuple[int, int] = (160, 120), fps: float = 10.0, first: int = 0, count: int = 20
) -> tuple[Step, ...]:
    """Frames first .. first + count - 1 of the walk through room `seed`, as a stereo camera takes them."""
    film, align = RoomFilm(seed, size, fps), Aligner()
    steps = []
    for index in range(first, first + count):
        pose = film.walk.pose_at(index / fps)
        seen = render_geometry(film.room.scene, film.color_intrinsics, pose)
        steps.append(Step(align(film.frame(index)), pose, seen))
    return tuple(steps)


@dataclass(frozen=True, eq=False)
class TrueSurface:
    """Points of the true surfaces that a walk saw, in its first camera's space: (N, 3), normals (N, 3), labels (N,)."""

    points_m: NDArray[np.float64]
    normals: NDArray[np.float64]
    labels: NDArray[np.uint8]

    @classmethod
    def of(cls, steps: Sequence[Step]) -> TrueSurface:
        """All pixels of every second frame."""
        first_from_world = steps[0].world_from_camera.inverse()
        parts = [_seen_in(first_from_world, step.seen) for step in steps[::2]]
        points, normals, labels = (np.concatenate(part) for part in zip(*parts, strict=True))
        return cls(points, normals, labels)

    def beside(self, points_m: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
        """For each point (N, 3): metres to the true surface (its plane, at the nearest true point), and its label."""
        from scipy.spatial import cKDTree

        _, nearest = cKDTree(self.points_m).query(points_m)
        along = np.einsum("ij,ij->i", points_m - self.points_m[nearest], self.normals[nearest])
        return np.abs(along), self.labels[nearest]


def _seen_in(
    space_from_world: RigidTransform, seen: Geometry
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.uint8]]:
    points = (seen.directions * seen.depth_m.ravel()[seen.seen]).T
    normals = seen.world_normal.T @ space_from_world.rotation.T
    return (space_from_world @ seen.world_from_camera).apply(points), normals, seen.label.ravel()[seen.seen]


def error_of(found: RigidTransform, true: RigidTransform) -> tuple[float, float]:
    """How far a motion is from the true one: metres, degrees."""
    wrong = true.inverse() @ found
    cosine = np.clip((np.trace(wrong.rotation) - 1) / 2, -1, 1)
    return float(np.linalg.norm(wrong.translation_m)), float(np.rad2deg(np.arccos(cosine)))


def without_depth(frame: Frame) -> Frame:
    """The frame with every reading gone."""
    return replace(frame, depth_m=np.zeros_like(frame.depth_m))


def resized(frame: Frame, width: int, height: int) -> Frame:
    """The frame as the same camera takes it at another size."""
    import cv2

    camera: CameraIntrinsics = frame.intrinsics.resized(width, height)
    color = cv2.resize(frame.color, (width, height), interpolation=cv2.INTER_LINEAR)
    depth_m = cv2.resize(frame.depth_m, (width, height), interpolation=cv2.INTER_NEAREST)
    return replace(frame, color=color, depth_m=depth_m, intrinsics=camera)

"""Frames joined into one coloured and labelled surface while the camera moves."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.cloud import PointCloud, camera_rays
from app.mapping.grid import LEAST_SEEN, Surface, SurfaceGrid
from app.mapping.odometry import LONGEST_PX
from app.mapping.pinhole import PinholeFrame, PinholeMaker
from app.mapping.place import Place
from app.mapping.ply_map import write_map
from app.mapping.votes import LabelVotes
from segmentation.classes import ClassSet
from segmentation.result import Segmentation
from sensors.frames import Frame
from sensors.geometry import RigidTransform

VOTE_VOXELS = 2  # a voxel of votes is so many voxels of the surface wide
# Pixels that vote: a voxel still has several at 4 m, and all of them would take four times as long.
VOTERS = (slice(None, None, 2), slice(None, None, 2))
SNAPSHOT_SHARE = 0.2  # of the time may go into snapshots


@dataclass(frozen=True, slots=True)
class MapCounts:
    """Frames so far. fused: are in the map. lost: were left out, since the camera's place was not sure.

    full: the map has reached its largest size, so that what was seen first after that is missing.
    """

    fused: int
    lost: int
    full: bool


class Mapper:
    """Fuses frames with their labels; the map's space is the first fused frame's colour camera space.

    voxel_m: the voxels' side. depth_limit_m: farther readings are left out. most_blocks, most_voxels: bounds of the
    surface (of 8 x 8 x 8 voxels, 10 kB each) and of the voxels with votes (4 bytes for each class).
    A frame whose place is not sure is never fused; see app.mapping.place. Where the first frames lead to nothing, since
    the camera was still settling or was moved on, the map begins anew. One thread at a time may call add(),
    refresh() and save(); snapshot(), counts and world_from_camera are for any.
    Raises MissingLibraryError where Open3D is not installed, ValueError for bounds that are not positive.
    """

    def __init__(
        self,
        classes: ClassSet,
        *,
        voxel_m: float = 0.02,
        depth_limit_m: float = 4.0,
        most_blocks: int = 20_000,
        most_voxels: int = 500_000,
    ) -> None:
        if min(voxel_m, depth_limit_m, most_blocks, most_voxels) <= 0:
            raise ValueError("a map's voxels, depth limit and bounds must be positive")
        self._classes = classes
        self._voxel_m, self._depth_limit_m = voxel_m, depth_limit_m
        self._most_blocks, self._most_voxels = most_blocks, most_voxels
        self._maker = PinholeMaker(LONGEST_PX, steady=True)
        self._rays: NDArray[np.float32] | None = None
        self._lost = 0
        self._pose: RigidTransform | None = None
        self._snapshot: PointCloud | None = None
        self._wanted = threading.Event()
        self._due_s = 0.0
        self._begin()

    def _begin(self) -> None:
        self._place = Place()
        self._grid = SurfaceGrid(self._voxel_m, self._depth_limit_m, self._most_blocks)
        self._votes = LabelVotes(VOTE_VOXELS * self._voxel_m, len(self._classes), self._most_voxels)
        self._fused = 0
        self._shown = 0  # frames in the snapshot

    @property
    def counts(self) -> MapCounts:
        """What became of the frames."""
        return MapCounts(self._fused, self._lost, self._grid.full or self._votes.full)

    @property
    def world_from_camera(self) -> RigidTransform | None:
        """Where the last frame's camera is in the map, None where that is not known."""
        return self._pose

    def add(self, frame: Frame, segmentation: Segmentation) -> bool:
        """Fuse a frame; False where its place is not sure and it was left out."""
        view = self._maker(frame)
        follows = self._place.follow(view)
        if not follows and 0 < self._fused < LEAST_SEEN:  # too little to come back to, and nothing of it shows yet
            self._lost += self._fused
            self._begin()
            follows = self._place.follow(view)
        if not follows:
            self._lost += 1
            self._pose = None
            return False
        self._pose = self._place.world_from_camera
        self._grid.fuse(view, self._pose)
        self._vote(view, segmentation)
        self._fused += 1
        return True

    def snapshot(self) -> PointCloud | None:
        """The map as it was when it was last refreshed, None as long as there is none. Costs nothing."""
        self._wanted.set()
        return self._snapshot

    def refresh(self) -> None:
        """Bring the snapshot up to date, if someone has asked for it, the map has grown, and it is time to."""
        started_s = time.monotonic()
        if not self._wanted.is_set() or self._shown == self._fused or started_s < self._due_s:
            return
        surface: Surface | None = self._grid.surface(triangles=False)
        if surface is not None:
            self._snapshot = PointCloud(surface.points_m, surface.colors, self._votes.labels_at(surface.points_m))
        now_s = time.monotonic()
        self._due_s = now_s + (now_s - started_s) * (1 / SNAPSHOT_SHARE - 1)
        self._shown = self._fused
        self._wanted.clear()

    def save(self, path: Path, *, model: str, trained: bool) -> bool:
        """Write the surface as a PLY file; False (and no file) where nothing has been seen often enough.

        Raises OutputError where it cannot be written.
        """
        surface = self._grid.surface(triangles=True)
        if surface is None:
            return False
        labels = self._votes.labels_at(surface.points_m)
        write_map(path, surface, labels, classes=self._classes, model=model, trained=trained)
        return True

    def _vote(self, view: PinholeFrame, segmentation: Segmentation) -> None:
        if self._rays is None:
            ones = np.ones(view.depth_m.shape, np.float32)
            self._rays = np.dstack([*camera_rays(view.intrinsics), ones])[VOTERS]
        depth_m = view.depth_m[VOTERS]
        near = (depth_m > 0) & (depth_m <= self._depth_limit_m)
        points_m = self._place.world_from_camera.apply(self._rays[near] * depth_m[near][:, None])
        labels, confidence = self._maker.pick(segmentation.labels), self._maker.pick(segmentation.confidence)
        self._votes.add(points_m, labels[VOTERS][near], confidence[VOTERS][near])

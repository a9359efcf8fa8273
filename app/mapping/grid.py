"""The surface itself: Open3D's blocks of voxels that hold the distance to it, and its colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.mapping.library import load_open3d
from app.mapping.odometry import matrix_of
from app.mapping.pinhole import PinholeFrame
from sensors.geometry import RigidTransform

BLOCK = 8  # voxels a side
BAND = 4.0  # voxels: how far on both sides of the surface distances are kept
LEAST_SEEN = 3.0  # frames: what fewer have seen is noise


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """points_m, normals: (N, 3) float32. colors: (N, 3) uint8 RGB. triangles: (T, 3) int32, rows of points."""

    points_m: NDArray[np.float32]
    normals: NDArray[np.float32]
    colors: NDArray[np.uint8]
    triangles: NDArray[np.int32]


class SurfaceGrid:
    """Fuses frames at known poses. Not larger than `most_blocks`: then it is `full`, and only what is there is refined.

    voxel_m: the voxels' side. depth_limit_m: depth beyond it is left out. One thread at a time.
    """

    def __init__(self, voxel_m: float, depth_limit_m: float, most_blocks: int) -> None:
        o3d = load_open3d("maps")
        self.full = False
        self._depth_limit_m, self._most_blocks = depth_limit_m, most_blocks
        kinds, sizes = (o3d.core.float32,) * 3, ((1,), (1,), (3,))
        self._grid = o3d.t.geometry.VoxelBlockGrid(
            ("tsdf", "weight", "color"), kinds, sizes, voxel_m, BLOCK, max(1, -(-most_blocks // 8))
        )

    def __len__(self) -> int:
        """The number of blocks."""
        return int(self._grid.hashmap().size())

    def fuse(self, frame: PinholeFrame, world_from_camera: RigidTransform) -> None:
        """Add a frame."""
        o3d = load_open3d("maps")
        near = (frame.depth_m > 0) & (frame.depth_m <= self._depth_limit_m)
        if not near.any():
            return
        depth = o3d.t.geometry.Image(frame.depth_m)
        color = o3d.t.geometry.Image(frame.color.astype(np.float32) / np.float32(255))
        matrix, pose = o3d.core.Tensor(frame.intrinsics.matrix), o3d.core.Tensor(matrix_of(world_from_camera.inverse()))
        blocks = self._grid.compute_unique_block_coordinates(depth, matrix, pose, 1.0, self._depth_limit_m, BAND)
        blocks = self._affordable(blocks)
        if len(blocks):
            self._grid.integrate(blocks, depth, color, matrix, matrix, pose, 1.0, self._depth_limit_m, BAND)

    def _affordable(self, blocks: Any) -> Any:
        """Those blocks that exist, and as many new ones as there is room for."""
        _, known = self._grid.hashmap().find(blocks)
        known = known.numpy()
        room = self._most_blocks - len(self)
        if np.count_nonzero(~known) <= room:
            return blocks
        self.full = True
        o3d = load_open3d("maps")
        return blocks[o3d.core.Tensor(known | (np.cumsum(~known) <= room))]

    def surface(self, *, triangles: bool) -> Surface | None:
        """What has been seen often enough, None where that is nothing. triangles: find them too, which takes longer."""
        if len(self) == 0:
            return None
        found = (
            self._grid.extract_triangle_mesh(LEAST_SEEN) if triangles else self._grid.extract_point_cloud(LEAST_SEEN)
        )
        points = found.vertex if triangles else found.point
        if "positions" not in points or len(points.positions) == 0:
            return None
        colors = np.clip(points.colors.numpy() * 255 + 0.5, 0, 255).astype(np.uint8)
        rows = found.triangle.indices.numpy().astype(np.int32) if triangles else np.empty((0, 3), np.int32)
        return Surface(points.positions.numpy().copy(), points.normals.numpy().copy(), colors, rows)

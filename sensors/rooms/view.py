"""What a camera sees of a room, exactly: depth, labels, and what a depth sensor needs to know of the surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.cast import cast
from sensors.rooms.scene import Scene
from sensors.rooms.solids import Solids, solids_of
from sensors.rooms.surfaces import LocalHits, local_hits, world_normals
from sensors.rooms.vectors import dot, turned


@dataclass(frozen=True, eq=False)
class Geometry:
    """One view of a scene. All arrays are (h, w) unless said otherwise; what is derived is computed when first asked.

    depth_m: float32, exact z-depth in metres, 0 where nothing is seen. primitive: int32, index into the scene's
    primitives, -1 where nothing is seen. solids: the scene's primitives as arrays.
    """

    depth_m: NDArray[np.float32]
    primitive: NDArray[np.int32]
    intrinsics: CameraIntrinsics
    world_from_camera: RigidTransform
    solids: Solids

    @cached_property
    def label(self) -> NDArray[np.uint8]:
        """The class of each pixel: 0 = void, 1..37 = SUN RGB-D's."""
        return self._per_primitive(self.solids.label, np.uint8(0))

    @cached_property
    def infrared(self) -> NDArray[np.float32]:
        """Albedo in the near infra-red, 0..1."""
        return self._per_primitive(self.solids.infrared, np.float32(0))

    @cached_property
    def surface(self) -> NDArray[np.uint8]:
        """Kind of surface: 0 opaque, 1 mirror, 2 glass, 3 screen, 4 glow."""
        return self._per_primitive(self.solids.surface, np.uint8(0))

    @cached_property
    def seen(self) -> NDArray[np.intp]:
        """Flat indices (N,) of the pixels that show something."""
        return np.flatnonzero(self.primitive.ravel() >= 0)

    @cached_property
    def directions(self) -> NDArray[np.float32]:
        """Rays (3, N) of the seen pixels in camera axes, with length 1 along z."""
        k = self.intrinsics
        rows, columns = np.divmod(self.seen, k.width)
        x, y = (columns - k.cx) / k.fx, (rows - k.cy) / k.fy
        return np.stack([x, y, np.ones_like(x)]).astype(np.float32)

    @cached_property
    def hits(self) -> LocalHits:
        """Where on its primitive each seen pixel lies."""
        pose = self.world_from_camera
        depth, primitive = self.depth_m.ravel()[self.seen], self.primitive.ravel()[self.seen]
        return local_hits(self.solids, primitive, depth, self.directions, pose.rotation, pose.translation_m)

    @cached_property
    def world_normal(self) -> NDArray[np.float32]:
        """Normals (3, N) of the seen pixels in the world, turned towards the camera."""
        normal = world_normals(self.solids, self.primitive.ravel()[self.seen], self.hits.normal)
        away = dot(normal, self.world_direction) > 0  # a surface seen from within
        normal[:, away] *= -1
        return normal

    @cached_property
    def world_direction(self) -> NDArray[np.float32]:
        """Rays (3, N) of the seen pixels in world axes, not of length 1."""
        return turned(self.world_from_camera.rotation, self.directions)

    @cached_property
    def cosine(self) -> NDArray[np.float32]:
        """Cosine (h, w) of the angle between the ray and the surface's normal, 0 where nothing is seen."""
        along = -dot(self.world_normal, self.world_direction)
        cosine = np.zeros(self.depth_m.size, np.float32)
        cosine[self.seen] = np.clip(along / np.sqrt(dot(self.directions, self.directions)), 0, 1)
        return cosine.reshape(self.depth_m.shape)

    def _per_primitive(self, values: NDArray, nothing: np.generic) -> NDArray:
        return np.append(values, nothing)[self.primitive]  # -1 takes the last


def render_geometry(scene: Scene, intrinsics: CameraIntrinsics, world_from_camera: RigidTransform) -> Geometry:
    """What a pinhole camera at this pose sees (lens distortion is ignored); camera axes: x right, y down, z forward."""
    solids = solids_of(scene)
    hits = cast(solids, intrinsics, world_from_camera)
    depth_m = np.where(hits.primitive < 0, np.float32(0), hits.depth_m)
    return Geometry(depth_m, hits.primitive, intrinsics, world_from_camera, solids)

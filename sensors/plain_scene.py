"""A generated source: boxes in a bare room, seen by a two-camera rig like a RealSense's, with exact depth.

It needs no camera and no file, so tests and benchmarks know the truth of every pixel. Rooms that look real are in
sensors.rooms; this is the plain, quick one.
World space: metres, x right, y down, z forward; the floor is at y = 1.25.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from sensors.frames import RawFrame
from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.source import SourceInfo, SourceStatus

DEPTH_UNIT_M = 0.001
DEPTH_RANGE_M = (0.25, 8.0)
FLOOR_Y_M = 1.25
LIGHT_M = np.array([0.6, -1.0, 0.8])
BASELINE = RigidTransform(translation_m=np.array([0.015, 0.0, 0.0]))  # D435: colour lies 15 mm beside depth

Planes = NDArray[np.float32]  # (h, w, 3)


@dataclass(frozen=True, slots=True, eq=False)
class Box:
    """A box in the room: centre and half extents in metres, turned about the vertical, one colour (RGB, 0..1)."""

    centre_m: NDArray[np.float64]
    half_m: NDArray[np.float64]
    yaw_rad: float
    color: NDArray[np.float64]

    @property
    def box_from_world(self) -> NDArray[np.float64]:
        """The rotation (3, 3) that turns world directions into the box's own axes."""
        c, s = np.cos(self.yaw_rad), np.sin(self.yaw_rad)
        return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])


ROOM = Box(np.array([0.0, -0.15, 2.4]), np.array([2.6, 1.4, 3.2]), 0.0, np.array([0.80, 0.77, 0.70]))


def furnish(seed: int) -> list[Box]:
    """Nine boxes of assorted size and colour on the floor, some stacked; the same for the same seed."""
    rng = np.random.default_rng(seed)
    boxes: list[Box] = []
    for slot in range(6):
        half = rng.uniform([0.18, 0.15, 0.18], [0.42, 0.55, 0.40])
        x = -1.9 + 0.76 * slot + rng.uniform(-0.1, 0.1)
        z = 2.6 + 1.6 * (slot % 2) + rng.uniform(-0.3, 0.4)
        boxes.append(Box(np.array([x, FLOOR_Y_M - half[1], z]), half, rng.uniform(-0.7, 0.7), _paint(rng)))
    for below in (boxes[1], boxes[2], boxes[4]):
        half = below.half_m * rng.uniform(0.35, 0.6, 3)
        centre = below.centre_m - [0, below.half_m[1] + half[1], 0]
        boxes.append(Box(centre, half, rng.uniform(-0.7, 0.7), _paint(rng)))
    return boxes


def _paint(rng: np.random.Generator) -> NDArray[np.float64]:
    hue = rng.uniform(0, 6)
    rgb = np.clip(np.abs((hue + np.array([0, 4, 2])) % 6 - 3) - 1, 0, 1)
    return 0.12 + 0.68 * (0.15 + 0.85 * rgb)


def _slabs(box: Box, origin_m: NDArray[np.floating], directions: Planes) -> tuple[Planes, Planes, Planes, Planes]:
    """Where rays enter and leave the box along each of its axes, and their origin and direction in its space."""
    local_origin = ((origin_m - box.centre_m) @ box.box_from_world.T).astype(np.float32)
    local_directions = directions @ box.box_from_world.T.astype(np.float32)
    safe = np.where(np.abs(local_directions) < 1e-9, np.float32(1e-9), local_directions)
    half = box.half_m.astype(np.float32)
    near, far = (-half - local_origin) / safe, (half - local_origin) / safe
    return np.minimum(near, far), np.maximum(near, far), local_origin, local_directions


@dataclass(slots=True, eq=False)
class Hits:
    """The nearest surface along each ray: distance in ray lengths, which box (-1 = room), axis hit, position on it."""

    distance: NDArray[np.float32]
    box: NDArray[np.int8]
    axis: NDArray[np.int8]
    local_m: Planes


def cast(boxes: list[Box], origin_m: NDArray[np.floating], directions: Planes) -> Hits:
    """Intersect rays (h, w, 3) from one origin with the room's inside and every box."""
    _, leave, local_origin, local_directions = _slabs(ROOM, origin_m, directions)
    distance = leave.min(axis=-1)
    hits = Hits(
        distance,
        np.full(distance.shape, -1, np.int8),
        leave.argmin(axis=-1).astype(np.int8),
        local_origin + distance[..., None] * local_directions,
    )
    for number, box in enumerate(boxes):
        enter, leave, local_origin, local_directions = _slabs(box, origin_m, directions)
        first = enter.max(axis=-1)
        seen = (first > 0) & (first <= leave.min(axis=-1)) & (first < hits.distance)
        hits.distance[seen] = first[seen]
        hits.box[seen] = number
        hits.axis[seen] = enter.argmax(axis=-1)[seen]
        hits.local_m[seen] = (local_origin + first[..., None] * local_directions)[seen]
    return hits


def rays(intrinsics: CameraIntrinsics, world_from_camera: RigidTransform) -> Planes:
    """World directions (h, w, 3) of every pixel with length 1 along the camera's z, so that distance is depth."""
    x = (np.arange(intrinsics.width) - intrinsics.cx) / intrinsics.fx
    y = (np.arange(intrinsics.height) - intrinsics.cy) / intrinsics.fy
    in_camera = np.stack([*np.meshgrid(x, y), np.ones((intrinsics.height, intrinsics.width))], axis=-1)
    return (in_camera @ world_from_camera.rotation.T).astype(np.float32)


def render_depth_m(
    boxes: list[Box], intrinsics: CameraIntrinsics, world_from_camera: RigidTransform
) -> NDArray[np.float32]:
    """Exact depth (h, w) float32 in metres."""
    return cast(boxes, world_from_camera.translation_m, rays(intrinsics, world_from_camera)).distance


def render_color(
    boxes: list[Box], intrinsics: CameraIntrinsics, world_from_camera: RigidTransform
) -> NDArray[np.uint8]:
    """The shaded picture (h, w, 3) uint8 RGB: one lamp with shadows, and a little light from everywhere."""
    directions = rays(intrinsics, world_from_camera)
    hits = cast(boxes, world_from_camera.translation_m, directions)
    point_m = world_from_camera.translation_m + hits.distance[..., None] * directions
    to_light = (LIGHT_M - point_m).astype(np.float32)
    range_m = np.linalg.norm(to_light, axis=-1)
    unit = to_light / range_m[..., None]
    facing = np.abs(
        np.take_along_axis(_local_light(boxes, hits, unit), hits.axis[..., None].astype(np.int64), -1)[..., 0]
    )
    lit = _lit(boxes, point_m, directions, hits)
    light = 0.30 + 1.25 * facing * lit / (0.6 + 0.18 * range_m**2)
    return (np.clip(_albedo(boxes, hits) * light[..., None], 0, 1) ** (1 / 1.5) * 255).astype(np.uint8)


def _local_light(boxes: list[Box], hits: Hits, unit: Planes) -> Planes:
    """Directions to the lamp in the axes of whatever each ray hit."""
    local = unit.copy()
    for number, box in enumerate(boxes):
        mask = hits.box == number
        local[mask] = unit[mask] @ box.box_from_world.T.astype(np.float32)
    return local


def _lit(boxes: list[Box], point_m: NDArray[np.floating], directions: Planes, hits: Hits) -> NDArray[np.float32]:
    """1 where the lamp reaches the surface, 0 in shadow: rays from the lamp that stop short of the point."""
    from_light = (point_m - LIGHT_M - 0.01 * directions).astype(np.float32)
    return (cast(boxes, LIGHT_M, from_light).distance > 0.985).astype(np.float32)


def _albedo(boxes: list[Box], hits: Hits) -> Planes:
    """Colours (h, w, 3), 0..1: planks on the floor, plain walls, boxes with darker edges."""
    local, albedo = hits.local_m, np.empty((*hits.distance.shape, 3), np.float32)
    albedo[:] = ROOM.color
    floor = (hits.box < 0) & (hits.axis == 1) & (local[..., 1] > 0)
    plank = np.floor(local[..., 0] / 0.16) % 7
    seam = (local[..., 0] % 0.16 < 0.006) | ((local[..., 2] + 0.37 * plank) % 1.1 < 0.008)
    wood = np.array([0.52, 0.36, 0.22]) * (0.86 + 0.04 * plank[..., None]) * np.where(seam, 0.6, 1.0)[..., None]
    albedo[floor] = wood[floor]
    for number, box in enumerate(boxes):
        mask = hits.box == number
        edge_m = np.sort(box.half_m - np.abs(local[mask]), axis=-1)[:, 1]
        albedo[mask] = box.color * np.where(edge_m < 0.012, 0.75, 1.0)[:, None]
    return albedo


def walk(frames: int) -> list[RigidTransform]:
    """world_from_camera along a slow arc through the room that keeps the boxes in view."""
    poses = []
    for phase in np.linspace(0, 2 * np.pi, max(frames, 2), endpoint=False)[:frames]:
        position = np.array([0.75 * np.sin(phase), 0.12 * np.sin(2 * phase), 0.25 - 0.3 * np.cos(phase)])
        target = np.array([0.25 * np.sin(phase + 0.6), 0.45, 3.0])
        poses.append(RigidTransform(_look(target - position), position))
    return poses


def _look(direction: NDArray[np.float64]) -> NDArray[np.float64]:
    forward = direction / np.linalg.norm(direction)
    right = np.cross([0.0, 1.0, 0.0], forward)
    right /= np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward], axis=1).astype(np.float64)


class PlainScene:
    """A FrameSource of `frames` frames (color size = depth size = `size`) at `fps`; the same for the same seed."""

    def __init__(
        self, *, frames: int = 70, size: tuple[int, int] = (640, 480), fps: float = 30.0, seed: int = 0
    ) -> None:
        width, height = size
        self.boxes = furnish(seed)
        self.poses = walk(frames)
        # Focal lengths and principal points of a D435 at 640x480, scaled; the depth camera sees wider.
        color, depth = (615.0, 615.0, 321.3, 238.6), (386.0, 386.0, 318.7, 240.9)
        self.color_intrinsics = CameraIntrinsics(640, 480, *color).resized(width, height)
        self.depth_intrinsics = CameraIntrinsics(640, 480, *depth).resized(width, height)
        self.fps = fps
        self.gaps = 0
        self._stopped = threading.Event()
        self._started_s = time.monotonic()

    @property
    def info(self) -> SourceInfo:
        """What this source is."""
        return SourceInfo("plain scene", "generated", False, len(self.poses), self.fps, "ray casting")

    @property
    def status(self) -> SourceStatus:
        """Always streaming: there is nothing to lose."""
        return SourceStatus("streaming", "", self._started_s)

    def stop(self) -> None:
        """End a running iteration after the frame in work."""
        self._stopped.set()

    def render(self, index: int) -> RawFrame:
        """Frame `index` of the walk."""
        world_from_color = self.poses[index]
        world_from_depth = world_from_color @ BASELINE
        depth_m = render_depth_m(self.boxes, self.depth_intrinsics, world_from_depth)
        in_range = (depth_m >= DEPTH_RANGE_M[0]) & (depth_m <= DEPTH_RANGE_M[1])
        return RawFrame(
            index=index,
            timestamp_s=index / self.fps,
            clock="recording",
            color=render_color(self.boxes, self.color_intrinsics, world_from_color),
            depth_raw=np.where(in_range, np.rint(depth_m / DEPTH_UNIT_M), 0).astype(np.uint16),
            depth_unit_m=DEPTH_UNIT_M,
            color_intrinsics=self.color_intrinsics,
            depth_intrinsics=self.depth_intrinsics,
            color_from_depth=BASELINE,
            frame_number=index + 1,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def __iter__(self) -> Iterator[RawFrame]:
        self._stopped.clear()
        for index in range(len(self.poses)):
            if self._stopped.is_set():
                return
            yield self.render(index)

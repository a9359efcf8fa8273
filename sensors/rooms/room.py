"""A procedural room and the camera that was drawn for it: poses, intrinsics, frames."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.depth_sensor import DepthSensor
from sensors.rooms.free_space import FreeSpace
from sensors.rooms.furnish import furnish
from sensors.rooms.render import Photo, render_color, render_geometry
from sensors.rooms.viewpoints import drawn_view
from sensors.rooms.walk import Walk

# Focal length over image width of cameras that data sets and robots use.
FOCAL_SHARES = {
    "RealSense D435, colour": 0.96,
    "RealSense D455, colour": 0.60,
    "RealSense L515, colour": 0.94,
    "Kinect v1, colour": 0.82,
    "7-Scenes": 0.914,
    "Kinect v2, as in SUN RGB-D": 0.725,
    "Xtion, as in SUN RGB-D": 0.89,
    "Berkeley 3D object data set": 0.928,
}
WIDEST, NARROWEST = 0.60, 1.25

# What a room's random numbers are for; each purpose has its own, so that one does not change another.
CAMERA, WALK, FRAME = 1, 2, 3


@dataclass(frozen=True, slots=True, eq=False)
class RoomFrame:
    """One picture of a room.

    color: (h, w, 3) uint8 RGB. depth_mm: (h, w) uint16 millimetres, 0 = no reading. label: (h, w) uint8, 0 = void,
    then SUN RGB-D's classes from 1. pose: world_from_camera; the world is described in sensors.rooms.primitives.
    """

    color: NDArray[np.uint8]
    depth_mm: NDArray[np.uint16]
    label: NDArray[np.uint8]
    intrinsics: CameraIntrinsics
    pose: RigidTransform


class Room:
    """The room of a seed; the same seed gives the same bytes on one build of numpy and OpenCV.

    kind: one of sensors.rooms.furnish.ROOM_KINDS; drawn by default. sensor: drawn wide by default. Raises ValueError
    for a kind that does not exist, or a seed below 0.
    """

    def __init__(self, seed: int, kind: str | None = None, *, sensor: DepthSensor | None = None) -> None:
        if seed < 0:
            raise ValueError(f"a room's seed must be at least 0, got {seed}")
        self.seed = seed
        self.scene = furnish(seed, kind)
        rng = np.random.default_rng((seed, CAMERA))
        self._lens = _drawn_lens(rng)
        self.sensor = DepthSensor.drawn(rng) if sensor is None else sensor

    @property
    def kind(self) -> str:
        """Such as "bedroom"."""
        return self.scene.kind

    @property
    def camera(self) -> str:
        """The kind of depth camera, such as "rooms-stereo"."""
        return f"rooms-{self.sensor.name}"

    @cached_property
    def space(self) -> FreeSpace:
        """Where cameras can be."""
        return FreeSpace.of(self.scene)

    def intrinsics(self, size: tuple[int, int]) -> CameraIntrinsics:
        """Of this room's camera at a width and height in pixels."""
        width, height = size
        focal, aspect, right, down = self._lens
        return CameraIntrinsics(
            width,
            height,
            focal * width,
            focal * width * aspect,
            (width - 1) / 2 + right * width,
            (height - 1) / 2 + down * width,
        )

    def viewpoint(self, rng: np.random.Generator) -> RigidTransform:
        """world_from_camera of a place that is worth a picture."""
        places_m = self.space.place_of(np.argwhere(self.space.standing))
        return drawn_view(self.scene, places_m, self.intrinsics((320, 240)), rng).world_from_camera

    @cached_property
    def walk(self) -> Walk:
        """A walk without end through the room."""
        rng = np.random.default_rng((self.seed, WALK))
        return Walk(self.scene, self.space, self.intrinsics((320, 240)), rng)

    def trajectory(self, frames: int, fps: float = 30.0) -> list[RigidTransform]:
        """The first poses of the walk: world_from_camera, at most 15 mm and 1.2 degrees apart at 30 frames/s."""
        return self.walk.poses(frames, fps)

    def frame_rng(self, index: int) -> np.random.Generator:
        """The random numbers of frame `index`, from 0."""
        return np.random.default_rng((self.seed, FRAME, index))

    def render(
        self, pose: RigidTransform, intrinsics: CameraIntrinsics, rng: np.random.Generator | None = None
    ) -> RoomFrame:
        """What a camera at this pose sees, both images through one lens.

        rng: draws the photograph's faults and the noise; that of frame 0 by default.
        """
        rng = self.frame_rng(0) if rng is None else rng
        geometry = render_geometry(self.scene, intrinsics, pose)
        color = render_color(self.scene, geometry, Photo.drawn(rng), rng)
        return RoomFrame(color, self.sensor.measure(geometry, intrinsics, rng), geometry.label, intrinsics, pose)


def _drawn_lens(rng: np.random.Generator) -> tuple[float, float, float, float]:
    """Focal length over width, fy over fx, and how far the principal point is off the middle (right, down) over width.

    Around real cameras more often than not, else anywhere between the widest and the narrowest.
    """
    if rng.random() < 0.7:
        focal = float(rng.choice(list(FOCAL_SHARES.values()))) * float(np.exp(rng.normal(0, 0.03)))
    else:
        focal = float(rng.uniform(WIDEST, NARROWEST))
    right, down = rng.normal(0, 0.012, 2).clip(-0.04, 0.04)
    return float(np.clip(focal, WIDEST, NARROWEST)), float(rng.normal(1, 0.004)), float(right), float(down)

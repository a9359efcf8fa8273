"""What one process does: furnish a room, look at it from several places, and hand over what a sample consists of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from training.rooms.plan import Shot
from training.rooms.records import Record


class RenderedFrame(Protocol):
    """What a room gives: see sensors.rooms.room.RoomFrame."""

    @property
    def color(self) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB."""
        ...

    @property
    def depth_mm(self) -> NDArray[np.uint16]:
        """(H, W) uint16 millimetres, 0 = no reading."""
        ...

    @property
    def label(self) -> NDArray[np.uint8]:
        """(H, W) uint8, 0 = void, class i is i + 1."""
        ...


class RoomFace(Protocol):
    """What is asked of a room: see sensors.rooms.room.Room."""

    @property
    def kind(self) -> str:
        """Such as "bedroom"."""
        ...

    @property
    def camera(self) -> str:
        """The kind of depth sensor, such as "rooms-stereo"."""
        ...

    def intrinsics(self, size: tuple[int, int]) -> CameraIntrinsics:
        """Of this room's camera at this width and height."""
        ...

    def frame_rng(self, index: int) -> np.random.Generator:
        """The random numbers of frame `index`, from 0."""
        ...

    def viewpoint(self, rng: np.random.Generator) -> RigidTransform:
        """world_from_camera of a place that is worth a picture."""
        ...

    def render(self, pose: RigidTransform, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> RenderedFrame:
        """What the camera sees from there."""
        ...


OpenRoom = Callable[[int], RoomFace]


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A rendered sample. Arrays as in sensors.prepared.PreparedArrays; world_from_camera: where it was taken."""

    record: Record
    color: NDArray[np.uint8]
    depth_mm: NDArray[np.uint16]
    label: NDArray[np.uint8]
    world_from_camera: RigidTransform


def furnished_room(seed: int) -> RoomFace:
    """The room of this seed."""
    from sensors.rooms.room import Room

    return Room(seed)


def render_shots(shots: tuple[Shot, ...], size: tuple[int, int], open_room: OpenRoom) -> Iterator[Picture]:
    """The pictures of shots of one room; each depends on its room and frame number alone, not on its neighbours."""
    room = open_room(shots[0].seed)
    intrinsics = room.intrinsics(size)
    for shot in shots:
        rng = room.frame_rng(shot.frame)
        pose = room.viewpoint(rng)
        frame = room.render(pose, intrinsics, rng)
        record = Record(shot.name, room.kind, room.camera, intrinsics)
        yield Picture(record, frame.color, frame.depth_mm, frame.label, pose)

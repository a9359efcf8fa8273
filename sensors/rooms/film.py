"""A walk through a room, filmed."""

from __future__ import annotations

import numpy as np

from sensors.frames import RawFrame
from sensors.rooms.depth_sensor import DepthSensor
from sensors.rooms.render import Photo, render_color, render_geometry
from sensors.rooms.rig import COLOR, COLOR_FROM_DEPTH, DEPTH, rig_frame
from sensors.rooms.room import WALK, Room
from sensors.rooms.walk import Walk


class RoomFilm:
    """Room `seed`, filmed by sensors.rooms.rig at this size (width, height) and rate.

    Frame i is the same whoever asks for it. The pictures are a good camera's and the depth is a stereo camera's, not
    drawn at random as for training.
    """

    def __init__(self, seed: int, size: tuple[int, int] = (320, 240), fps: float = 10.0) -> None:
        stereo = DepthSensor.preset("stereo")
        # Half the noise, since this depth camera's focal length is not much more than half of what the preset means.
        self.room = Room(seed, sensor=stereo.with_(noise_px=stereo.noise_px / 2, smoothing_px=5))
        self.photo = Photo(exposure=0.5, shot=0.004, read=0.0015, blur_px=0.6, quality=84)
        self.fps = fps
        self.color_intrinsics, self.depth_intrinsics = COLOR.resized(*size), DEPTH.resized(*size)
        self.walk = Walk(self.room.scene, self.room.space, self.color_intrinsics, np.random.default_rng((seed, WALK)))

    def frame(self, index: int) -> RawFrame:
        """Frame `index` of the walk, from 0, without end."""
        room, rng = self.room, self.room.frame_rng(index)
        world_from_color = self.walk.pose_at(index / self.fps)
        seen = render_geometry(room.scene, self.color_intrinsics, world_from_color)
        measured = render_geometry(room.scene, self.depth_intrinsics, world_from_color @ COLOR_FROM_DEPTH)
        color = render_color(room.scene, seen, self.photo, rng)
        depth_mm = room.sensor.measure(measured, self.depth_intrinsics, rng)
        return rig_frame(index, color, depth_mm, self.fps)

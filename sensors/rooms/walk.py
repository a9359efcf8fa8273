"""An endless, smooth walk of a handheld camera through a room."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.free_space import FreeSpace
from sensors.rooms.scene import Scene
from sensors.rooms.viewpoints import View, drawn_view, facing
from sensors.rooms.walk_path import in_a_round, looks_along, smoothed_round, way_past

FASTEST_M_S = 0.45  # 15 mm a frame at 30 frames/s
FASTEST_TURN_DEG_S = 36.0  # 1.2 degrees a frame
STOPS, OFFERS = 5, 3
ENOUGH = 6.0  # see viewpoints: a walk goes from one good view to the next
# A hand's unrest, of a place's three axes and three angles; the walk leaves it the rest of both limits.
UNREST = np.array([0.004] * 3 + [0.002] * 3)  # metres, radians
UNREST_HZ = np.array([0.31, 0.83, 1.31])
WALK_SHARE, TURN_SHARE = 0.84, 0.86
GENTLE_POINTS = 15  # over how many points of its way the camera slows down before a turn


class Walk:
    """A closed walk past a few views worth seeing, repeated for ever, as a function of time.

    It keeps to the free space, is never faster than FASTEST_M_S and never turns faster than FASTEST_TURN_DEG_S.
    """

    def __init__(self, scene: Scene, space: FreeSpace, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> None:
        stops = in_a_round(_drawn_stops(scene, space, intrinsics, rng))
        way_m, stop_at = way_past(space, stops)
        looks_rad = looks_along(way_m, stop_at, stops)
        self._points = np.column_stack([np.concatenate([way_m, way_m[:1]]), looks_rad])  # (N + 1, 6)
        self._times_s = _times_s(self._points, rng.uniform(0.55, 1.0) * WALK_SHARE * FASTEST_M_S)
        self._phases = rng.uniform(0, 2 * math.pi, (len(UNREST_HZ), 6))

    @property
    def round_s(self) -> float:
        """Seconds until the walk comes back to where it began."""
        return float(self._times_s[-1])

    def pose_at(self, time_s: float) -> RigidTransform:
        """world_from_camera at a time from 0 on."""
        within_s = time_s % self.round_s
        values = np.array([np.interp(within_s, self._times_s, column) for column in self._points.T])
        swing = np.sin(2 * np.pi * UNREST_HZ[:, None] * time_s + self._phases) / (1 + UNREST_HZ[:, None])
        values += UNREST * swing.sum(axis=0)
        return RigidTransform(facing(values[3], values[4], values[5]), values[:3])

    def poses(self, frames: int, fps: float) -> list[RigidTransform]:
        """The first frames of the walk."""
        return [self.pose_at(index / fps) for index in range(frames)]


def _drawn_stops(scene: Scene, space: FreeSpace, intrinsics: CameraIntrinsics, rng: np.random.Generator) -> list[View]:
    """Views that differ: of a few each time the one that is, and looks, farthest from those taken already."""
    places_m = space.place_of(np.argwhere(space.allowed))
    stops: list[View] = []
    while len(stops) < STOPS:
        offers = [drawn_view(scene, places_m, intrinsics, rng, enough=ENOUGH) for _ in range(OFFERS)]
        stops.append(max(offers, key=lambda offer: min((_apart_m(offer, stop) for stop in stops), default=0.0)))
    return stops


def _apart_m(a: View, b: View) -> float:
    return math.dist(a.place_m, b.place_m) + math.dist(a.target_m, b.target_m)


def _times_s(points: NDArray[np.float64], speed_m_s: float) -> NDArray[np.float64]:
    """When each point (N, 6) is passed, in seconds: at this speed, or slower where the camera turns much."""
    ways_m = np.linalg.norm(np.diff(points[:, :3], axis=0), axis=1)
    turns_deg = np.rad2deg(np.abs(np.diff(points[:, 3:], axis=0)).sum(axis=1))  # at least the angle between them
    steps_s = np.maximum(ways_m / speed_m_s, turns_deg / (TURN_SHARE * FASTEST_TURN_DEG_S))
    steps_s = np.maximum(smoothed_round(steps_s[:, None], GENTLE_POINTS)[:, 0], steps_s)
    return np.concatenate([[0.0], np.cumsum(np.maximum(steps_s, 1e-4))])

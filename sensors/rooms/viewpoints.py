"""Camera poses that look at something."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.labels import CEILING, FLOOR, WALL
from sensors.rooms.render import render_geometry
from sensors.rooms.scene import Scene

TRIES = 12
ENOUGH = (1.0, 5.5)  # worth of a view that is taken without looking for a better one
DISTANCE_M = 2.5
GLANCE_PX = (40, 30)  # size of the pictures by which candidates are judged
NEAREST_M, ROOMY_M = 0.4, 1.1
TARGET_M = 2.0
PITCH_DEG = (-65.0, 22.0)  # a camera in a hand or on a robot looks mostly down


@dataclass(frozen=True, slots=True)
class View:
    """Where a camera is (x, y, z in metres) and where it looks; angles in radians.

    yaw: of the optical axis about the vertical, 0 along x. pitch: upwards. roll: clockwise as the camera sees itself.
    """

    place_m: tuple[float, float, float]
    yaw_rad: float
    pitch_rad: float
    roll_rad: float = 0.0

    @property
    def world_from_camera(self) -> RigidTransform:
        """The pose; camera axes: x right, y down, z forward."""
        return RigidTransform(facing(self.yaw_rad, self.pitch_rad, self.roll_rad), np.array(self.place_m, np.float64))

    @property
    def target_m(self) -> NDArray[np.float64]:
        """A point (3,) that is looked at, TARGET_M away, in metres."""
        return np.array(self.place_m) + TARGET_M * facing(self.yaw_rad, self.pitch_rad)[:, 2]


def facing(yaw_rad: float, pitch_rad: float, roll_rad: float = 0.0) -> NDArray[np.float64]:
    """world_from_camera's rotation (3, 3)."""
    (cy, sy), (cp, sp), (cr, sr) = ((np.cos(a), np.sin(a)) for a in (yaw_rad, pitch_rad, roll_rad))
    right, forward = np.array([sy, -cy, 0.0]), np.array([cp * cy, cp * sy, sp])
    down = np.cross(forward, right)
    return np.stack([cr * right + sr * down, cr * down - sr * right, forward], axis=1)


def towards(place_m: NDArray[np.floating], target_m: NDArray[np.floating]) -> tuple[float, float]:
    """Yaw and pitch in radians from one point to another."""
    x, y, z = np.asarray(target_m, np.float64) - place_m
    return float(np.arctan2(y, x)), float(np.arctan2(z, np.hypot(x, y)))


def drawn_view(
    scene: Scene,
    places_m: NDArray[np.float64],
    intrinsics: CameraIntrinsics,
    rng: np.random.Generator,
    *,
    enough: float | None = None,
) -> View:
    """A view from one of these places (N, 2) that is worth `enough`, or the best of a few.

    By default how much is enough is drawn as well, so that there are plain views too.
    """
    enough = rng.uniform(*ENOUGH) if enough is None else enough
    best, best_worth = None, -1.0
    for _ in range(TRIES):
        view = _candidate(scene, places_m, rng)
        seen_worth = worth(scene, intrinsics, view)
        if seen_worth > best_worth:
            best, best_worth = view, seen_worth
        if seen_worth >= enough:
            break
    return best or _candidate(scene, places_m, rng)


def worth(scene: Scene, intrinsics: CameraIntrinsics, view: View) -> float:
    """How much there is to see: the number of classes, weighed by how evenly they share the picture, times the share
    of what is not wall, floor or ceiling; less where something near fills the picture, 0 where it is right before it.
    """
    geometry = render_geometry(scene, intrinsics.resized(*GLANCE_PX), view.world_from_camera)
    near = np.where(geometry.depth_m > 0, geometry.depth_m, np.inf)
    if np.quantile(near, 0.03) < NEAREST_M:
        return 0.0
    shares = np.bincount(geometry.label.ravel(), minlength=38) / geometry.label.size
    some = shares[shares > 0]
    bare = shares[[0, WALL, FLOOR, CEILING]].sum()
    room_m = min(float(np.quantile(near, 0.15)) / ROOMY_M, 1.0)
    return float(np.exp(-(some * np.log(some)).sum()) * (1.15 - bare) * room_m)


def _candidate(scene: Scene, places_m: NDArray[np.float64], rng: np.random.Generator) -> View:
    """Somewhere at a sensible distance from a sight, looking about at it."""
    sight_m = _sight(scene, rng)
    distance_m = float(np.exp(rng.normal(np.log(DISTANCE_M), 0.45)))
    misfit = np.abs(np.linalg.norm(places_m - sight_m[:2], axis=1) - distance_m) / 0.3
    chances = np.exp(-0.5 * (misfit - misfit.min()) ** 2)
    place_m = places_m[rng.choice(len(places_m), p=chances / chances.sum())]
    height_m = rng.uniform(1.0, 1.6) if rng.random() < 0.75 else rng.uniform(0.4, 1.9)
    place_m = np.array([*place_m, min(height_m, scene.size_m[2] - 0.3)])
    yaw, pitch = towards(place_m, sight_m)
    return View(
        (float(place_m[0]), float(place_m[1]), float(place_m[2])),
        yaw + float(rng.normal(0, np.deg2rad(9))),
        float(np.clip(pitch + rng.normal(-0.05, np.deg2rad(7)), *np.deg2rad(PITCH_DEG))),
        _drawn_roll(rng),
    )


def _sight(scene: Scene, rng: np.random.Generator) -> NDArray[np.float64]:
    """One of the room's sights by their weights; the room's middle where there is none."""
    if not scene.sights:
        return np.array([0.0, 0.0, 0.8])
    weights = np.array([weight for _, weight in scene.sights], np.float64)
    point_m, _ = scene.sights[int(rng.choice(len(weights), p=weights / weights.sum()))]
    return np.array(point_m, np.float64) + rng.normal(0, 0.15, 3)


def _drawn_roll(rng: np.random.Generator) -> float:
    spread_deg = 2.0 if rng.random() < 0.88 else 10.0
    return float(np.deg2rad(np.clip(rng.normal(0, spread_deg), -25, 25)))

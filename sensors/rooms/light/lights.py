"""What lights a room: its lamps, each window as a lamp that shines inwards, and now and then the sun through one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.primitives import Lamp, Primitive
from sensors.rooms.scene import Scene
from sensors.rooms.vectors import dot

Vector = NDArray[np.floating]  # (3,) float32
MOST_LAMPS, MOST_WINDOWS = 3, 2
LAMP_GAIN, WINDOW_GAIN, SUN_GAIN = 2.0, 1.6, 2.6  # against the ambient light; chosen by eye
SUN_DISTANCE_M = 9.0  # near enough for a shadow map, far enough for rays that look parallel
SUN_SHARE = 0.4  # how often the sun stands before a window by day


@dataclass(frozen=True, slots=True, eq=False)
class Pane:
    """A window's glass: its middle, the normal into the room, unit vectors along its sides and half their lengths."""

    centre_m: Vector
    normal: Vector
    across: Vector
    up: Vector
    half_m: tuple[float, float]
    seed: int

    @property
    def area_m2(self) -> float:
        """Its area in square metres."""
        return 4 * self.half_m[0] * self.half_m[1]

    def passed(self, point_m: NDArray[np.floating], toward: NDArray[np.floating], soft: float) -> NDArray[np.floating]:
        """How much of a ray from each point (3, N) along toward (3, N) leaves through the pane (N,), 0..1.

        soft: how far the pane's edge blurs, metres per metre of way.
        """
        gap = self.centre_m[:, None] - point_m
        along = dot(self.normal, toward)
        way = dot(self.normal, gap) / np.where(np.abs(along) < 1e-4, np.float32(1e-4), along)
        offset = toward * way - gap
        blur = np.float32(0.004) + np.float32(soft) * np.abs(way)
        sides = [
            np.clip((half - np.abs(dot(axis, offset))) / blur + np.float32(0.5), 0, 1)
            for half, axis in zip(self.half_m, (self.across, self.up), strict=True)
        ]
        return sides[0] * sides[1] * (way > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """A light.

    position_m: (3,) metres. color: (3,) its light at one metre, head on. radius_m: softens its shadows.
    facing: (3,) where a window shines to, none for a lamp, which shines everywhere. pane: what it shines through.
    """

    position_m: Vector
    color: Vector
    radius_m: float
    facing: Vector | None = None
    pane: Pane | None = None


@lru_cache(maxsize=4)
def panes_of(scene: Scene) -> tuple[Pane, ...]:
    """The windows by day, the largest first."""
    if max(scene.sky) <= 0.03:
        return ()
    panes = [_pane(p, scene) for p in scene.primitives if p.material.pattern == "view"]
    return tuple(sorted(panes, key=lambda pane: -pane.area_m2))


@lru_cache(maxsize=4)
def lights_of(scene: Scene) -> tuple[Light, ...]:
    """The strongest lamps and the largest windows; the light of lamps left out is added to those kept."""
    panes = panes_of(scene)
    lamps = [lamp for lamp in scene.lamps if lamp.power > 0 and not _stands_for_window(lamp, panes)]
    lamps.sort(key=lambda lamp: -lamp.power)
    kept = lamps[:MOST_LAMPS]
    gain = LAMP_GAIN * sum(lamp.power for lamp in lamps) / max(sum(lamp.power for lamp in kept), 1e-6)
    lights = [
        Light(
            np.asarray(a.position_m, np.float32),
            np.asarray(a.color, np.float32) * np.float32(gain * a.power),
            a.radius_m,
        )
        for a in kept
    ]
    sky = np.asarray(scene.sky, np.float32)
    for pane in panes[:MOST_WINDOWS]:
        color = sky * np.float32(WINDOW_GAIN * pane.area_m2)
        place = pane.centre_m + np.float32(0.06) * pane.normal
        lights.append(Light(place, color, 0.35 * pane.area_m2**0.5, facing=pane.normal))
    if panes and max(scene.sky) > 0.6:
        lights += _sun(panes[0], sky)
    return tuple(lights)


def _stands_for_window(lamp: Lamp, panes: tuple[Pane, ...]) -> bool:
    """Whether a lamp is there for the daylight of a window, which the pane itself gives here."""
    place = np.asarray(lamp.position_m, np.float32)
    return lamp.radius_m >= 0.3 and any(np.linalg.norm(place - pane.centre_m) < 1.2 for pane in panes)


def _sun(pane: Pane, sky: Vector) -> list[Light]:
    rng = np.random.default_rng(pane.seed)
    if rng.random() > SUN_SHARE:
        return []
    side, high = rng.uniform(-1.0, 1.0), rng.uniform(0.3, 0.95)
    outward = -pane.normal * np.cos(side) + pane.across * np.sin(side)
    toward = (outward * np.cos(high) + np.array([0.0, 0.0, np.sin(high)])).astype(np.float32)
    warm = np.array([1.0, 0.93, 0.8], np.float32) * float(rng.uniform(0.6, 1.4) * SUN_GAIN * SUN_DISTANCE_M**2)
    return [Light(pane.centre_m + np.float32(SUN_DISTANCE_M) * toward, warm * sky.max(), 0.04, pane=pane)]


def _pane(primitive: Primitive, scene: Scene) -> Pane:
    thin = int(primitive.half_m.argmin())
    axes = [primitive.rotation[:, k] for k in range(3)]
    normal = axes[thin]
    if normal @ (np.array([0, 0, scene.size_m[2] / 2]) - primitive.centre_m) < 0:
        normal = -normal
    sides = sorted((k for k in range(3) if k != thin), key=lambda k: abs(axes[k][2]))
    return Pane(
        primitive.centre_m.astype(np.float32),
        normal.astype(np.float32),
        axes[sides[0]].astype(np.float32),
        axes[sides[1]].astype(np.float32),
        (float(primitive.half_m[sides[0]]), float(primitive.half_m[sides[1]])),
        primitive.material.seed,
    )

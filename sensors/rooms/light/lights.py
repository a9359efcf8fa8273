"""What lights a room: its lamps, and each window as a lamp that shines inwards."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.primitives import Primitive
from sensors.rooms.scene import Scene

MOST_LAMPS, MOST_WINDOWS = 3, 2
LAMP_GAIN, WINDOW_GAIN = 2.0, 1.6  # against the ambient light; chosen by eye


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """A light.

    position_m: (3,) metres. color: (3,) its light at one metre, head on. radius_m: softens its shadows.
    facing: (3,) where a window shines to, none for a lamp, which shines everywhere.
    """

    position_m: NDArray[np.floating]
    color: NDArray[np.floating]
    radius_m: float
    facing: NDArray[np.floating] | None = None


@lru_cache(maxsize=4)
def lights_of(scene: Scene) -> tuple[Light, ...]:
    """The strongest lamps and the largest windows; the light of those left out is added to those kept."""
    lamps = sorted(scene.lamps, key=lambda lamp: -lamp.power)
    kept = lamps[:MOST_LAMPS]
    total, of_kept = sum(lamp.power for lamp in lamps), sum(lamp.power for lamp in kept)
    gain = total / of_kept if of_kept > 0 else 0.0
    lights = [
        Light(
            np.asarray(lamp.position_m, np.float32),
            np.asarray(lamp.color, np.float32) * np.float32(LAMP_GAIN * lamp.power * gain),
            lamp.radius_m,
        )
        for lamp in kept
        if lamp.power > 0
    ]
    if max(scene.sky) > 0.01:
        windows = sorted((p for p in scene.primitives if p.material.pattern == "view"), key=_area)
        lights += [_window(p, scene) for p in windows[::-1][:MOST_WINDOWS]]
    return tuple(lights)


def _thin_axis(primitive: Primitive) -> int:
    return int(primitive.half_m.argmin())


def _area(primitive: Primitive) -> float:
    return float(4 * primitive.half_m.prod() / primitive.half_m.min())


def _window(primitive: Primitive, scene: Scene) -> Light:
    normal = primitive.rotation[:, _thin_axis(primitive)]
    if normal @ (np.array([0, 0, scene.size_m[2] / 2]) - primitive.centre_m) < 0:
        normal = -normal
    color = np.asarray(scene.sky, np.float32) * np.float32(WINDOW_GAIN * _area(primitive))
    place = primitive.centre_m + 0.06 * normal
    return Light(place.astype(np.float32), color, 0.35 * _area(primitive) ** 0.5, normal.astype(np.float32))

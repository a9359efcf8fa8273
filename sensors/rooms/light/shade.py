"""Light on surfaces: one pass over the pixels; what varies slowly is computed at half resolution."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sensors.rooms.light.gloss import glints, highlight, sheen
from sensors.rooms.light.lights import Light, lights_of, panes_of
from sensors.rooms.light.occlusion import occlusion
from sensors.rooms.light.shadows import lit_share
from sensors.rooms.light.upsample import smoothed, upsampled
from sensors.rooms.paint import Paint, painted
from sensors.rooms.scene import Scene
from sensors.rooms.vectors import dot, unit
from sensors.rooms.view import Geometry

Array = NDArray[np.floating]
AMBIENT_GAIN = 0.5  # as LAMP_GAIN: chosen by eye


def radiance(scene: Scene, geometry: Geometry) -> Array:
    """Linear light (h, w, 3) float32 that reaches the camera from each pixel; mirrors reflect only a dull room."""
    paint = painted(geometry, scene.sky)
    lights = lights_of(scene)
    position = world_points(geometry)
    openness, shares = _slow_parts(scene, geometry, lights, position)
    toward_eye = -unit(geometry.world_direction)
    received = _ambient(scene, paint, openness) * _fill(lights, position)
    shares = shares * (np.float32(0.6) + np.float32(0.4) * openness)  # narrow gaps are dark even where a light looks in
    glossy = np.flatnonzero(paint.gloss > 0.02)
    gloss, normal, eye = paint.gloss[glossy], paint.normal[:, glossy], toward_eye[:, glossy]
    shine = glints(panes_of(scene), np.asarray(scene.sky, np.float32), gloss, normal, position[:, glossy], eye)
    for light, share in zip(lights, shares, strict=True):
        direct, toward_light = _direct(light, position, paint.normal)
        direct *= share
        received += light.color[:, None] * direct
        if light.facing is None:
            spot = highlight(gloss, normal, toward_light[:, glossy], eye, light.radius_m)
            shine += light.color[:, None] * (spot * direct[glossy])
    light_out = paint.albedo * received + paint.emission + sheen(scene, paint, openness, toward_eye)
    light_out[:, glossy] += shine
    image = np.zeros((geometry.depth_m.size, 3), np.float32)
    image[geometry.seen] = light_out.T
    return image.reshape(*geometry.depth_m.shape, 3)


def world_points(geometry: Geometry) -> Array:
    """Points (3, N) in the world of the seen pixels, metres."""
    depth = geometry.depth_m.ravel()[geometry.seen]
    origin = geometry.world_from_camera.translation_m.astype(np.float32)
    return geometry.world_direction * depth + origin[:, None]


def _slow_parts(scene: Scene, geometry: Geometry, lights: tuple[Light, ...], position: Array) -> tuple[Array, Array]:
    """Openness (N,) and each light's share (L, N), computed at every second pixel of every second row."""
    height, width = geometry.depth_m.shape
    surface = geometry.primitive * 4
    surface.ravel()[geometry.seen] += geometry.hits.face
    points, normals = (np.zeros((3, height * width), np.float32) for _ in range(2))
    points[:, geometry.seen], normals[:, geometry.seen] = position, geometry.world_normal
    points, normals = (np.ascontiguousarray(a.reshape(3, height, width)[:, ::2, ::2]) for a in (points, normals))
    depth, coarse = geometry.depth_m[::2, ::2], surface[::2, ::2]
    turn = _dither(*depth.shape)
    parts = [occlusion(points, normals, depth, geometry.intrinsics.fx / 2, turn).reshape(1, -1)]
    flat = points.reshape(3, -1), normals.reshape(3, -1)
    parts += [lit_share(scene, light, *flat, turn.ravel())[None] for light in lights]
    slow = np.concatenate(parts).reshape(-1, *depth.shape)
    full = upsampled(smoothed(slow, coarse), coarse, surface).reshape(len(slow), -1)[:, geometry.seen]
    return full[0], full[1:]


def _dither(height: int, width: int) -> Array:
    """An angle per pixel that differs between neighbours, so that 3 x 3 smoothing joins nine patterns of taps."""
    order = np.array([[0, 5, 2], [7, 3, 8], [4, 1, 6]], np.float32)
    tiled = np.tile(order, (height // 3 + 1, width // 3 + 1))[:height, :width]
    return tiled * np.float32(2 * np.pi / 9)


@lru_cache(maxsize=4)
def _tint(scene: Scene) -> Array:
    """The colour (3,) that floor, walls and furniture give to the light they throw back, of mean 1."""
    area = np.array([4 * p.half_m.prod() / p.half_m.min() for p in scene.primitives])
    albedo = np.array([p.material.color for p in scene.primitives]) ** 2
    mean = (area @ albedo) / area.sum()
    return (0.55 + 0.45 * mean / max(mean.mean(), 1e-3)).astype(np.float32)


def _ambient(scene: Scene, paint: Paint, openness: Array) -> Array:
    """Light from everywhere: a little more from above, warmed by what walls and floors throw back."""
    up = paint.normal[2]
    ambient = np.asarray(scene.ambient, np.float32)[:, None] * np.float32(AMBIENT_GAIN)
    sky = np.asarray(scene.sky, np.float32)[:, None] * np.float32(0.12)
    tint = _tint(scene)[:, None]
    spread = (0.82 + 0.18 * up) * openness
    # deep corners keep some of the colour around them, which a plain factor would turn grey
    return (ambient + sky) * tint * spread


def _fill(lights: tuple[Light, ...], position: Array) -> Array:
    """How the light from everywhere varies (N,): what walls throw back is more where the lights are near."""
    near, total = np.zeros(position.shape[1], np.float32), np.float32(1e-3)
    for light in lights:
        strength, offset = light.color.mean(), position - light.position_m[:, None]
        near += strength / (dot(offset, offset) + np.float32(1.5))
        total += strength
    return 0.55 + np.float32(1.8) * near / total


def _direct(light: Light, position: Array, normal: Array) -> tuple[Array, Array]:
    """Light (N,) on surfaces that see the light, for a colour of one, and unit directions towards it (3, N)."""
    toward = light.position_m[:, None] - position
    distance2 = dot(toward, toward)
    toward /= np.sqrt(distance2)
    cosine = dot(toward, normal)
    wrap = np.float32(0.12 if light.facing is not None else 0.03)  # a wide light reaches a little around corners
    amount = np.maximum((cosine + wrap) / (1 + wrap), 0) / (distance2 + np.float32(0.25))
    if light.facing is not None:
        amount *= np.maximum(-dot(light.facing, toward), 0)
    if light.pane is not None:
        amount *= light.pane.passed(position, toward, 0.008)
    return amount, toward

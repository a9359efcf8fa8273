"""A small room full of solids at all angles, for tests of the room renderer."""

from __future__ import annotations

import numpy as np

from sensors.geometry import CameraIntrinsics, RigidTransform
from sensors.rooms.materials import Material
from sensors.rooms.primitives import Lamp, Point, Primitive, box, cylinder, ellipsoid, rod, rotation
from sensors.rooms.scene import Scene

SIZE_M = (4.0, 5.0, 2.5)
CAMERA = CameraIntrinsics(96, 72, 80.0, 81.0, 47.2, 35.9)


def looking(eye_m: Point, target_m: Point, roll_rad: float = 0.0) -> RigidTransform:
    """world_from_camera of a camera at eye_m that looks at target_m, turned by roll_rad about its own axis."""
    forward = np.subtract(target_m, eye_m) / np.linalg.norm(np.subtract(target_m, eye_m))
    right = np.cross(forward, (0, 0, 1.0))
    right /= np.linalg.norm(right)
    turned = np.cos(roll_rad) * right + np.sin(roll_rad) * np.cross(forward, right)
    return RigidTransform(np.stack([turned, np.cross(forward, turned), forward], axis=1), np.asarray(eye_m, float))


def shell(material: Material) -> list[Primitive]:
    """Floor, ceiling and four walls."""
    x, y, z = SIZE_M
    return [
        box((x, y, 0.1), (0, 0, -0.05), 2, material),
        box((x, y, 0.1), (0, 0, z + 0.05), 22, material),
        *(box((0.1, y, z), (side * (x / 2 + 0.05), 0, z / 2), 1, material) for side in (-1, 1)),
        *(box((x, 0.1, z), (0, side * (y / 2 + 0.05), z / 2), 1, material) for side in (-1, 1)),
    ]


def room(primitives: list[Primitive]) -> Scene:
    """These primitives under one lamp."""
    lamps = [Lamp((0.3, -0.4, 2.3), (1.0, 0.95, 0.9), 1.0)]
    return Scene("test", SIZE_M, primitives, lamps, (0.3, 0.3, 0.3), (0.3, 0.4, 0.5), [], [])


def cluttered(seed: int, solids: int = 30, material: Material | None = None) -> Scene:
    """A room with randomly placed, turned and tapered solids of every shape, thin rods among them."""
    rng = np.random.default_rng(seed)
    material = material or Material((0.6, 0.5, 0.4))
    return room(shell(material) + [_solid(number, material, rng) for number in range(solids)])


def _solid(number: int, material: Material, rng: np.random.Generator) -> Primitive:
    low, high = np.array([-1.8, -2.3, 0.0]), np.array([1.8, 2.3, 2.2])
    x, y, z = rng.uniform(low, high).tolist()
    a, b, c = rng.uniform(0.02, 0.6, 3).tolist()
    turn, label = rotation(*rng.uniform(-3, 3, 3).tolist()), int(rng.integers(0, 38))
    if number % 4 == 0:
        return box((a, b, c), (x, y, z), label, material, turn=turn)
    if number % 4 == 1:
        return cylinder((a, b, c), (x, y, z), label, material, turn=turn, taper=rng.uniform(0.05, 3))
    if number % 4 == 2:
        return ellipsoid((a, b, c), (x, y, z), label, material, turn=turn)
    end_x, end_y, end_z = rng.uniform(low, high).tolist()
    return rod((x, y, z), (end_x, end_y, end_z), 0.02, label, material)

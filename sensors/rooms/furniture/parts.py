"""Parts that many pieces share: legs, cushions, drawers, frames."""

from __future__ import annotations

import numpy as np

from sensors.rooms.materials import Material
from sensors.rooms.palettes.colors import shaded
from sensors.rooms.primitives import Point, Primitive, box, cylinder, ellipsoid, rod, rotation

LYING = rotation(pitch_rad=np.pi / 2)  # turns a cylinder's axis along x
FACING = rotation(roll_rad=np.pi / 2)  # turns a cylinder's axis along y


def legs(
    width_m: float,
    depth_m: float,
    height_m: float,
    thick_m: float,
    label: int,
    material: Material,
    *,
    round_: bool = False,
    taper: float = 1.0,
) -> list[Primitive]:
    """Four legs whose outer sides lie on a width x depth rectangle; taper widens (> 1) them towards the top."""
    x, y = (width_m - thick_m) / 2, (depth_m - thick_m) / 2
    corners = ((-x, -y), (x, -y), (-x, y), (x, y))
    if round_ or taper != 1.0:
        foot = thick_m / max(taper, 1.0)
        size = (foot, foot, height_m)
        return [cylinder(size, (u, v, height_m / 2), label, material, taper=taper) for u, v in corners]
    return [box((thick_m, thick_m, height_m), (u, v, height_m / 2), label, material) for u, v in corners]


def splayed_legs(
    width_m: float, depth_m: float, height_m: float, thick_m: float, label: int, material: Material, splay_m: float
) -> list[Primitive]:
    """Four slanting legs: their feet stand splay_m outside their tops."""
    x, y = width_m / 2, depth_m / 2
    return [
        rod((sx * x, sy * y, 0.0), (sx * (x - splay_m), sy * (y - splay_m), height_m), thick_m, label, material)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]


def cushion(
    size_m: Point, centre_m: Point, label: int, material: Material, *, tilt_rad: float = 0.0
) -> list[Primitive]:
    """A soft block: rounded at the front and back edge, its top bulging; tilt_rad leans it back about x."""
    w, d, h = size_m
    turn = rotation(roll_rad=-tilt_rad)
    centre = np.asarray(centre_m)
    block = box((w, d - h * 0.8, h), centre_m, label, material, turn=turn, bevel_m=h * 0.3)
    parts = [block]
    for side in (-1, 1):
        at = centre + turn @ np.array([0.0, side * (d - h) / 2, 0.0])
        parts.append(cylinder((h, h, w * 0.99), _point(at), label, material, turn=turn @ LYING))
    top = centre + turn @ np.array([0.0, 0.0, h * 0.3])
    parts.append(ellipsoid((w * 1.02, d * 0.98, h * 0.75), _point(top), label, material, turn=turn))
    return parts


def upright_cushion(
    size_m: Point, centre_m: Point, label: int, material: Material, *, tilt_rad: float = 0.0
) -> list[Primitive]:
    """A back cushion of width x thickness x height: rounded top, bulging front; tilt_rad leans its top to +y."""
    w, thick, h = size_m
    turn = rotation(roll_rad=-tilt_rad)
    centre = np.asarray(centre_m)
    parts = [
        box(
            (w, thick, h - thick * 0.5),
            _point(centre - turn @ np.array([0, 0, thick * 0.25])),
            label,
            material,
            turn=turn,
            bevel_m=thick * 0.3,
        )
    ]
    top = centre + turn @ np.array([0.0, 0.0, (h - thick) / 2])
    parts.append(cylinder((thick, thick, w * 0.99), _point(top), label, material, turn=turn @ LYING))
    parts.append(ellipsoid((w * 0.98, thick * 1.5, h * 0.96), centre_m, label, material, turn=turn))
    return parts


def front_panel(
    width_m: float,
    height_m: float,
    centre_m: Point,
    label: int,
    material: Material,
    handle: Material | None,
    *,
    upright: bool,
    side: int = 0,
    framed: bool = False,
) -> list[Primitive]:
    """A cupboard door (upright) or drawer front facing -y, its back at centre_m's y; side: where the handle is."""
    x, y, z = centre_m
    parts = [box((width_m - 0.006, 0.018, height_m - 0.006), (x, y - 0.009, z), label, material, bevel_m=0.005)]
    if framed and width_m > 0.2 and height_m > 0.2:
        inner = material.with_(color=shaded(material.color, 0.9))
        parts.append(box((width_m - 0.13, 0.012, height_m - 0.13), (x, y - 0.014, z), label, inner, bevel_m=0.01))
    if handle is not None:
        parts.append(_handle(x + side * (width_m / 2 - 0.04), y - 0.03, z, width_m, height_m, label, handle, upright))
    return parts


def rim(
    width_m: float, height_m: float, depth_m: float, bar_m: float, centre_m: Point, label: int, material: Material
) -> list[Primitive]:
    """Four bars around an upright width x height rectangle (outer size), depth_m thick along y."""
    x, y, z = centre_m
    parts = []
    for side in (-1, 1):
        parts.append(box((bar_m, depth_m, height_m), (x + side * (width_m - bar_m) / 2, y, z), label, material))
        parts.append(
            box((width_m - 2 * bar_m, depth_m, bar_m), (x, y, z + side * (height_m - bar_m) / 2), label, material)
        )
    return parts


def _handle(
    x: float, y: float, z: float, width_m: float, height_m: float, label: int, material: Material, upright: bool
) -> Primitive:
    if min(width_m, height_m) < 0.16 and width_m < 0.3:
        return ellipsoid((0.03, 0.03, 0.03), (x, y + 0.005, z), label, material)
    if upright:
        return box((0.012, 0.025, min(0.16, height_m * 0.3)), (x, y + 0.004, z), label, material)
    return box((min(0.16, width_m * 0.4), 0.025, 0.012), (x, y + 0.004, z), label, material)


def _point(array: np.ndarray) -> Point:
    return float(array[0]), float(array[1]), float(array[2])

"""Windows with curtains and blinds, and doors."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.parts import rim
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.labels import BLINDS, CURTAIN, DOOR, WINDOW
from sensors.rooms.materials import RGB, Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.colors import shaded
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import VOID, Primitive, box, ellipsoid, rod, rotation

# All face -y, the wall's inner face at y = 0; z is from the floor for doors, else from the opening's lower edge.


def window(rng: np.random.Generator, style: Style, width_m: float, height_m: float, recess_m: float, sky: RGB) -> Piece:
    """Panes and frame of an opening, recess_m behind the wall's inner face (negative: before it), with a sill."""
    frame = looks.ceramic(rng) if chance(rng, 0.7) else style.body()
    bar = between(rng, 0.04, 0.07)
    view = Material(sky, "view", shaded(sky, 0.6), 0.5, 1.0, looks.seed(rng), 0.6, infrared=0.04, surface="glass")
    y = recess_m
    parts = [box((width_m, 0.012, height_m), (0, y + 0.03, height_m / 2), WINDOW, view)]
    parts += rim(width_m, height_m, 0.06, bar, (0, y + 0.02, height_m / 2), WINDOW, frame)
    columns = max(1, round(width_m / between(rng, 0.5, 0.9)))
    for k in range(1, columns):
        at = ((k - columns / 2) * width_m / columns, y + 0.015, height_m / 2)
        parts.append(box((bar * 1.3, 0.055, height_m - bar), at, WINDOW, frame))
    if chance(rng, 0.35):
        z = height_m * pick(rng, (0.35, 0.5, 0.7))
        parts.append(box((width_m - bar, 0.045, bar * 0.8), (0, y + 0.015, z), WINDOW, frame))
    if chance(rng, 0.7):
        parts.append(
            box((0.03, 0.04, 0.11), (width_m / columns / 2 - bar * 0.6, y - 0.025, height_m * 0.48), WINDOW, frame)
        )
    deep = max(recess_m, 0.0) + between(rng, 0.05, 0.12)
    supports = []
    if recess_m > 0 or chance(rng, 0.6):
        sill = looks.stone(rng) if chance(rng, 0.4) else frame
        deep = max(deep, 0.1)
        at = (0, recess_m - deep / 2, -0.015)
        parts.append(box((width_m + (0.1 if recess_m <= 0 else -0.004), deep, 0.03), at, WINDOW, sill, bevel_m=0.008))
        supports = [
            Support("sill", -width_m / 2 + 0.05, recess_m - deep + 0.02, width_m / 2 - 0.05, recess_m - 0.02, 0.0, 0.35)
        ]
    return piece(parts, supports, weight=1.0)


def curtains(rng: np.random.Generator, style: Style, width_m: float, top_m: float, low_m: float) -> Piece:
    """A pair of curtains (or one) on a rail: the window's width, from low_m to top_m above the floor."""
    cloth = _curtain_cloth(rng, style)
    rail = top_m + 0.03
    parts: list[Primitive] = []
    wide = width_m + between(rng, 0.3, 0.6)
    if chance(rng, 0.7):
        pole = style.metal() if chance(rng, 0.6) else style.wood()
        parts.append(rod((-wide / 2, -0.09, rail), (wide / 2, -0.09, rail), 0.03, CURTAIN, pole))
        parts += [ellipsoid((0.06, 0.06, 0.06), (side * wide / 2, -0.09, rail), CURTAIN, pole) for side in (-1, 1)]
    closed = between(rng, 0.15, 0.5)
    for side in (-1, 1) if chance(rng, 0.85) else (pick(rng, (-1, 1)),):
        parts += _hanging(rng, cloth, side, wide, wide * closed, top_m, low_m)
    if chance(rng, 0.2):
        net = cloth.with_(color=(0.93, 0.93, 0.92), pattern="folds", accent=(0.8, 0.8, 0.8), scale_m=0.05)
        parts.append(box((wide * 0.9, 0.012, top_m - low_m), (0, -0.05, (top_m + low_m) / 2), CURTAIN, net))
    return piece(parts, weight=1.6)


def blinds(rng: np.random.Generator, style: Style, width_m: float, height_m: float) -> Piece:
    """Slats or a roller blind before a window, let down part of the way; z from the window's lower edge."""
    color = colors.drawn(
        rng, {colors.white: 0.55, colors.beige: 0.2, colors.grey: 0.1, colors.muted: 0.1, colors.brown: 0.05}
    )
    down = height_m * (1.0 if chance(rng, 0.3) else between(rng, 0.35, 0.95))
    slats = chance(rng, 0.72)
    cloth = Material(
        color,
        "slats" if slats else "fabric",
        shaded(color, between(rng, 0.45, 0.75)),
        between(rng, 0.022, 0.05) if slats else 0.004,
        between(rng, 0.6, 1.0),
        looks.seed(rng),
        0.1,
        0.8 if slats else 0.1,
        looks.infrared(rng, color),
    )
    w, top = width_m + between(rng, 0.02, 0.12), height_m + 0.02
    parts = [
        box((w, 0.05, 0.05), (0, -0.04, top), BLINDS, Material(color, infrared=0.6)),
        box((w - 0.02, 0.022, down), (0, -0.04, top - down / 2), BLINDS, cloth),
        box((w - 0.02, 0.03, 0.022), (0, -0.04, top - down), BLINDS, Material(shaded(color, 0.9), infrared=0.6)),
    ]
    if chance(rng, 0.7):
        x = w * 0.46
        parts.append(
            rod(
                (x, -0.07, top),
                (x, -0.07, top - down * between(rng, 0.5, 0.9)),
                0.008,
                BLINDS,
                cloth.with_(pattern="plain"),
            )
        )
    return piece(parts, weight=1.8)


def vertical_blinds(rng: np.random.Generator, style: Style, width_m: float, height_m: float) -> Piece:
    """Upright slats, as offices have."""
    color = colors.drawn(rng, {colors.white: 0.4, colors.beige: 0.35, colors.grey: 0.15, colors.muted: 0.1})
    cloth = Material(
        color, "fabric", shaded(color, 0.85), 0.004, 0.4, looks.seed(rng), infrared=looks.infrared(rng, color)
    )
    count = min(int(width_m / 0.1), 22)
    angle, share = between(rng, 0.1, 1.1), between(rng, 0.4, 1.0)
    parts: list[Primitive] = [
        box((width_m, 0.05, 0.04), (0, -0.06, height_m + 0.03), BLINDS, Material((0.85, 0.85, 0.85)))
    ]
    for k in range(count):
        x = -width_m / 2 + (k + 0.5) * width_m * share / count
        parts.append(box((0.1, 0.006, height_m), (x, -0.06, height_m / 2 + 0.01), BLINDS, cloth, turn=rotation(angle)))
    return piece(parts, weight=1.8)


def door(rng: np.random.Generator, style: Style, width_m: float, height_m: float) -> Piece:
    """A door and its frame in a wall; shut or somewhat open into the room."""
    leaf = looks.paint(rng) if chance(rng, 0.55) else style.wood()
    frame = leaf if chance(rng, 0.6) else looks.paint(rng)
    bar = between(rng, 0.06, 0.1)
    parts = [
        box((bar, 0.05, height_m + bar), (side * (width_m + bar) / 2, -0.02, (height_m + bar) / 2), DOOR, frame)
        for side in (-1, 1)
    ]
    parts.append(box((width_m, 0.05, bar), (0, -0.02, height_m + bar / 2), DOOR, frame))
    side = pick(rng, (-1, 1))
    panels = _leaf(rng, leaf, width_m, height_m, side)
    if chance(rng, 0.22):
        swing = between(rng, 0.15, 1.1)
        turn = rotation(-side * swing)
        hinge = np.array([-side * width_m / 2, 0.0, 0.0])
        parts += [
            Primitive(
                p.shape,
                p.half_m,
                turn @ (p.centre_m - hinge) + hinge,
                turn @ p.rotation,
                p.label,
                p.material,
                p.taper,
                p.bevel_m,
            )
            for p in panels
        ]
        dark = Material((0.1, 0.1, 0.1), infrared=0.1)
        parts.append(box((width_m, 0.01, height_m), (0, 0.0, height_m / 2), VOID, dark))
    else:
        parts += panels
    return piece(parts, front_m=0.9, weight=1.2)


def _leaf(rng: np.random.Generator, leaf: Material, w: float, high: float, side: int) -> list[Primitive]:
    parts = [box((w - 0.008, 0.04, high - 0.01), (0, -0.02, high / 2 + 0.004), DOOR, leaf, bevel_m=0.003)]
    form = pick(rng, ("flat", "flat", "panels", "glazed"))
    if form == "panels":
        inner = leaf.with_(color=shaded(leaf.color, 0.93))
        for z0, z1 in ((0.12, 0.42), (0.5, 0.94)):
            for across in (-1, 1) if chance(rng, 0.5) else (0,):
                wide = w * (0.36 if across else 0.76)
                at = (across * w * 0.21, -0.043, high * (z0 + z1) / 2)
                parts.append(box((wide, 0.012, high * (z1 - z0)), at, DOOR, inner, bevel_m=0.02))
    elif form == "glazed":
        glass = Material(
            (0.62, 0.68, 0.68),
            "paint",
            (0.8, 0.85, 0.85),
            0.2,
            0.8,
            looks.seed(rng),
            0.8,
            infrared=0.2,
            surface="glass",
        )
        size = pick(rng, ((0.12, 0.5), (0.5, 0.35), (0.6, 0.6)))
        parts.append(box((w * size[0], 0.045, high * size[1]), (0, -0.021, high * 0.66), DOOR, glass))
    metal = looks.metal(rng)
    x, z = side * (w / 2 - 0.07), between(rng, 0.95, 1.08)
    parts.append(box((0.04, 0.012, 0.2), (x, -0.046, z - 0.03), DOOR, metal))
    parts.append(rod((x, -0.085, z), (x - side * 0.12, -0.085, z), 0.02, DOOR, metal))
    parts.append(rod((x, -0.045, z), (x, -0.09, z), 0.02, DOOR, metal))
    return parts


def _curtain_cloth(rng: np.random.Generator, style: Style) -> Material:
    base = style.cloth()
    if chance(rng, 0.75):
        return base.with_(
            pattern="folds",
            accent=shaded(base.color, between(rng, 0.6, 0.85)),
            scale_m=between(rng, 0.07, 0.16),
            strength=1.0,
            bump=0.8,
        )
    return base.with_(bump=0.6)


def _hanging(
    rng: np.random.Generator, cloth: Material, side: int, wide: float, gathered: float, top: float, low: float
) -> list[Primitive]:
    """One curtain, from the side inwards, in uneven strips."""
    count = whole(rng, 2, 4) if gathered > 0.3 else 2
    parts: list[Primitive] = []
    for k in range(count):
        x = side * (wide / 2 - (k + 0.5) * gathered / count)
        high = top - low + between(rng, -0.015, 0.015)
        turn = rotation(between(rng, -0.14, 0.14))
        at = (x, -0.08 + between(rng, -0.012, 0.012), top - high / 2)
        parts.append(
            box((gathered / count * 1.03, between(rng, 0.04, 0.09), high), at, CURTAIN, cloth, turn=turn, bevel_m=0.03)
        )
    return parts

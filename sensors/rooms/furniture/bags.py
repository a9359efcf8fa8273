"""Bags (class bag) and boxes (class box)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.parts import LYING
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.labels import BAG, BOX
from sensors.rooms.materials import Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import VOID, Primitive, box, cylinder, ellipsoid, rod, rotation


def bag(rng: np.random.Generator, style: Style) -> Piece:
    """Any bag."""
    return pick(rng, (backpack, backpack, handbag, shopping_bag, suitcase, soft_bag))(rng, style)


def backpack(rng: np.random.Generator, style: Style) -> Piece:
    """A backpack standing or slumped."""
    cloth = looks.fabric(rng, 0.2) if chance(rng, 0.8) else looks.leather(rng)
    other = cloth if chance(rng, 0.5) else looks.fabric(rng, 0.0)
    w, d, high = between(rng, 0.28, 0.36), between(rng, 0.16, 0.24), between(rng, 0.38, 0.52)
    turn = rotation(roll_rad=-between(rng, 0.0, 0.2))
    parts: list[Primitive] = [
        cylinder((w, d, high * 0.75), (0, 0, high * 0.38), BAG, cloth, turn=turn, taper=between(rng, 0.8, 0.95)),
        ellipsoid((w * 0.96, d * 1.0, high * 0.62), (0, 0.02, high * 0.69), BAG, cloth, turn=turn),
        ellipsoid((w * 1.02, d * 1.1, high * 0.5), (0, 0, high * 0.24), BAG, cloth, turn=turn),
        ellipsoid((w * 0.78, d * 0.7, high * 0.46), (0, -d * 0.38, high * 0.28), BAG, other, turn=turn),
        box((w * 0.6, 0.015, 0.02), (0, -d * 0.5, high * 0.55), BAG, other, turn=turn),
        rod((-0.03, d * 0.4, high), (0.03, d * 0.4, high), 0.02, BAG, other),
    ]
    for side in (-1, 1):
        x = side * w * 0.28
        parts.append(rod((x, d * 0.42, high * 0.9), (x * 1.3, d * 0.66, high * 0.45), 0.035, BAG, other))
        parts.append(rod((x * 1.3, d * 0.66, high * 0.45), (x, d * 0.45, high * 0.1), 0.025, BAG, other))
    return piece(parts, weight=1.6)


def handbag(rng: np.random.Generator, style: Style) -> Piece:
    """A handbag with a flap and a handle standing up or leaning."""
    skin = looks.leather(rng) if chance(rng, 0.7) else looks.fabric(rng)
    w, d, high = between(rng, 0.24, 0.4), between(rng, 0.1, 0.17), between(rng, 0.2, 0.3)
    parts: list[Primitive] = [
        cylinder((w, d, high), (0, 0, high / 2), BAG, skin, taper=between(rng, 0.72, 0.95)),
        ellipsoid((w * 0.98, d * 1.04, high * 0.3), (0, 0, high * 0.15), BAG, skin),
        cylinder((d * 0.5, 0.04, w * 0.62), (0, 0, high), BAG, skin, turn=LYING),
    ]
    if chance(rng, 0.6):
        lean = rotation(roll_rad=-0.1)
        parts.append(box((w * 0.62, 0.012, high * 0.5), (0, -d * 0.42, high * 0.72), BAG, skin, turn=lean))
        parts.append(box((0.03, 0.02, 0.03), (0, -d * 0.48, high * 0.5), BAG, looks.metal(rng)))
    strap = skin if chance(rng, 0.7) else looks.leather(rng)
    x, top = w * 0.24, high + between(rng, 0.06, 0.16)
    lean_m = between(rng, -0.08, 0.08)
    corners = [(-x, 0, high * 0.95), (-x * 0.75, lean_m, top), (x * 0.75, lean_m, top), (x, 0, high * 0.95)]
    parts += [rod(a, b, 0.016, BAG, strap) for a, b in pairwise(corners)]
    return piece(parts, weight=1.5)


def shopping_bag(rng: np.random.Generator, style: Style) -> Piece:
    """A paper or cloth bag with its top open."""
    color = colors.drawn(rng, colors.GOODS) if chance(rng, 0.6) else (0.68, 0.52, 0.34)
    paper = Material(
        color,
        pick(rng, ("paint", "fabric", "poster")),
        colors.drawn(rng, colors.GOODS),
        0.2,
        0.5,
        looks.seed(rng),
        bump=0.4,
        infrared=looks.infrared(rng, color),
    )
    w, d, high = between(rng, 0.25, 0.4), between(rng, 0.12, 0.2), between(rng, 0.3, 0.45)
    parts: list[Primitive] = []
    for side in (-1, 1):
        lean = rotation(roll_rad=side * between(rng, -0.1, 0.1))
        parts.append(box((w, 0.006, high), (0, side * d / 2, high / 2), BAG, paper, turn=lean))
        parts.append(
            box(
                (0.006, d, high),
                (side * w / 2, 0, high / 2),
                BAG,
                paper,
                turn=rotation(pitch_rad=between(rng, -0.06, 0.06)),
            )
        )
        y, x = side * d / 2, w * 0.2
        corners = [(-x, y, high - 0.01), (-x, y * 0.6, high + 0.11), (x, y * 0.6, high + 0.11), (x, y, high - 0.01)]
        parts += [rod(a, b, 0.01, BAG, paper) for a, b in pairwise(corners)]
    parts.append(box((w - 0.01, d - 0.01, 0.01), (0, 0, 0.01), BAG, paper))
    if chance(rng, 0.6):
        parts.append(ellipsoid((w * 0.8, d * 0.9, high * 0.7), (0, 0, high * 0.55), BAG, looks.fabric(rng)))
    return piece(parts, weight=1.5)


def suitcase(rng: np.random.Generator, style: Style) -> Piece:
    """A trolley or an old case, standing."""
    shell = looks.plastic(rng) if chance(rng, 0.5) else looks.fabric(rng, 0.1)
    w, d, high = between(rng, 0.35, 0.5), between(rng, 0.2, 0.3), between(rng, 0.5, 0.75)
    parts: list[Primitive] = [box((w, d, high - 0.05), (0, 0, 0.05 + (high - 0.05) / 2), BAG, shell, bevel_m=0.05)]
    ribs = whole(rng, 0, 4)
    for k in range(ribs):
        x = (k + 0.5 - ribs / 2) * w / ribs * 0.9
        parts.append(box((0.03, d + 0.012, high * 0.8), (x, 0, 0.05 + high * 0.47), BAG, shell, bevel_m=0.01))
    metal = looks.metal(rng)
    up = between(rng, 0.02, 0.4)
    for side in (-1, 1):
        parts.append(
            rod((side * w * 0.22, d * 0.35, high * 0.8), (side * w * 0.22, d * 0.35, high + up), 0.014, BAG, metal)
        )
        parts.append(ellipsoid((0.05, 0.05, 0.06), (side * w * 0.4, 0, 0.03), BAG, looks.dark_plastic(rng)))
    parts.append(
        rod((-w * 0.24, d * 0.35, high + up), (w * 0.24, d * 0.35, high + up), 0.025, BAG, looks.dark_plastic(rng))
    )
    return piece(parts, weight=1.5)


def soft_bag(rng: np.random.Generator, style: Style) -> Piece:
    """A sports bag, or a full plastic bag with its handles tied."""
    return _sports_bag(rng) if chance(rng, 0.5) else _plastic_bag(rng)


def _sports_bag(rng: np.random.Generator) -> Piece:
    cloth = looks.fabric(rng, 0.2)
    w, thick = between(rng, 0.42, 0.6), between(rng, 0.24, 0.32)
    parts: list[Primitive] = [
        cylinder((thick, thick, w), (0, 0, thick / 2), BAG, cloth, turn=LYING),
        ellipsoid((w * 1.08, thick * 0.95, thick * 0.95), (0, 0, thick * 0.49), BAG, cloth),
        ellipsoid((w * 0.6, thick * 0.5, thick * 0.7), (0, -thick * 0.34, thick * 0.4), BAG, cloth),
    ]
    strap, top, x = looks.fabric(rng, 0.0), thick + 0.12, w * 0.2
    corners = [(-x, 0, thick * 0.97), (-x * 0.6, 0.05, top), (x * 0.6, 0.05, top), (x, 0, thick * 0.97)]
    parts += [rod(a, b, 0.025, BAG, strap) for a, b in pairwise(corners)]
    return piece(parts, weight=1.5)


def _plastic_bag(rng: np.random.Generator) -> Piece:
    film = looks.plastic(rng).with_(bump=1.0, pattern="leather", scale_m=0.06)
    size = between(rng, 0.26, 0.38)
    parts: list[Primitive] = [ellipsoid((size, size * 0.85, size * 0.8), (0, 0, size * 0.38), BAG, film)]
    for _ in range(3):
        lump = size * between(rng, 0.4, 0.6)
        at = (
            between(rng, -0.25, 0.25) * size,
            between(rng, -0.2, 0.2) * size,
            max(lump / 2, size * between(rng, 0.2, 0.5)),
        )
        parts.append(ellipsoid((lump, lump, lump), at, BAG, film))
    parts.append(cylinder((size * 0.62, size * 0.5, size * 0.34), (0, 0, size * 0.8), BAG, film, taper=0.25))
    for side in (-1, 1):
        ear = rotation(between(rng, 0.0, 1.5), side * between(rng, 0.5, 1.0))
        parts.append(
            ellipsoid((size * 0.12, 0.03, size * 0.34), (side * size * 0.1, 0, size * 1.02), BAG, film, turn=ear)
        )
    return piece(parts, weight=1.4)


def carton(rng: np.random.Generator, style: Style) -> Piece:
    """A cardboard box, shut or with its flaps open."""
    w, d, high = between(rng, 0.22, 0.6), between(rng, 0.2, 0.45), between(rng, 0.15, 0.45)
    board = looks.cardboard(rng)
    parts: list[Primitive] = [box((w, d, high), (0, 0, high / 2), BOX, board, bevel_m=0.003)]
    if chance(rng, 0.45):
        tape = Material((0.72, 0.6, 0.4), gloss=0.4, infrared=0.6)
        parts.append(box((w + 0.002, 0.05, 0.002), (0, 0, high), BOX, tape))
        parts.append(box((0.002, 0.05, high * 0.3), (w / 2, 0, high * 0.85), BOX, tape))
    else:
        shadow = board.with_(color=colors.shaded(board.color, 0.35))
        parts.append(box((w - 0.02, d - 0.02, 0.002), (0, 0, high), BOX, shadow))
        for side in (-1, 1):
            lean = between(rng, 0.3, 1.3)
            reach = d * 0.45
            at = (0, side * (d / 2 + reach / 2 * float(np.sin(lean))), high + reach / 2 * float(np.cos(lean)))
            parts.append(box((w, 0.005, reach), at, BOX, board, turn=rotation(roll_rad=-side * lean)))
    if chance(rng, 0.45):
        label = (
            looks.white_paper(rng) if chance(rng, 0.6) else Material((0.2, 0.2, 0.22), "poster", (0.7, 0.6, 0.4), 0.1)
        )
        parts.append(box((w * 0.4, 0.003, high * 0.35), (w * between(rng, -0.2, 0.2), -d / 2, high * 0.55), BOX, label))
    return piece(
        parts,
        (Support("seat", -w / 2 + 0.03, -d / 2 + 0.03, w / 2 - 0.03, d / 2 - 0.03, high, 0.3),)
        if len(parts) < 4
        else (),
        weight=1.2,
    )


def small_box(rng: np.random.Generator, style: Style) -> Piece:
    """A packet, a tin, a shoe box, a tissue box."""
    w, d, high = between(rng, 0.08, 0.34), between(rng, 0.06, 0.24), between(rng, 0.05, 0.22)
    color = colors.drawn(rng, colors.GOODS)
    print_ = Material(
        color,
        pick(rng, ("plain", "poster", "poster", "stripes", "dots")),
        colors.drawn(rng, colors.GOODS),
        between(rng, 0.03, 0.1),
        1.0,
        looks.seed(rng),
        0.15,
        infrared=looks.infrared(rng, color),
    )
    parts: list[Primitive] = [box((w, d, high), (0, 0, high / 2), BOX, print_, bevel_m=0.003)]
    if chance(rng, 0.25):
        parts.append(box((w + 0.008, d + 0.008, high * 0.25), (0, 0, high * 0.9), BOX, looks.plastic(rng)))
    return piece(parts, weight=0.8)


def storage_crate(rng: np.random.Generator, style: Style) -> Piece:
    """A plastic tub or basket."""
    w, d, high = between(rng, 0.3, 0.55), between(rng, 0.24, 0.4), between(rng, 0.16, 0.32)
    tub = looks.plastic(rng) if chance(rng, 0.6) else looks.fabric(rng, 0.2)
    parts: list[Primitive] = [
        box((w * 0.94, d * 0.92, high), (0, 0, high / 2), BOX, tub, bevel_m=0.02),
        box(
            (w, d, high * 0.14), (0, 0, high * 0.93), BOX, tub if chance(rng, 0.5) else looks.plastic(rng), bevel_m=0.01
        ),
        box((w * 0.25, 0.02, 0.03), (0, -d / 2, high * 0.7), BOX, looks.dark_plastic(rng)),
    ]
    return piece(parts, weight=1.1)


def bin_(rng: np.random.Generator, style: Style) -> Piece:
    """A waste bin: void."""
    across, high = between(rng, 0.22, 0.34), between(rng, 0.26, 0.6)
    shell = looks.plastic(rng) if chance(rng, 0.7) else looks.steel(rng)
    inside = shell.with_(color=colors.shaded(shell.color, 0.3))
    parts: list[Primitive] = [cylinder((across * 0.85, across * 0.85, high), (0, 0, high / 2), VOID, shell, taper=1.18)]
    if chance(rng, 0.6):
        parts.append(cylinder((across * 0.93, across * 0.93, 0.004), (0, 0, high), VOID, inside))
        if chance(rng, 0.5):
            parts.append(
                ellipsoid((across * 0.7, across * 0.6, 0.14), (0, 0, high), VOID, Material((0.85, 0.85, 0.84), bump=1))
            )
    else:
        parts.append(ellipsoid((across, across, 0.14), (0, 0, high), VOID, shell))
    return piece(parts, weight=0.4)

"""Small things that stand and lie about; void where SUN RGB-D has no class for them."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.labels import PAPER, PICTURE
from sensors.rooms.materials import Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import VOID, Primitive, box, cylinder, ellipsoid, rod, rotation


def bottle(rng: np.random.Generator, style: Style) -> Piece:
    """A bottle of glass or plastic."""
    wide, high = between(rng, 0.05, 0.09), between(rng, 0.16, 0.33)
    body = pick(
        rng,
        (
            Material((0.15, 0.3, 0.15), gloss=0.9, infrared=0.2),
            Material((0.75, 0.8, 0.82), gloss=0.9, infrared=0.3),
            looks.plastic(rng),
            looks.plastic(rng),
        ),
    )
    parts: list[Primitive] = [
        cylinder((wide, wide, high * 0.62), (0, 0, high * 0.31), VOID, body),
        cylinder((wide, wide, high * 0.16), (0, 0, high * 0.7), VOID, body, taper=0.4),
        cylinder((wide * 0.4, wide * 0.4, high * 0.24), (0, 0, high * 0.88), VOID, body),
    ]
    if chance(rng, 0.6):
        parts.append(cylinder((wide * 1.02, wide * 1.02, high * 0.25), (0, 0, high * 0.32), VOID, looks.plastic(rng)))
    if chance(rng, 0.6):
        parts.append(cylinder((wide * 0.46, wide * 0.46, 0.02), (0, 0, high - 0.005), VOID, looks.plastic(rng)))
    return piece(parts, weight=0.2)


def cup(rng: np.random.Generator, style: Style) -> Piece:
    """A mug or a glass."""
    wide, high = between(rng, 0.06, 0.095), between(rng, 0.07, 0.13)
    glaze = looks.ceramic(rng) if chance(rng, 0.5) else looks.plastic(rng)
    parts: list[Primitive] = [
        cylinder((wide, wide, high), (0, 0, high / 2), VOID, glaze, taper=between(rng, 1.0, 1.25)),
        cylinder((wide * 0.9, wide * 0.9, 0.002), (0, 0, high), VOID, Material((0.2, 0.12, 0.08), gloss=0.5)),
    ]
    if chance(rng, 0.6):
        x = wide * 0.5
        parts.append(rod((x, 0, high * 0.8), (x + 0.03, 0, high * 0.65), 0.012, VOID, glaze))
        parts.append(rod((x + 0.03, 0, high * 0.68), (x, 0, high * 0.25), 0.012, VOID, glaze))
    return piece(parts, weight=0.15)


def bowl(rng: np.random.Generator, style: Style) -> Piece:
    """A bowl, empty or full of fruit; a plate; a stack of plates."""
    wide = between(rng, 0.14, 0.3)
    glaze = looks.ceramic(rng) if chance(rng, 0.6) else looks.plastic(rng)
    if chance(rng, 0.4):
        count = whole(rng, 1, 5)
        parts: list[Primitive] = [
            cylinder((wide * 0.7, wide * 0.7, 0.02 * count), (0, 0, 0.01 * count), VOID, glaze, taper=1.3)
        ]
        return piece(parts, weight=0.2)
    high = wide * between(rng, 0.3, 0.45)
    parts = [
        cylinder((wide * 0.45, wide * 0.45, high), (0, 0, high / 2), VOID, glaze, taper=2.1),
        cylinder(
            (wide * 0.88, wide * 0.88, 0.002), (0, 0, high), VOID, glaze.with_(color=colors.shaded(glaze.color, 0.7))
        ),
    ]
    if chance(rng, 0.45):
        fruit = Material(
            pick(rng, ((0.8, 0.45, 0.1), (0.7, 0.15, 0.1), (0.55, 0.65, 0.2), (0.85, 0.75, 0.2))), gloss=0.2
        )
        size = wide * 0.33
        for _ in range(whole(rng, 3, 5)):
            at = (between(rng, -0.22, 0.22) * wide, between(rng, -0.22, 0.22) * wide, high + between(rng, 0.0, 0.02))
            parts.append(ellipsoid((size, size, size), at, VOID, fruit))
    return piece(parts, weight=0.3)


def vase(rng: np.random.Generator, style: Style) -> Piece:
    """A vase with or without flowers."""
    wide, high = between(rng, 0.08, 0.16), between(rng, 0.14, 0.32)
    glaze = looks.ceramic(rng) if chance(rng, 0.4) else looks.plastic(rng)
    parts: list[Primitive] = [
        cylinder((wide * 0.6, wide * 0.6, high), (0, 0, high / 2), VOID, glaze, taper=0.8),
        ellipsoid((wide, wide, high * 0.8), (0, 0, high * 0.42), VOID, glaze),
    ]
    if chance(rng, 0.7):
        petal = Material(colors.vivid(rng) if chance(rng, 0.7) else colors.white(rng))
        for _ in range(whole(rng, 3, 6)):
            end = (between(rng, -0.1, 0.1), between(rng, -0.1, 0.1), high + between(rng, 0.06, 0.2))
            parts.append(rod((0, 0, high * 0.8), end, 0.008, VOID, looks.foliage(rng)))
            parts.append(ellipsoid((0.06, 0.06, 0.04), end, VOID, petal))
    return piece(parts, weight=0.4)


def plant(rng: np.random.Generator, style: Style, high_m: float | None = None) -> Piece:
    """A pot plant: void."""
    high = between(rng, 0.18, 0.45) if high_m is None else high_m
    pot_h = min(high * 0.35, 0.32)
    wide = pot_h * between(rng, 0.9, 1.2)
    leaf = looks.foliage(rng)
    pot = looks.plastic(rng) if chance(rng, 0.6) else Material((0.66, 0.36, 0.24), "paint", (0.6, 0.32, 0.2))
    parts: list[Primitive] = [
        cylinder((wide * 0.75, wide * 0.75, pot_h), (0, 0, pot_h / 2), VOID, pot, taper=1.33),
        cylinder((wide * 0.92, wide * 0.92, 0.004), (0, 0, pot_h), VOID, Material((0.16, 0.11, 0.08))),
    ]
    if chance(rng, 0.4):
        for _ in range(whole(rng, 6, 9)):
            a, out = rng.random() * 6.28, between(rng, 0.2, 0.55) * high * 0.6
            end = (out * float(np.cos(a)), out * float(np.sin(a)), pot_h + (high - pot_h) * between(rng, 0.5, 1.0))
            mid = (end[0] / 2, end[1] / 2, (pot_h + end[2]) / 2 + 0.02)
            parts.append(rod((0, 0, pot_h - 0.01), end, 0.01, VOID, leaf))
            size = (high * 0.16, high * 0.05, (high - pot_h) * 0.55)
            parts.append(ellipsoid(size, mid, VOID, leaf, turn=rotation(a, between(rng, 0.2, 0.7))))
        return piece(parts, weight=0.5)
    parts.append(rod((0, 0, pot_h - 0.01), (0, 0, high * 0.85), 0.02, VOID, Material((0.3, 0.22, 0.14))))
    for _ in range(whole(rng, 5, 8)):
        size = high * between(rng, 0.26, 0.4)
        reach = size * 0.42
        level = pot_h + (high - pot_h) * between(rng, 0.35, 0.8)
        at = (between(rng, -reach, reach), between(rng, -reach, reach), level)
        parts.append(ellipsoid((size, size, size * 0.8), at, VOID, leaf, turn=rotation(rng.random() * 6)))
    return piece(parts, weight=0.5)


def papers(rng: np.random.Generator, style: Style) -> Piece:
    """One to five sheets, thrown together."""
    parts: list[Primitive] = []
    for k in range(whole(rng, 1, 5)):
        at = (between(rng, -0.07, 0.07), between(rng, -0.07, 0.07), 0.001 + 0.0015 * k)
        turn = rotation(between(rng, -0.6, 0.6))
        parts.append(box((0.21, 0.297, 0.0014), at, PAPER, looks.white_paper(rng), turn=turn))
    return piece(parts, weight=0.9)


def paper_pile(rng: np.random.Generator, style: Style) -> Piece:
    """A pile of paper or magazines."""
    parts: list[Primitive] = []
    z = 0.0
    for _ in range(whole(rng, 2, 5)):
        high = between(rng, 0.004, 0.025)
        parts.append(
            box(
                (0.21, 0.295, high),
                (between(rng, -0.01, 0.01), between(rng, -0.01, 0.01), z + high / 2),
                PAPER,
                looks.white_paper(rng),
                turn=rotation(between(rng, -0.15, 0.15)),
            )
        )
        z += high
    return piece(parts, weight=0.8)


def photo(rng: np.random.Generator, style: Style) -> Piece:
    """A framed photograph leaning back on its stand."""
    w, high = between(rng, 0.1, 0.26), between(rng, 0.13, 0.3)
    turn = rotation(roll_rad=-0.2)
    z = high / 2 * 0.98
    art = Material(colors.drawn(rng), "picture", colors.drawn(rng), 0.1, 1.0, looks.seed(rng), 0.4)
    parts = [
        box((w, 0.012, high), (0, 0, z), PICTURE, style.body(), turn=turn),
        box((w - 0.035, 0.004, high - 0.035), (0, -0.0065, z - 0.001), PICTURE, art, turn=turn),
    ]
    return piece(parts, weight=0.8)


def toy(rng: np.random.Generator, style: Style) -> Piece:
    """A ball, building blocks or a soft animal: void."""
    form = pick(rng, ("ball", "blocks", "animal"))
    if form == "ball":
        size = between(rng, 0.08, 0.24)
        return piece(
            [ellipsoid((size, size, size), (0, 0, size / 2), VOID, looks.plastic(rng, colors.vivid(rng)))], weight=0.4
        )
    if form == "blocks":
        parts: list[Primitive] = []
        for _ in range(whole(rng, 3, 6)):
            size = between(rng, 0.04, 0.09)
            at = (between(rng, -0.15, 0.15), between(rng, -0.15, 0.15), size / 2)
            parts.append(
                box(
                    (size, size, size), at, VOID, looks.plastic(rng, colors.vivid(rng)), turn=rotation(rng.random() * 3)
                )
            )
        return piece(parts, weight=0.4)
    fur, size = looks.fabric(rng, 0.0), between(rng, 0.16, 0.35)
    parts = [
        ellipsoid((size * 0.6, size * 0.5, size * 0.65), (0, 0, size * 0.32), VOID, fur),
        ellipsoid((size * 0.45, size * 0.42, size * 0.42), (0, -0.02, size * 0.78), VOID, fur),
    ]
    for side in (-1, 1):
        parts.append(ellipsoid((size * 0.16, size * 0.1, size * 0.18), (side * size * 0.18, 0, size * 0.98), VOID, fur))
        parts.append(
            ellipsoid((size * 0.2, size * 0.45, size * 0.2), (side * size * 0.22, -size * 0.28, size * 0.1), VOID, fur)
        )
        parts.append(
            ellipsoid((size * 0.15, size * 0.3, size * 0.15), (side * size * 0.3, -size * 0.1, size * 0.42), VOID, fur)
        )
    return piece(parts, weight=0.5)


def appliance(rng: np.random.Generator, style: Style) -> Piece:
    """A kettle, a toaster, a microwave or a coffee machine: void."""
    form = pick(rng, ("kettle", "toaster", "microwave", "coffee"))
    shell = looks.steel(rng) if chance(rng, 0.4) else looks.plastic(rng)
    dark = looks.dark_plastic(rng)
    if form == "kettle":
        parts: list[Primitive] = [
            cylinder((0.17, 0.17, 0.2), (0, 0, 0.1), VOID, shell, taper=0.75),
            ellipsoid((0.13, 0.13, 0.05), (0, 0, 0.2), VOID, shell),
            rod((0.07, 0, 0.2), (0.13, 0, 0.17), 0.02, VOID, dark),
            rod((0.13, 0, 0.18), (0.1, 0, 0.05), 0.022, VOID, dark),
        ]
    elif form == "toaster":
        parts = [
            box((0.28, 0.17, 0.19), (0, 0, 0.095), VOID, shell, bevel_m=0.03),
            box((0.2, 0.03, 0.004), (0, -0.03, 0.19), VOID, dark),
            box((0.2, 0.03, 0.004), (0, 0.03, 0.19), VOID, dark),
        ]
    elif form == "microwave":
        w, high = between(rng, 0.44, 0.52), between(rng, 0.26, 0.3)
        parts = [
            box((w, 0.36, high), (0, 0, high / 2), VOID, shell, bevel_m=0.008),
            box((w * 0.66, 0.01, high * 0.75), (-w * 0.13, -0.18, high / 2), VOID, dark),
            box((0.015, 0.03, high * 0.7), (w * 0.22, -0.19, high / 2), VOID, shell),
            box((w * 0.2, 0.01, high * 0.75), (w * 0.37, -0.18, high / 2), VOID, dark),
        ]
    else:
        parts = [
            box((0.2, 0.24, 0.03), (0, 0, 0.015), VOID, dark),
            box((0.2, 0.09, 0.32), (0, 0.075, 0.16), VOID, shell, bevel_m=0.01),
            box((0.2, 0.22, 0.08), (0, 0.01, 0.3), VOID, shell, bevel_m=0.01),
            cylinder((0.12, 0.12, 0.13), (0, -0.03, 0.1), VOID, Material((0.15, 0.1, 0.08), gloss=0.9)),
        ]
    return piece(parts, weight=0.3)


def toiletries(rng: np.random.Generator, style: Style) -> Piece:
    """Tubes, a soap dispenser, a beaker with brushes: void."""
    parts: list[Primitive] = []
    count = whole(rng, 1, 4)
    for k in range(count):
        wide, high = between(rng, 0.035, 0.075), between(rng, 0.07, 0.22)
        at = ((k + 0.5 - count / 2) * 0.075, between(rng, -0.02, 0.02), high / 2)
        parts.append(cylinder((wide, wide, high), at, VOID, looks.plastic(rng), taper=between(rng, 0.6, 1.0)))
        if chance(rng, 0.5):
            parts.append(cylinder((0.025, 0.025, 0.04), (at[0], at[1], high + 0.015), VOID, looks.plastic(rng)))
    return piece(parts, weight=0.2)


def pen_pot(rng: np.random.Generator, style: Style) -> Piece:
    """Pens in a beaker: void."""
    pot = looks.plastic(rng)
    parts: list[Primitive] = [cylinder((0.075, 0.075, 0.1), (0, 0, 0.05), VOID, pot)]
    for _ in range(whole(rng, 2, 5)):
        x, y = between(rng, -0.025, 0.025), between(rng, -0.025, 0.025)
        parts.append(rod((x, y, 0.05), (x * 2.2, y * 2.2, between(rng, 0.13, 0.18)), 0.009, VOID, looks.plastic(rng)))
    return piece(parts, weight=0.15)


def shoes(rng: np.random.Generator, style: Style) -> Piece:
    """A pair of shoes: void."""
    skin = looks.leather(rng) if chance(rng, 0.6) else looks.fabric(rng, 0.0)
    parts: list[Primitive] = []
    for side in (-1, 1):
        x, turn = side * between(rng, 0.06, 0.1), rotation(between(rng, -0.4, 0.4))
        parts.append(ellipsoid((0.1, 0.28, 0.1), (x, 0, 0.04), VOID, skin, turn=turn))
        parts.append(ellipsoid((0.09, 0.13, 0.15), (x, 0.06, 0.07), VOID, skin, turn=turn))
    return piece(parts, weight=0.4)


def telephone(rng: np.random.Generator, style: Style) -> Piece:
    """A desk telephone: void."""
    shell = looks.dark_plastic(rng) if chance(rng, 0.6) else looks.plastic(rng, (0.8, 0.78, 0.74))
    parts = [
        box((0.17, 0.2, 0.04), (0, 0, 0.025), VOID, shell, turn=rotation(roll_rad=0.12), bevel_m=0.01),
        rod((-0.06, -0.08, 0.07), (-0.06, 0.09, 0.08), 0.045, VOID, shell),
        box(
            (0.08, 0.08, 0.004),
            (0.035, -0.02, 0.05),
            VOID,
            Material((0.5, 0.5, 0.5), "keys", (0.2, 0.2, 0.2), 0.02),
            turn=rotation(roll_rad=0.12),
        ),
    ]
    return piece(parts, weight=0.2)

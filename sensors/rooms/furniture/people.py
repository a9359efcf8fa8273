"""People, standing and sitting."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.labels import PERSON
from sensors.rooms.materials import Material
from sensors.rooms.palettes import looks
from sensors.rooms.palettes.colors import shaded
from sensors.rooms.primitives import Point, Primitive, cylinder, ellipsoid, rod, rotation


class Outfit:
    """One person's colours."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.skin, self.hair = looks.skin(rng), looks.hair(rng)
        self.top, self.trousers = looks.fabric(rng), looks.fabric(rng, 0.2)
        self.shoes = looks.leather(rng)
        self.eyes = Material((0.1, 0.08, 0.07), gloss=0.4, infrared=0.2)
        self.lips = self.skin.with_(color=shaded(self.skin.color, 0.75))
        self.sleeves = self.top if chance(rng, 0.65) else self.skin
        self.long_hair = chance(rng, 0.45)


def standing(rng: np.random.Generator) -> Piece:
    """Somebody standing, facing -y."""
    outfit, tall = Outfit(rng), between(rng, 1.5, 1.92)
    hip, shoulder = tall * 0.51, tall * 0.82
    parts: list[Primitive] = []
    apart = between(rng, 0.07, 0.13)
    for side in (-1, 1):
        step = between(rng, -0.12, 0.12)
        knee = (side * apart * 1.05, step * 0.5 - 0.02, tall * 0.28)
        parts += _leg(outfit, (side * 0.085, 0, hip), knee, (side * apart * 1.1, step, 0.05))
    parts += _torso(rng, outfit, hip, shoulder, 0.0, tall)
    for side in (-1, 1):
        bend, out = rng.random(), between(rng, 0.0, 0.12)
        elbow = (side * (0.21 + out), 0.02 - 0.08 * bend, shoulder - 0.29)
        hand = (side * (0.2 + out * 0.5 - 0.1 * bend), -0.05 - 0.24 * bend, shoulder - 0.54 + 0.3 * bend)
        parts += _arm(outfit, (side * 0.18, 0, shoulder - 0.03), elbow, hand)
    return piece(parts, weight=2.4)


def sitting(rng: np.random.Generator, seat_m: float) -> Piece:
    """Somebody on a seat of that height; the seat's middle at the origin, its back towards +y."""
    outfit, tall = Outfit(rng), between(rng, 1.5, 1.88)
    hip, shoulder = seat_m + 0.1, seat_m + tall * 0.34
    lean = between(rng, -0.05, 0.1)
    parts: list[Primitive] = []
    for side in (-1, 1):
        spread = between(rng, 0.08, 0.16)
        knee = (side * spread, -0.36, seat_m + 0.07)
        foot = (side * spread, -0.36 + between(rng, -0.12, 0.15), 0.05)
        parts += _leg(outfit, (side * 0.09, 0.05, hip - 0.02), knee, foot)
    torso = _torso(rng, outfit, hip, shoulder, lean, tall)
    for p in torso:
        p.centre_m[1] += 0.06
    parts += torso
    for side in (-1, 1):
        reach = rng.random()
        elbow = (side * 0.24, 0.04 + lean - 0.1 * reach, shoulder - 0.27)
        hand = (side * between(rng, 0.06, 0.16), -0.18 - 0.22 * reach, hip + 0.12 + 0.14 * reach)
        parts += _arm(outfit, (side * 0.18, 0.06 + lean, shoulder - 0.03), elbow, hand)
    return piece(parts, weight=2.4)


def _torso(
    rng: np.random.Generator, outfit: Outfit, hip: float, shoulder: float, lean: float, tall: float
) -> list[Primitive]:
    """Pelvis, chest, shoulders, neck, head and hair; lean: how far the shoulders are behind the hips."""
    wide, deep = between(rng, 0.3, 0.38), between(rng, 0.19, 0.26)
    tilt = rotation(roll_rad=-float(np.arctan2(lean, shoulder - hip)))
    mid = (0, lean / 2, (hip + shoulder) / 2)
    head_h = 0.235
    crown = shoulder + tall * 0.165
    y = lean - 0.02
    parts: list[Primitive] = [
        ellipsoid((wide, deep * 1.05, 0.27), (0, 0, hip), PERSON, outfit.trousers),
        cylinder(
            (wide * 0.88, deep * 0.9, shoulder - hip), mid, PERSON, outfit.top, turn=tilt, taper=between(rng, 1.05, 1.2)
        ),
        ellipsoid(
            (wide * 0.98, deep * 1.08, (shoulder - hip) * 0.95),
            (0, lean / 2 - 0.012, (hip + shoulder) / 2),
            PERSON,
            outfit.top,
            turn=tilt,
        ),
        ellipsoid((wide * 1.24, deep * 0.82, 0.19), (0, lean, shoulder - 0.03), PERSON, outfit.top),
        cylinder((0.11, 0.115, 0.14), (0, lean - 0.005, shoulder + 0.07), PERSON, outfit.skin),
        ellipsoid((0.155, 0.195, head_h), (0, y, crown - head_h / 2), PERSON, outfit.skin),
        ellipsoid((0.175, 0.205, 0.17), (0, y + 0.024, crown - 0.07), PERSON, outfit.hair),
        ellipsoid((0.03, 0.04, 0.05), (0, y - 0.1, crown - 0.135), PERSON, outfit.skin),
        ellipsoid((0.045, 0.012, 0.014), (0, y - 0.085, crown - 0.175), PERSON, outfit.lips),
    ]
    for side in (-1, 1):
        parts.append(ellipsoid((0.026, 0.014, 0.014), (side * 0.032, y - 0.091, crown - 0.112), PERSON, outfit.eyes))
    if outfit.long_hair:
        parts.append(ellipsoid((0.19, 0.14, 0.34), (0, y + 0.055, crown - 0.18), PERSON, outfit.hair))
    return parts


def _leg(outfit: Outfit, hip: Point, knee: Point, foot: Point) -> list[Primitive]:
    return [
        _limb(hip, knee, 0.165, 0.75, outfit.trousers),
        ellipsoid((0.13, 0.13, 0.14), knee, PERSON, outfit.trousers),
        _limb(knee, foot, 0.125, 0.72, outfit.trousers),
        ellipsoid((0.1, 0.27, 0.1), (foot[0], foot[1] - 0.06, 0.05), PERSON, outfit.shoes),
    ]


def _arm(outfit: Outfit, shoulder: Point, elbow: Point, hand: Point) -> list[Primitive]:
    return [
        ellipsoid((0.12, 0.13, 0.13), shoulder, PERSON, outfit.top),
        _limb(shoulder, elbow, 0.105, 0.8, outfit.top),
        ellipsoid((0.088, 0.088, 0.088), elbow, PERSON, outfit.sleeves),
        _limb(elbow, hand, 0.085, 0.7, outfit.sleeves),
        ellipsoid((0.075, 0.1, 0.11), hand, PERSON, outfit.skin),
    ]


def _limb(start: Point, end: Point, thick_m: float, taper: float, material: Material) -> Primitive:
    bar = rod(start, end, thick_m, PERSON, material)
    return Primitive(bar.shape, bar.half_m, bar.centre_m, bar.rotation, PERSON, material, taper)

"""Screens (class tv, as SUN RGB-D has it) and what belongs to a computer (void)."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.labels import TV, WHITEBOARD
from sensors.rooms.materials import Material
from sensors.rooms.palettes import looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import VOID, Primitive, box, cylinder, ellipsoid, rod, rotation


def panel(rng: np.random.Generator, lit: float) -> Material:
    """The front of a screen, lit that often."""
    if chance(rng, lit):
        return Material(
            (0.7, 0.75, 0.8),
            "screen_on",
            (0.2, 0.3, 0.5),
            0.1,
            1.0,
            looks.seed(rng),
            0.3,
            infrared=0.05,
            surface="screen",
        )
    return Material(
        (0.03, 0.03, 0.035),
        "screen_off",
        (0.06, 0.06, 0.07),
        0.1,
        0.5,
        looks.seed(rng),
        0.6,
        infrared=0.04,
        surface="screen",
    )


def television(rng: np.random.Generator, style: Style) -> Piece:
    """A flat screen on its foot, or an old one with a tube."""
    w = between(rng, 0.7, 1.25)
    frame = looks.dark_plastic(rng)
    if chance(rng, 0.12):
        return _tube(rng, frame, between(rng, 0.45, 0.65))
    high, foot = w * 0.57, between(rng, 0.05, 0.09)
    parts = _flat(rng, w, high, foot + high / 2, frame, 0.4)
    parts.append(box((w * 0.4, 0.2, 0.02), (0, 0, 0.01), TV, frame))
    parts.append(box((0.08, 0.04, foot + 0.05), (0, 0.02, foot / 2 + 0.02), TV, frame))
    return piece(parts, weight=3.0)


def wall_television(rng: np.random.Generator, style: Style) -> Piece:
    """A flat screen on the wall, its lower edge at z = 0."""
    w = between(rng, 0.75, 1.4)
    parts = _flat(rng, w, w * 0.57, w * 0.285, looks.dark_plastic(rng), 0.4)
    for p in parts:
        p.centre_m[1] -= 0.06
    parts.append(box((w * 0.3, 0.04, w * 0.2), (0, -0.02, w * 0.28), TV, looks.dark_plastic(rng)))
    return piece(parts, weight=3.0)


def monitor(rng: np.random.Generator, style: Style) -> Piece:
    """A computer's screen on its stand."""
    w = between(rng, 0.38, 0.62)
    high = w * pick(rng, (0.58, 0.64, 0.78))
    frame = looks.dark_plastic(rng) if chance(rng, 0.8) else looks.plastic(rng, (0.8, 0.8, 0.78))
    rise = between(rng, 0.08, 0.16)
    parts = _flat(rng, w, high, rise + high / 2, frame, 0.55)
    parts.append(box((0.06, 0.03, rise + high * 0.4), (0, 0.035, (rise + high * 0.4) / 2), TV, frame))
    if chance(rng, 0.5):
        parts.append(box((w * 0.45, 0.18, 0.016), (0, 0.01, 0.008), TV, frame, bevel_m=0.006))
    else:
        parts.append(cylinder((w * 0.45, 0.2, 0.018), (0, 0.01, 0.009), TV, frame))
    return piece(parts, weight=2.2)


def laptop(rng: np.random.Generator, style: Style) -> Piece:
    """An open laptop; void, as keyboards are."""
    w = between(rng, 0.3, 0.38)
    d = w * 0.68
    case = looks.plastic(rng, pick(rng, ((0.7, 0.7, 0.72), (0.1, 0.1, 0.11), (0.3, 0.3, 0.32))))
    lean = between(rng, 0.15, 0.5)
    turn = rotation(roll_rad=-lean)
    y, z = d / 2 + d / 2 * float(np.sin(lean)), 0.018 + d / 2 * float(np.cos(lean))
    nudge = turn @ np.array([0.0, -0.005, 0.0])
    parts = [
        box((w, d, 0.018), (0, 0, 0.009), VOID, case),
        box((w * 0.88, d * 0.5, 0.002), (0, d * 0.15, 0.019), VOID, _keys(rng)),
        box((w, 0.008, d), (0, y, z), VOID, case, turn=turn),
        box(
            (w * 0.94, 0.004, d * 0.9), (0, y + float(nudge[1]), z + float(nudge[2])), VOID, panel(rng, 0.7), turn=turn
        ),
    ]
    return piece(parts, weight=0.7)


def keyboard(rng: np.random.Generator, style: Style) -> Piece:
    """A keyboard, often with a mouse."""
    w, case = (
        between(rng, 0.36, 0.46),
        looks.dark_plastic(rng) if chance(rng, 0.7) else looks.plastic(rng, (0.8, 0.8, 0.78)),
    )
    parts: list[Primitive] = [
        box((w, 0.15, 0.02), (0, 0, 0.01), VOID, case, bevel_m=0.006),
        box((w * 0.96, 0.13, 0.003), (0, 0, 0.021), VOID, _keys(rng)),
    ]
    if chance(rng, 0.7):
        parts.append(ellipsoid((0.06, 0.1, 0.05), (w / 2 + 0.08, 0, 0.012), VOID, case))
    return piece(parts, weight=0.3)


def computer(rng: np.random.Generator, style: Style) -> Piece:
    """A computer's case: void."""
    case = looks.dark_plastic(rng) if chance(rng, 0.75) else looks.plastic(rng, (0.78, 0.78, 0.75))
    w, d, high = between(rng, 0.16, 0.21), between(rng, 0.38, 0.46), between(rng, 0.36, 0.45)
    parts = [
        box((w, d, high), (0, 0, high / 2), VOID, case),
        box((w * 0.8, 0.01, high * 0.3), (0, -d / 2, high * 0.75), VOID, looks.dark_plastic(rng)),
    ]
    return piece(parts, weight=0.4)


def printer(rng: np.random.Generator, style: Style) -> Piece:
    """A printer: void."""
    case, dark = looks.plastic(rng, pick(rng, ((0.85, 0.85, 0.84), (0.2, 0.2, 0.21)))), looks.dark_plastic(rng)
    w, d, high = between(rng, 0.38, 0.46), between(rng, 0.3, 0.4), between(rng, 0.18, 0.3)
    parts = [
        box((w, d, high), (0, 0, high / 2), VOID, case, bevel_m=0.02),
        box((w * 0.8, 0.02, high * 0.25), (0, -d / 2, high * 0.35), VOID, dark),
        box((w * 0.6, 0.14, 0.01), (0, -d / 2 - 0.06, high * 0.25), VOID, case, turn=rotation(roll_rad=0.2)),
        box((w * 0.6, 0.02, 0.16), (0, d / 2 - 0.04, high + 0.06), VOID, case, turn=rotation(roll_rad=-0.4)),
    ]
    return piece(parts, weight=0.4)


def projector_screen(rng: np.random.Generator, style: Style) -> Piece:
    """A white screen to project on, lit or not, its lower edge at z = 0; labelled whiteboard."""
    w = between(rng, 1.6, 2.2)
    high = w * 0.62
    white = Material((0.9, 0.9, 0.9), infrared=0.8)
    if chance(rng, 0.45):
        white = panel(rng, 1.0).with_(surface="glow", infrared=0.7)
    parts = [
        box((w, 0.012, high), (0, -0.06, high / 2), WHITEBOARD, white),
        rod(
            (-w / 2 - 0.05, -0.06, high),
            (w / 2 + 0.05, -0.06, high),
            0.07,
            WHITEBOARD,
            looks.plastic(rng, (0.85, 0.85, 0.85)),
        ),
        box((w, 0.03, 0.03), (0, -0.06, 0), WHITEBOARD, looks.dark_plastic(rng)),
        box((w * 0.5, 0.06, 0.04), (0, -0.03, high), WHITEBOARD, looks.metal(rng)),
    ]
    return piece(parts, weight=1.6)


def _flat(rng: np.random.Generator, w: float, high: float, z: float, frame: Material, lit: float) -> list[Primitive]:
    """A flat screen whose middle is at height z, facing -y."""
    edge = between(rng, 0.008, 0.025)
    return [
        box((w, 0.03, high), (0, 0, z), TV, frame, bevel_m=0.006),
        box((w - 2 * edge, 0.006, high - 2 * edge), (0, -0.0155, z), TV, panel(rng, lit)),
        box((w * 0.6, 0.04, high * 0.6), (0, 0.03, z), TV, frame, bevel_m=0.01),
    ]


def _tube(rng: np.random.Generator, frame: Material, w: float) -> Piece:
    high = w * 0.8
    parts = [
        box((w, w * 0.45, high), (0, -w * 0.2, high / 2), TV, frame, bevel_m=0.02),
        box((w * 0.7, w * 0.5, high * 0.75), (0, w * 0.15, high * 0.45), TV, frame, bevel_m=0.04),
        box((w * 0.82, 0.01, high * 0.74), (0, -w * 0.425, high * 0.54), TV, panel(rng, 0.3)),
    ]
    return piece(parts, weight=1.6)


def _keys(rng: np.random.Generator) -> Material:
    return Material((0.12, 0.12, 0.13), "keys", (0.45, 0.45, 0.46), 0.019, 1.0, looks.seed(rng), 0.1, infrared=0.15)

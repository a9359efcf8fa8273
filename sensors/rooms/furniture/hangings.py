"""What hangs on walls: pictures, posters, paper, mirrors, boards, clocks, radiators, pipes, switches."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, pick_weighted, whole
from sensors.rooms.furniture.parts import FACING, rim
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.labels import MIRROR, PAPER, PICTURE, WHITEBOARD
from sensors.rooms.materials import Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import VOID, Primitive, box, cylinder, ellipsoid, rod, rotation

# All have the wall at y = 0 and their lower edge at z = 0.


def picture(rng: np.random.Generator, style: Style) -> Piece:
    """A framed picture, with a mount or without; or a poster, or a canvas."""
    long_side, ratio = between(rng, 0.25, 1.0), between(rng, 0.62, 1.0)
    w, high = (long_side, long_side * ratio) if chance(rng, 0.5) else (long_side * ratio, long_side)
    form = pick_weighted(rng, {"framed": 0.6, "poster": 0.25, "canvas": 0.15})
    if form == "poster":
        return piece([box((w, 0.004, high), (0, -0.003, high / 2), PICTURE, _art(rng, "poster"))], weight=1.2)
    if form == "canvas":
        return piece([box((w, 0.03, high), (0, -0.015, high / 2), PICTURE, _art(rng, "picture"))], weight=1.2)
    bar = between(rng, 0.015, 0.06)
    frame = pick(rng, (style.wood, style.metal, style.body))()
    parts = rim(w, high, 0.025, bar, (0, -0.0125, high / 2), PICTURE, frame)
    inner_w, inner_h = w - 2 * bar, high - 2 * bar
    if chance(rng, 0.4) and min(inner_w, inner_h) > 0.2:
        parts.append(
            box((inner_w, 0.01, inner_h), (0, -0.006, high / 2), PICTURE, Material(colors.white(rng), gloss=0.3))
        )
        inner_w, inner_h = inner_w * 0.66, inner_h * 0.66
    parts.append(box((inner_w, 0.012, inner_h), (0, -0.0075, high / 2), PICTURE, _art(rng, "picture")))
    return piece(parts, weight=1.2)


def pictures(rng: np.random.Generator, style: Style) -> Piece:
    """Two to five small pictures beside each other."""
    parts: list[Primitive] = []
    x = 0.0
    for _ in range(whole(rng, 2, 5)):
        one = picture(rng, style)
        if one.width_m > 0.6:
            continue
        for p in one.primitives:
            p.centre_m[0] += x + one.width_m / 2
        x += one.width_m + between(rng, 0.05, 0.15)
        parts += one.primitives
    if not parts:
        return picture(rng, style)
    for p in parts:
        p.centre_m[0] -= x / 2
    return piece(parts, weight=1.4)


def notices(rng: np.random.Generator, style: Style) -> Piece:
    """Sheets of paper stuck to the wall, somewhat crooked."""
    parts: list[Primitive] = []
    columns, rows = whole(rng, 1, 3), whole(rng, 1, 2)
    for column in range(columns):
        for row in range(rows):
            if chance(rng, 0.2) and parts:
                continue
            w, high = (0.21, 0.297) if chance(rng, 0.75) else (0.297, 0.21)
            at = (column * 0.33, -0.002, 0.16 + row * 0.34 + between(rng, -0.02, 0.02))
            turn = rotation(pitch_rad=between(rng, -0.05, 0.05))
            parts.append(box((w, 0.002, high), at, PAPER, looks.white_paper(rng), turn=turn))
    for p in parts:
        p.centre_m[0] -= (columns - 1) * 0.165
    return piece(parts, weight=1.2)


def notice_board(rng: np.random.Generator, style: Style) -> Piece:
    """A cork or cloth board (no class) with sheets pinned on it."""
    w, high = between(rng, 0.6, 1.3), between(rng, 0.5, 0.9)
    cork = Material(
        pick(rng, ((0.66, 0.5, 0.34), (0.3, 0.4, 0.5), (0.5, 0.5, 0.5))),
        "speckle",
        (0.5, 0.36, 0.24),
        0.01,
        0.6,
        looks.seed(rng),
    )
    parts = rim(w, high, 0.025, 0.03, (0, -0.0125, high / 2), VOID, style.body())
    parts.append(box((w - 0.06, 0.012, high - 0.06), (0, -0.006, high / 2), VOID, cork))
    for _ in range(whole(rng, 2, 8)):
        size = pick(rng, ((0.21, 0.297), (0.15, 0.21), (0.1, 0.1), (0.297, 0.21)))
        at = (
            between(rng, -0.5, 0.5) * (w - size[0] - 0.1),
            -0.0135 - 0.0005 * len(parts),
            high / 2 + between(rng, -0.5, 0.5) * (high - size[1] - 0.1),
        )
        turn = rotation(pitch_rad=between(rng, -0.08, 0.08))
        sheet = looks.white_paper(rng) if chance(rng, 0.75) else _art(rng, "poster")
        parts.append(box((size[0], 0.001, size[1]), at, PAPER, sheet, turn=turn))
    return piece(parts, weight=1.5)


def whiteboard(rng: np.random.Generator, style: Style) -> Piece:
    """A whiteboard (now and then a blackboard) with a ledge; something is written on most."""
    w, high = between(rng, 1.0, 2.4), between(rng, 0.8, 1.25)
    frame = looks.metal(rng)
    white = Material((0.92, 0.93, 0.93), "plain", seed=looks.seed(rng), gloss=0.4, infrared=0.75)
    if chance(rng, 0.12):
        white = white.with_(color=pick(rng, ((0.12, 0.25, 0.2), (0.12, 0.12, 0.13))), gloss=0.05, infrared=0.25)
    parts = rim(w, high, 0.025, 0.025, (0, -0.0125, high / 2), WHITEBOARD, frame)
    parts.append(box((w - 0.05, 0.012, high - 0.05), (0, -0.008, high / 2), WHITEBOARD, white))
    parts.append(box((w * 0.6, 0.07, 0.015), (0, -0.04, 0.01), WHITEBOARD, frame))
    if chance(rng, 0.75):
        for _ in range(whole(rng, 1, 3)):
            size = (between(rng, 0.25, 0.5) * w, between(rng, 0.25, 0.6) * high)
            at = (
                between(rng, -0.4, 0.4) * (w - size[0]),
                -0.0145,
                high / 2 + between(rng, -0.35, 0.35) * (high - size[1]),
            )
            ink = pick(rng, ((0.15, 0.2, 0.6), (0.1, 0.1, 0.1), (0.65, 0.15, 0.15), (0.1, 0.4, 0.2)))
            writing = white.with_(pattern="paper", accent=ink, scale_m=between(rng, 0.03, 0.08), strength=0.8)
            parts.append(box((size[0], 0.001, size[1]), at, WHITEBOARD, writing))
    for k in range(whole(rng, 0, 4)):
        pen = looks.plastic(rng)
        parts.append(rod((-0.2 + k * 0.1, -0.05, 0.025), (-0.12 + k * 0.1, -0.045, 0.025), 0.016, VOID, pen))
    return piece(parts, weight=2.0)


def mirror(rng: np.random.Generator, style: Style) -> Piece:
    """A mirror: upright, wide or round."""
    w, high = between(rng, 0.4, 0.8), between(rng, 0.5, 1.2)
    glass = Material((0.85, 0.87, 0.87), gloss=1.0, infrared=0.05, surface="mirror")
    if chance(rng, 0.2):
        parts: list[Primitive] = [
            cylinder((w, w, 0.02), (0, -0.01, w / 2), MIRROR, pick(rng, (style.wood, style.metal))(), turn=FACING),
            cylinder((w * 0.92, w * 0.92, 0.024), (0, -0.012, w / 2), MIRROR, glass, turn=FACING),
        ]
        return piece(parts, weight=2.8)
    bar = 0.012 if chance(rng, 0.4) else between(rng, 0.03, 0.08)
    frame = pick(rng, (style.wood, style.metal, style.body))()
    parts = rim(w, high, 0.03, bar, (0, -0.015, high / 2), MIRROR, frame)
    parts.append(box((w - 2 * bar, 0.014, high - 2 * bar), (0, -0.008, high / 2), MIRROR, glass))
    return piece(parts, weight=2.8)


def clock(rng: np.random.Generator, style: Style) -> Piece:
    """A wall clock: void."""
    across = between(rng, 0.2, 0.36)
    case, face = looks.plastic(rng), Material(colors.white(rng), infrared=0.7)
    z, hand = across / 2, Material((0.05, 0.05, 0.05), infrared=0.1)
    parts: list[Primitive] = [
        cylinder((across, across, 0.04), (0, -0.02, z), VOID, case, turn=FACING),
        cylinder((across * 0.88, across * 0.88, 0.042), (0, -0.022, z), VOID, face, turn=FACING),
    ]
    for long_m in (0.36, 0.25):
        a = rng.random() * 6.28
        end = (across * long_m * float(np.sin(a)), -0.045, z + across * long_m * float(np.cos(a)))
        parts.append(rod((0, -0.045, z), end, 0.01, VOID, hand))
    return piece(parts, weight=0.5)


def radiator(rng: np.random.Generator, style: Style) -> Piece:
    """A radiator under a window or anywhere: ribs or a panel; void."""
    w, high = between(rng, 0.6, 1.5), between(rng, 0.4, 0.65)
    white = looks.ceramic(rng).with_(gloss=0.2)
    parts: list[Primitive] = []
    if chance(rng, 0.5):
        count = min(int(w / 0.06), 18)
        for k in range(count):
            x = (k + 0.5 - count / 2) * w / count
            parts.append(box((w / count * 0.7, 0.1, high), (x, -0.08, high / 2), VOID, white, bevel_m=0.015))
        parts.append(box((w, 0.05, 0.05), (0, -0.08, high * 0.15), VOID, white))
    else:
        slats = white.with_(pattern="stripes", accent=colors.shaded(white.color, 0.85), scale_m=0.035, strength=0.6)
        parts.append(box((w, 0.08, high), (0, -0.075, high / 2), VOID, slats, bevel_m=0.01))
        parts.append(box((w + 0.01, 0.1, 0.02), (0, -0.075, high), VOID, white))
    parts += [box((0.03, 0.06, 0.05), (side * w * 0.3, -0.03, high * 0.75), VOID, white) for side in (-1, 1)]
    pipe = looks.metal(rng)
    parts.append(rod((w / 2, -0.08, 0.06), (w / 2 + 0.06, -0.08, 0.06), 0.025, VOID, pipe))
    parts.append(rod((w / 2 + 0.06, -0.08, 0.07), (w / 2 + 0.06, -0.08, -0.1), 0.025, VOID, pipe))
    return piece(parts, weight=0.6)


def pipes(rng: np.random.Generator, height_m: float) -> Piece:
    """Pipes along the wall from floor to ceiling; void."""
    color = looks.paint(rng) if chance(rng, 0.7) else looks.metal(rng)
    parts = [
        rod((k * 0.09, -0.06, 0), (k * 0.09, -0.06, height_m), between(rng, 0.03, 0.06), VOID, color)
        for k in range(whole(rng, 1, 3))
    ]
    return piece(parts, weight=0.1)


def switch(rng: np.random.Generator, style: Style) -> Piece:
    """Light switches or sockets; void."""
    count, white = whole(rng, 1, 2), looks.plastic(rng, colors.white(rng))
    parts: list[Primitive] = []
    for k in range(count):
        x = (k + 0.5 - count / 2) * 0.081
        parts.append(box((0.08, 0.01, 0.08), (x, -0.005, 0.04), VOID, white))
        parts.append(
            box((0.045, 0.016, 0.045), (x, -0.006, 0.04), VOID, white.with_(color=colors.shaded(white.color, 0.93)))
        )
    return piece(parts, weight=0.05)


def wall_plate(rng: np.random.Generator, style: Style) -> Piece:
    """A fuse box, thermostat, fire extinguisher or loudspeaker; void."""
    if chance(rng, 0.35):
        red = looks.plastic(rng, (0.75, 0.1, 0.1))
        return piece(
            [
                cylinder((0.15, 0.15, 0.42), (0, -0.09, 0.24), VOID, red),
                ellipsoid((0.15, 0.15, 0.12), (0, -0.09, 0.45), VOID, red),
                box((0.05, 0.08, 0.07), (0, -0.09, 0.53), VOID, looks.dark_plastic(rng)),
            ],
            weight=0.4,
        )
    w, high = between(rng, 0.12, 0.4), between(rng, 0.12, 0.5)
    return piece([box((w, 0.07, high), (0, -0.035, high / 2), VOID, looks.plastic(rng), bevel_m=0.01)], weight=0.2)


def _art(rng: np.random.Generator, pattern: str) -> Material:
    color, accent = colors.drawn(rng, colors.GOODS), colors.drawn(rng, colors.GOODS)
    return Material(
        color,
        "poster" if pattern == "poster" else "picture",
        accent,
        between(rng, 0.1, 0.4),
        1.0,
        looks.seed(rng),
        between(rng, 0.0, 0.5),
        infrared=0.6,
    )

"""Bathrooms: toilets, wash basins, bathtubs, shower curtains."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.parts import FACING, front_panel
from sensors.rooms.furniture.piece import Piece, Support, piece
from sensors.rooms.labels import BATHTUB, CABINET, COUNTER, SHOWER_CURTAIN, SINK, TOILET
from sensors.rooms.materials import Material, Pattern
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import VOID, Primitive, box, cylinder, ellipsoid, moved, rod, rotation


def toilet(rng: np.random.Generator, style: Style) -> Piece:
    """A toilet with its cistern; the lid is shut or up."""
    white = looks.ceramic(rng)
    lid = white if chance(rng, 0.7) else looks.plastic(rng)
    w, long_m, seat = between(rng, 0.35, 0.4), between(rng, 0.44, 0.5), between(rng, 0.38, 0.43)
    depth = long_m + 0.2
    back = depth / 2
    y = back - 0.2 - long_m / 2
    parts = [
        cylinder((w * 0.62, long_m * 0.72, seat - 0.06), (0, y + 0.04, (seat - 0.06) / 2), TOILET, white, taper=1.25),
        ellipsoid((w, long_m, 0.3), (0, y, seat - 0.1), TOILET, white),
        cylinder((w * 0.98, long_m * 0.98, 0.06), (0, y, seat - 0.05), TOILET, white),
        box((w * 0.5, 0.2, seat - 0.1), (0, back - 0.12, (seat - 0.1) / 2), TOILET, white, bevel_m=0.02),
    ]
    tank_h = between(rng, 0.3, 0.4)
    supports: list[Support] = []
    if chance(rng, 0.85):
        top = seat - 0.0025 + tank_h
        supports.append(Support("top", -w / 2 + 0.03, back - 0.16, w / 2 - 0.03, back - 0.03, top, 0.3))
        parts.append(
            box((w + 0.04, 0.17, tank_h), (0, back - 0.09, seat - 0.02 + tank_h / 2), TOILET, white, bevel_m=0.03)
        )
        parts.append(
            box((w + 0.06, 0.19, 0.035), (0, back - 0.095, seat - 0.02 + tank_h), TOILET, white, bevel_m=0.015)
        )
    if chance(rng, 0.3):
        tilt = rotation(roll_rad=np.pi / 2 - 0.12)
        at = (0, back - 0.21, seat + long_m / 2 - 0.03)
        parts.append(cylinder((w * 0.96, long_m * 0.95, 0.025), at, TOILET, lid, turn=tilt))
        parts.append(
            cylinder((w * 0.7, long_m * 0.68, 0.03), (0, y - 0.01, seat - 0.02), TOILET, Material((0.7, 0.73, 0.75)))
        )
    else:
        parts.append(cylinder((w * 1.0, long_m * 1.0, 0.035), (0, y, seat - 0.003), TOILET, lid, taper=0.95))
    return piece(parts, supports, front_m=0.5, weight=4.0)


def wash_basin(rng: np.random.Generator, style: Style) -> Piece:
    """A wash basin on a foot, on the wall, or let into a cupboard with a top."""
    if chance(rng, 0.5):
        return _vanity(rng, style)
    white = looks.ceramic(rng)
    w, d, high = between(rng, 0.45, 0.62), between(rng, 0.38, 0.48), between(rng, 0.8, 0.88)
    parts = _bowl(rng, white, w, d, high)
    if chance(rng, 0.7):
        parts.append(cylinder((0.17, 0.16, high - 0.14), (0, 0.08, (high - 0.14) / 2), SINK, white, taper=1.15))
    else:
        parts.append(rod((0, 0.05, high - 0.14), (0, 0.05, 0.45), 0.04, SINK, looks.metal(rng)))
        parts.append(rod((0, 0.05, 0.46), (0, d / 2 - 0.01, 0.46), 0.04, SINK, looks.metal(rng)))
    return piece(parts, (), front_m=0.5, weight=3.5)


def bathtub(rng: np.random.Generator, style: Style) -> Piece:
    """A bathtub along a wall: an apron, a rim, a hollow."""
    white = looks.ceramic(rng)
    w, d, high = between(rng, 1.45, 1.75), between(rng, 0.7, 0.8), between(rng, 0.48, 0.62)
    apron = white if chance(rng, 0.7) else looks.stone(rng)
    edge, deep = between(rng, 0.06, 0.1), between(rng, 0.3, 0.4)
    parts: list[Primitive] = []
    for side in (-1, 1):
        parts.append(
            box(
                (w, edge, high),
                (0, side * (d - edge) / 2, high / 2),
                BATHTUB,
                apron if side < 0 else white,
                bevel_m=0.025,
            )
        )
        parts.append(
            box(
                (edge * 1.6, d - 2 * edge, high),
                (side * (w - edge * 1.6) / 2, 0, high / 2),
                BATHTUB,
                white,
                bevel_m=0.025,
            )
        )
        lean = rotation(pitch_rad=side * 0.35)
        parts.append(
            box(
                (0.05, d - 2 * edge, deep + 0.08),
                (side * (w / 2 - edge * 1.6 - 0.06), 0, high - deep / 2 - 0.03),
                BATHTUB,
                white,
                turn=lean,
            )
        )
    parts.append(box((w - edge, d - edge, 0.03), (0, 0, high - deep), BATHTUB, white))
    end = pick(rng, (-1, 1))
    tap = looks.metal(rng)
    parts.append(rod((end * (w / 2 - 0.04), 0, high), (end * (w / 2 - 0.04), 0, high + 0.1), 0.03, BATHTUB, tap))
    parts.append(
        rod((end * (w / 2 - 0.04), 0, high + 0.09), (end * (w / 2 - 0.18), 0, high + 0.07), 0.028, BATHTUB, tap)
    )
    support = Support("basin", -w / 2 + 0.1, -d / 2 + 0.004, w / 2 - 0.1, -d / 2 + edge - 0.004, high, 0.4)
    return piece(parts, (support,), front_m=0.5, weight=2.4)


def shower_curtain(
    rng: np.random.Generator, style: Style, width_m: float, rail_m: float, low_m: float, back_m: float
) -> Piece:
    """A curtain on a rail rail_m above the floor, gathered to one side or across the whole width.

    low_m: how far down it hangs. back_m: how far behind it the wall is that the rail's ends are fixed to.
    """
    cloth = _shower_cloth(rng)
    drawn = between(rng, 0.3, 1.0)
    side = pick(rng, (-1, 1))
    metal = looks.metal(rng)
    parts: list[Primitive] = [rod((-width_m / 2, 0, rail_m), (width_m / 2, 0, rail_m), 0.025, VOID, metal)]
    for end in (-1, 1):
        x = end * width_m / 2
        parts.append(rod((x, 0, rail_m), (x, back_m, rail_m), 0.025, VOID, metal))
    wide = width_m * drawn
    count = max(2, round(wide / between(rng, 0.22, 0.4)))
    bottom = max(low_m, 0.05)
    for k in range(count):
        x = side * (width_m / 2 - (k + 0.5) * wide / count)
        high = rail_m - 0.03 - bottom + between(rng, -0.01, 0.01)
        turn = rotation(between(rng, -0.15, 0.15))
        at = (x, between(rng, -0.012, 0.012), rail_m - 0.03 - high / 2)
        parts.append(
            box(
                (wide / count * 1.04, between(rng, 0.02, 0.05), high),
                at,
                SHOWER_CURTAIN,
                cloth,
                turn=turn,
                bevel_m=0.015,
            )
        )
    return piece(parts, (), weight=2.2)


def shower_tray(rng: np.random.Generator, style: Style) -> Piece:
    """A shower's tray with a hose on the wall and a curtain before it."""
    w = between(rng, 0.8, 1.0)
    white, tap = looks.ceramic(rng), looks.metal(rng)
    parts: list[Primitive] = [
        box((w, w, 0.1), (0, 0, 0.05), BATHTUB, white, bevel_m=0.03),
        rod((0, w / 2 - 0.05, 1.0), (0, w / 2 - 0.05, 2.0), 0.022, VOID, tap),
        cylinder((0.2, 0.2, 0.02), (0, w / 2 - 0.2, 2.0), VOID, tap),
        rod((0, w / 2 - 0.05, 2.0), (0, w / 2 - 0.2, 2.01), 0.022, VOID, tap),
        box((0.16, 0.06, 0.06), (0, w / 2 - 0.05, 1.05), VOID, tap),
    ]
    curtain = shower_curtain(rng, style, w - 0.03, 2.0, 0.14, w - 0.03)
    parts += moved(curtain.primitives, y_m=-w / 2 + 0.03)
    return piece(parts, (), front_m=0.4, weight=2.0)


def paper_roll(rng: np.random.Generator, style: Style) -> Piece:
    """A toilet-paper roll on its holder, on the wall; its middle at z = 0."""
    parts = [
        cylinder(
            (0.11, 0.11, 0.1),
            (0, -0.07, 0),
            VOID,
            Material(colors.white(rng), "fabric", infrared=0.75),
            turn=rotation(pitch_rad=np.pi / 2),
        ),
        box((0.13, 0.03, 0.04), (0, -0.015, 0.05), VOID, looks.metal(rng)),
    ]
    return piece(parts, (), weight=0.2)


def _bowl(rng: np.random.Generator, white: Material, w: float, d: float, high: float) -> list[Primitive]:
    """A basin seen from outside, with a shaded hollow and a tap."""
    hollow = white.with_(color=colors.shaded(white.color, 0.84))
    tap, rise = looks.metal(rng), between(rng, 0.1, 0.18)
    y = d / 2 - 0.06
    return [
        cylinder((w * 0.5, d * 0.5, 0.16), (0, 0.01, high - 0.1), SINK, white, taper=1.9),
        ellipsoid((w * 0.56, d * 0.54, 0.12), (0, 0.01, high - 0.17), SINK, white),
        box((w * 0.9, 0.14, 0.1), (0, d / 2 - 0.07, high - 0.05), SINK, white, bevel_m=0.02),
        cylinder((w * 0.98, d * 0.98, 0.035), (0, 0, high - 0.0175), SINK, white, taper=1.02),
        cylinder((w * 0.76, d * 0.62, 0.006), (0, -0.03, high), SINK, hollow),
        cylinder(
            (w * 0.5, d * 0.4, 0.008), (0, -0.03, high), SINK, hollow.with_(color=colors.shaded(white.color, 0.72))
        ),
        ellipsoid((0.035, 0.035, 0.012), (0, -0.03, high + 0.003), SINK, tap),
        rod((0, y, high), (0, y, high + rise), 0.032, SINK, tap),
        rod((0, y, high + rise - 0.02), (0, y - 0.12, high + rise - 0.04), 0.028, SINK, tap),
    ]


def _vanity(rng: np.random.Generator, style: Style) -> Piece:
    w, d, high = between(rng, 0.6, 1.3), between(rng, 0.42, 0.52), between(rng, 0.78, 0.86)
    front, top, white = style.body(), looks.stone(rng), looks.ceramic(rng)
    parts = [
        box((w, d, high - 0.14), (0, 0, 0.1 + (high - 0.14) / 2), CABINET, front),
        box((w - 0.06, d - 0.08, 0.1), (0, 0.02, 0.05), CABINET, front.with_(color=colors.shaded(front.color, 0.5))),
        box((w + 0.02, d + 0.02, 0.04), (0, 0, high - 0.02), COUNTER, top, bevel_m=0.008),
    ]
    doors, handle = whole(rng, 1, 3), style.metal()
    for k in range(doors):
        at = ((k + 0.5 - doors / 2) * w / doors, -d / 2, 0.1 + (high - 0.15) / 2)
        parts += front_panel(w / doors, high - 0.16, at, CABINET, front, handle, upright=True, side=1)
    wide = min(w - 0.12, between(rng, 0.42, 0.56))
    x = between(rng, -1, 1) * (w - wide - 0.1) / 2
    for p in _bowl(rng, white, wide, d * 0.86, high + between(rng, 0.01, 0.1)):
        p.centre_m[0] += x
        parts.append(p)
    supports = []
    if x - wide / 2 + w / 2 > 0.16:
        supports.append(Support("basin", -w / 2 + 0.02, -d / 2 + 0.04, x - wide / 2 - 0.02, d / 2 - 0.04, high, 0.4))
    if w / 2 - x - wide / 2 > 0.16:
        supports.append(Support("basin", x + wide / 2 + 0.02, -d / 2 + 0.04, w / 2 - 0.02, d / 2 - 0.04, high, 0.4))
    return piece(parts, supports, front_m=0.5, weight=3.5)


def washing_machine(rng: np.random.Generator, style: Style) -> Piece:
    """A washing machine; no class of its own, so void."""
    white, w, d, high = looks.ceramic(rng), 0.6, between(rng, 0.5, 0.6), 0.85
    parts = [
        box((w, d, high), (0, 0, high / 2), VOID, white, bevel_m=0.015),
        cylinder((0.36, 0.36, 0.04), (0, -d / 2, 0.45), VOID, looks.metal(rng), turn=FACING),
        cylinder((0.28, 0.28, 0.05), (0, -d / 2, 0.45), VOID, looks.dark_plastic(rng), turn=FACING),
        box((w * 0.4, 0.01, 0.07), (0.08, -d / 2 - 0.004, high - 0.08), VOID, looks.dark_plastic(rng)),
    ]
    return piece(parts, (Support("top", -0.27, -d / 2 + 0.03, 0.27, d / 2 - 0.03, high, 0.5),), front_m=0.4)


def _shower_cloth(rng: np.random.Generator) -> Material:
    color = colors.drawn(rng, {colors.white: 0.4, colors.muted: 0.25, colors.vivid: 0.2, colors.beige: 0.15})
    patterns: tuple[Pattern, ...] = ("folds", "folds", "stripes", "dots", "floral", "checks")
    pattern = pick(rng, patterns)
    scale_m = between(rng, 0.06, 0.14) if pattern == "folds" else between(rng, 0.08, 0.25)
    return Material(
        color,
        pattern,
        colors.drawn(rng, colors.CLOTH),
        scale_m,
        between(rng, 0.5, 1.0),
        looks.seed(rng),
        0.15,
        0.6,
        looks.infrared(rng, color, 0.3),
    )

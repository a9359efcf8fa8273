"""Books: rows on boards, stacks, single ones lying about."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, whole
from sensors.rooms.furniture.piece import Piece, piece
from sensors.rooms.labels import BOOKS
from sensors.rooms.materials import Material
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, box, rotation


def cover(rng: np.random.Generator) -> Material:
    """One book's cover."""
    color = colors.drawn(rng, colors.GOODS)
    return Material(color, "plastic", seed=looks.seed(rng), gloss=0.1, infrared=looks.infrared(rng, color, 0.3))


def spines(rng: np.random.Generator) -> Material:
    """Many spines side by side."""
    color = colors.drawn(rng, colors.GOODS)
    return Material(
        color,
        "books",
        colors.drawn(rng, colors.GOODS),
        between(rng, 0.02, 0.04),
        1.0,
        looks.seed(rng),
        0.05,
        infrared=0.55,
    )


def book_row(
    rng: np.random.Generator, x0: float, x1: float, back_y: float, z: float, room_m: float, depth_m: float
) -> list[Primitive]:
    """Books upright from x0 to x1 in groups of a height, their backs at back_y; now and then one leans or lies."""
    parts: list[Primitive] = []
    x = x0
    tallest = max(min(room_m - 0.02, 0.34), 0.12)
    while x < x1 - 0.03:
        wide = min(between(rng, 0.08, 0.35), x1 - x)
        high = tallest * between(rng, 0.62, 1.0)
        deep = min(depth_m - 0.04, between(rng, 0.13, 0.22))
        if chance(rng, 0.12) and wide > 0.18:
            parts += _lying(rng, x + wide / 2, back_y - deep / 2, z, min(wide, 0.26), deep, tallest * 0.6)
        else:
            parts.append(
                box(
                    (wide - 0.004, deep, high),
                    (x + wide / 2, back_y - deep / 2, z + high / 2),
                    BOOKS,
                    spines(rng),
                    bevel_m=0.003,
                )
            )
        x += wide
    if chance(rng, 0.35) and x1 - x0 > 0.25:
        high, lean = tallest * 0.75, between(rng, 0.15, 0.3)
        reach = high * float(np.sin(lean)) + 0.03
        if x + reach < x1 + 0.02:
            at = (x + reach / 2, back_y - 0.09, z + high * float(np.cos(lean)) / 2)
            parts.append(box((0.025, 0.15, high), at, BOOKS, cover(rng), turn=rotation(pitch_rad=-lean)))
    return parts


def book_stack(rng: np.random.Generator, style: Style) -> Piece:
    """Books on top of each other, or one open or shut."""
    count = whole(rng, 1, 6)
    w, d = between(rng, 0.15, 0.24), between(rng, 0.2, 0.3)
    parts: list[Primitive] = []
    z = 0.0
    for _ in range(count):
        high, turn = between(rng, 0.012, 0.05), rotation(between(rng, -0.35, 0.35))
        size = (w * between(rng, 0.75, 1.0), d * between(rng, 0.75, 1.0), high)
        parts.append(
            box(
                size,
                (between(rng, -0.012, 0.012), between(rng, -0.012, 0.012), z + high / 2),
                BOOKS,
                cover(rng),
                turn=turn,
                bevel_m=0.003,
            )
        )
        if high > 0.022:
            pages = (size[0] * 0.97, size[1] * 1.006, high * 0.7)
            parts.append(
                box(
                    pages,
                    (parts[-1].centre_m[0] + 0.004, parts[-1].centre_m[1], z + high / 2),
                    BOOKS,
                    Material((0.9, 0.87, 0.8), infrared=0.75),
                    turn=turn,
                )
            )
        z += high
    return piece(parts, weight=0.9)


def open_book(rng: np.random.Generator, style: Style) -> Piece:
    """A book lying open."""
    page = looks.white_paper(rng)
    w, d = between(rng, 0.14, 0.2), between(rng, 0.2, 0.28)
    parts = [
        box((w, d, 0.014), (side * w / 2, 0, 0.014), BOOKS, page, turn=rotation(pitch_rad=side * 0.1))
        for side in (-1, 1)
    ]
    return piece(parts, weight=0.7)


def books_on_edge(rng: np.random.Generator, style: Style) -> Piece:
    """A short row of books standing by themselves, between book ends or leaning."""
    long_m = between(rng, 0.15, 0.5)
    parts = book_row(rng, -long_m / 2, long_m / 2, 0.1, 0.0, between(rng, 0.24, 0.34), 0.24)
    return piece(parts, weight=0.9)


def _lying(
    rng: np.random.Generator, x: float, y: float, z: float, wide: float, deep: float, most: float
) -> list[Primitive]:
    parts: list[Primitive] = []
    level = z
    while level - z < most and len(parts) < 4:
        high = between(rng, 0.02, 0.045)
        parts.append(box((wide * between(rng, 0.85, 1.0), deep, high), (x, y, level + high / 2), BOOKS, cover(rng)))
        level += high
    return parts

"""Bookshelves, open shelves and boards on walls."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, whole
from sensors.rooms.furniture.piece import Piece, Support, Use, piece
from sensors.rooms.furniture.volumes import book_row
from sensors.rooms.labels import BOOKSHELF, SHELVES
from sensors.rooms.materials import Material
from sensors.rooms.palettes.colors import shaded
from sensors.rooms.palettes.style import Style
from sensors.rooms.primitives import Primitive, box, rod


def bookshelf(rng: np.random.Generator, style: Style, width_m: float | None = None) -> Piece:
    """A case with a back and sides, most of its boards full of books."""
    w = between(rng, 0.6, 1.3) if width_m is None else width_m
    d, high = between(rng, 0.24, 0.34), between(rng, 1.0, 2.2)
    body, board = style.body(), between(rng, 0.018, 0.03)
    parts = _case(w, d, high, board, BOOKSHELF, body)
    rows = max(2, round(high / between(rng, 0.3, 0.4)))
    supports: list[Support] = []
    step = (high - 0.09) / rows
    for k in range(rows):
        z = 0.08 + k * step
        parts.append(box((w - 2 * board, d - 0.02, board), (0, -0.005, z - board / 2), BOOKSHELF, body))
        room = step - board
        if chance(rng, 0.82):
            full = between(rng, 0.45, 1.0)
            left = -w / 2 + board + 0.005
            parts += book_row(rng, left, left + (w - 2 * board - 0.01) * full, d / 2 - 0.02, z, room, d)
            if full < 0.75:
                supports.append(
                    Support(
                        "shelf",
                        left + (w - 2 * board) * full + 0.07,
                        -d / 2 + 0.03,
                        w / 2 - 0.05,
                        d / 2 - 0.03,
                        z,
                        room,
                    )
                )
        else:
            supports.append(Support("shelf", -w / 2 + 0.05, -d / 2 + 0.03, w / 2 - 0.05, d / 2 - 0.03, z, room))
    supports.append(Support("top", -w / 2 + 0.03, -d / 2 + 0.03, w / 2 - 0.03, d / 2 - 0.03, high, 0.4))
    return piece(parts, supports, front_m=0.4, weight=1.7)


def shelves(rng: np.random.Generator, style: Style) -> Piece:
    """Open boards on posts, without a back: boxes, linen, bottles and the like stand on them."""
    w, d, high = between(rng, 0.7, 1.4), between(rng, 0.28, 0.5), between(rng, 0.9, 2.1)
    frame, board = style.metal() if chance(rng, 0.6) else style.wood(), style.body()
    post = between(rng, 0.025, 0.045)
    parts = [
        box((post, post, high), (sx * (w - post) / 2, sy * (d - post) / 2, high / 2), SHELVES, frame)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    rows = whole(rng, 3, 5)
    step = (high - 0.15) / (rows - 1)
    supports = []
    for k in range(rows):
        z = 0.13 + k * step
        parts.append(box((w - 0.005, d - 0.005, 0.022), (0, 0, z - 0.011), SHELVES, board))
        supports.append(
            Support(
                "shelf",
                -w / 2 + post + 0.01,
                -d / 2 + 0.02,
                w / 2 - post - 0.01,
                d / 2 - 0.02,
                z,
                min(step - 0.03, 0.5),
            )
        )
    if chance(rng, 0.3):
        parts.append(rod((-w / 2, d / 2 - post, 0.2), (w / 2, d / 2 - post, high - 0.1), 0.012, SHELVES, frame))
        parts.append(rod((w / 2, d / 2 - post, 0.2), (-w / 2, d / 2 - post, high - 0.1), 0.012, SHELVES, frame))
    return piece(parts, supports, front_m=0.4, weight=1.6)


def cube_shelves(rng: np.random.Generator, style: Style) -> Piece:
    """A grid of open cubes, some with baskets' fronts."""
    columns, rows, cell = whole(rng, 1, 4), whole(rng, 2, 4), between(rng, 0.33, 0.39)
    w, high, d, board = columns * cell, rows * cell, 0.38, 0.03
    body = style.body()
    parts = _case(w + board, d, high + board, board, SHELVES, body, back=chance(rng, 0.4))
    supports = []
    for row in range(rows):
        z = max(board + row * cell, 0.05)
        if row:
            parts.append(box((w, d - 0.01, 0.018), (0, 0, z - 0.009), SHELVES, body))
        for column in range(columns):
            x = (column + 0.5 - columns / 2) * cell
            supports.append(
                Support("shelf", x - cell / 2 + 0.03, -d / 2 + 0.03, x + cell / 2 - 0.03, d / 2 - 0.03, z, cell - 0.03)
            )
    for column in range(1, columns):
        parts.append(
            box((0.018, d - 0.01, high), ((column - columns / 2) * cell, 0, high / 2 + board / 2), SHELVES, body)
        )
    supports.append(Support("top", -w / 2 + 0.03, -d / 2 + 0.03, w / 2 - 0.03, d / 2 - 0.03, high + board, 0.4))
    return piece(parts, supports, front_m=0.35, weight=1.6)


def wall_boards(rng: np.random.Generator, style: Style) -> Piece:
    """One to three boards on brackets, some with books; the wall at the back, the lowest board at z = 0."""
    return _boards(rng, style, between(rng, 0.5, 1.2), between(rng, 0.18, 0.28), "shelf", books=0.5)


def bathroom_boards(rng: np.random.Generator, style: Style) -> Piece:
    """Small boards for what a bathroom or a kitchen needs."""
    return _boards(rng, style, between(rng, 0.4, 0.7), between(rng, 0.12, 0.2), "basin", books=0.0)


def _boards(rng: np.random.Generator, style: Style, w: float, d: float, use: Use, books: float) -> Piece:
    count, step = whole(rng, 1, 3), between(rng, 0.28, 0.36)
    board, bracket = style.body(), style.metal()
    parts: list[Primitive] = []
    supports: list[Support] = []
    for k in range(count):
        z = k * step
        parts.append(box((w, d, 0.025), (0, -d / 2, z), SHELVES, board))
        for side in (-1, 1):
            parts.append(box((0.02, d * 0.8, 0.02), (side * w * 0.35, -d * 0.42, z - 0.02), SHELVES, bracket))
            parts.append(box((0.02, 0.015, 0.1), (side * w * 0.35, -0.008, z - 0.06), SHELVES, bracket))
        if chance(rng, books):
            left = -w / 2 + 0.04
            parts += book_row(rng, left, left + w * between(rng, 0.3, 0.9), -0.01, z + 0.0125, step - 0.06, d)
        else:
            supports.append(Support(use, -w / 2 + 0.03, -d + 0.01, w / 2 - 0.03, -0.01, z + 0.0125, step - 0.06))
    return piece(parts, supports, weight=1.4)


def display_rack(rng: np.random.Generator, style: Style) -> Piece:
    """A magazine or shop rack: slanted boards, each with things leaning on it."""
    w, high, d = between(rng, 0.6, 1.0), between(rng, 1.2, 1.8), 0.4
    body = style.body()
    parts = [box((w, 0.03, high), (0, d / 2 - 0.03, high / 2), SHELVES, body)]
    parts += [box((0.03, d, high * 0.9), (side * w / 2, 0, high * 0.45), SHELVES, body) for side in (-1, 1)]
    supports = []
    for k in range(3):
        z = 0.3 + k * (high - 0.4) / 3
        parts.append(box((w, d - 0.04, 0.02), (0, 0.0, z), SHELVES, body))
        parts.append(box((w, 0.015, 0.06), (0, -d / 2 + 0.03, z + 0.02), SHELVES, body))
        supports.append(
            Support(
                pick(rng, ("shelf", "books")),
                -w / 2 + 0.04,
                -d / 2 + 0.06,
                w / 2 - 0.04,
                d / 2 - 0.06,
                z + 0.01,
                (high - 0.4) / 3 - 0.04,
            )
        )
    return piece(parts, supports, front_m=0.4)


def _case(
    w: float, d: float, high: float, board: float, label: int, body: Material, *, back: bool = True
) -> list[Primitive]:
    parts = [box((board, d, high), (side * (w - board) / 2, 0, high / 2), label, body) for side in (-1, 1)]
    parts.append(box((w, d, board), (0, 0, high - board / 2), label, body))
    parts.append(box((w - 2 * board, d - 0.04, 0.05), (0, 0, 0.025), label, body))
    if back:
        inner = body.with_(color=shaded(body.color, 0.9))
        parts.append(box((w - board, 0.01, high - 0.02), (0, d / 2 - 0.006, high / 2), label, inner))
    return parts

"""Patterns drawn once as small images and then laid on a face: pictures, posters, lit screens, the view outside."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sensors.rooms.textures.noise import sampled
from sensors.rooms.textures.patch import Colors, Look, Patch

Image = NDArray[np.floating]  # (h, w, 3), 0..1, gamma encoded
SIDE = 128
VIEW_SIZE = (1024, 320)  # all around, and VIEW_REACH above and below the horizon
VIEW_REACH = 0.9  # radians


def _color(rng: np.random.Generator, dullest: float = 0.1, brightest: float = 0.95) -> tuple[float, float, float]:
    value, grey = rng.uniform(dullest, brightest), rng.uniform(0.2, 1.0)
    r, g, b = (value * (1 - grey + grey * rng.uniform(0.2, 1.0, 3))).tolist()
    return r, g, b


def _slope(top: tuple[float, ...], bottom: tuple[float, ...], height: int, width: int) -> Image:
    along = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    image = np.asarray(top, np.float32) * (1 - along) + np.asarray(bottom, np.float32) * along
    return np.repeat(image, width, axis=1)


def _soft(rng: np.random.Generator, height: int, width: int, cells: int) -> NDArray[np.floating]:
    """Smooth noise (height, width), 0..1."""
    small = rng.random((max(2, cells * height // width), cells), dtype=np.float32)
    large = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    return np.clip(large, 0, 1)


def _shapes(rng: np.random.Generator) -> Image:
    """An abstract painting."""
    image = _slope(_color(rng), _color(rng), SIDE, SIDE)
    for _ in range(int(rng.integers(4, 14))):
        x, y = (int(a) for a in rng.integers(0, SIDE, 2))
        w, h = (int(a) for a in rng.integers(8, SIDE // 2, 2))
        kind = rng.integers(3)
        if kind == 0:
            cv2.rectangle(image, (x, y), (x + w, y + h), _color(rng), -1)
        elif kind == 1:
            cv2.ellipse(
                image, (x, y), (w // 2, h // 2), float(rng.uniform(0, 180)), 0, 360, _color(rng), -1, cv2.LINE_AA
            )
        else:
            end = (int(x + rng.integers(-60, 60)), int(y + rng.integers(-60, 60)))
            cv2.line(image, (x, y), end, _color(rng), int(rng.integers(2, 9)), cv2.LINE_AA)
    strokes = _soft(rng, SIDE, SIDE, 40)[..., None]
    return image * (0.85 + 0.3 * strokes)


def _landscape(rng: np.random.Generator) -> Image:
    """Sky, a sun perhaps, hills or sea."""
    sky = _color(rng, 0.5, 1.0)
    image = _slope(sky, _color(rng, 0.6, 1.0), SIDE, SIDE)
    image += 0.25 * (_soft(rng, SIDE, SIDE, 6)[..., None] - 0.5)
    if rng.random() < 0.4:
        at = (int(rng.integers(15, SIDE - 15)), int(rng.integers(12, SIDE // 2)))
        cv2.circle(image, at, int(rng.integers(5, 14)), (1.0, 0.95, 0.8), -1, cv2.LINE_AA)
    columns = np.arange(SIDE)
    for layer in range(int(rng.integers(2, 5))):
        ridge = SIDE * (0.4 + 0.15 * layer) + rng.uniform(4, 18) * np.sin(
            columns / rng.uniform(8, 30) + rng.uniform(0, 6)
        )
        below = np.arange(SIDE)[:, None] > ridge + 6 * _soft(rng, 2, SIDE, 20)[0]
        image[below] = np.asarray(_color(rng, 0.1, 0.6), np.float32)
    return image * (0.9 + 0.2 * _soft(rng, SIDE, SIDE, 50)[..., None])


def _photograph(rng: np.random.Generator) -> Image:
    """Blurred shapes in front of a background: people, a still life."""
    image = _slope(_color(rng), _color(rng), SIDE, SIDE) * (0.6 + 0.8 * _soft(rng, SIDE, SIDE, 7)[..., None])
    for _ in range(int(rng.integers(1, 4))):
        x, tone = int(rng.integers(20, SIDE - 20)), _color(rng, 0.5, 0.9)
        size = int(rng.integers(9, 18))
        cv2.ellipse(image, (x, SIDE), (size * 2, int(SIDE * 0.45)), 0, 0, 360, _color(rng), -1, cv2.LINE_AA)
        cv2.ellipse(image, (x, int(SIDE * 0.42)), (size, int(size * 1.3)), 0, 0, 360, tone, -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 1.5), np.float32)


def _picture(rng: np.random.Generator) -> Image:
    image = (_shapes, _landscape, _photograph)[int(rng.integers(3))](rng)
    if rng.random() < 0.45:  # a mat around it
        width = int(rng.integers(8, 24))
        mat = np.full_like(image, rng.uniform(0.8, 1.0))
        mat[width:-width, width:-width] = cv2.resize(
            image, (SIDE - 2 * width, SIDE - 2 * width), interpolation=cv2.INTER_AREA
        )
        image = mat
    if rng.random() < 0.3:
        image = np.repeat(image.mean(axis=2, keepdims=True), 3, axis=2)
    return image


def _text(image: Image, rng: np.random.Generator, box: tuple[int, int, int, int], color: tuple[float, ...]) -> None:
    """Lines of words as small bars inside left, top, right, bottom."""
    left, top, right, bottom = box
    size = int(rng.integers(2, 5))
    for y in range(top, bottom - size, size * 2):
        x, end = left, right - int(rng.integers(0, max(1, (right - left) // 3)))
        while x < end:
            word = int(rng.integers(2, 5)) * size
            cv2.rectangle(image, (x, y), (min(x + word, end), y + size - 1), color, -1)
            x += word + size


def _poster(rng: np.random.Generator) -> Image:
    """A heading, a figure, text; or a whole picture."""
    if rng.random() < 0.35:
        return _picture(rng)
    paper = _color(rng, 0.75, 1.0) if rng.random() < 0.6 else _color(rng)
    image = np.full((SIDE, SIDE, 3), paper, np.float32)
    ink = (0.1, 0.1, 0.12) if np.mean(paper) > 0.45 else (0.95, 0.95, 0.9)
    cv2.rectangle(image, (8, 8), (SIDE - 8, int(rng.integers(18, 34))), _color(rng), -1)
    middle = int(rng.integers(55, 85))
    figure = cv2.resize((_shapes, _landscape, _photograph)[int(rng.integers(3))](rng), (SIDE - 24, middle - 38))
    image[38:middle, 12 : SIDE - 12] = figure
    _text(image, rng, (12, middle + 6, SIDE // 2 - 4, SIDE - 8), ink)
    _text(image, rng, (SIDE // 2 + 4, middle + 6, SIDE - 12, SIDE - 8), ink)
    return image


def _screen(rng: np.random.Generator) -> Image:
    """A desktop with windows, a page of text, a film."""
    kind = rng.random()
    if kind < 0.3:
        return (_landscape if rng.random() < 0.5 else _photograph)(rng)
    dark = rng.random() < 0.3
    image = _slope(_color(rng, 0.1, 0.6), _color(rng, 0.1, 0.6), SIDE, SIDE)
    for _ in range(int(rng.integers(1, 4))):
        left, top = (int(a) for a in rng.integers(2, SIDE // 2, 2))
        right, bottom = left + int(rng.integers(40, SIDE - left)), top + int(rng.integers(40, SIDE - top))
        page = (0.1, 0.11, 0.13) if dark else (0.96, 0.96, 0.97)
        cv2.rectangle(image, (left, top), (right, bottom), page, -1)
        cv2.rectangle(image, (left, top), (right, top + 6), _color(rng, 0.3, 0.9), -1)
        _text(image, rng, (left + 5, top + 12, right - 4, bottom - 4), (0.75, 0.8, 0.75) if dark else (0.25, 0.25, 0.3))
    cv2.rectangle(image, (0, SIDE - 7), (SIDE, SIDE), (0.15, 0.16, 0.2), -1)
    return image


def _houses(image: Image, rng: np.random.Generator, horizon: int, night: bool) -> None:
    width = image.shape[1]
    x = 0
    while x < width:
        wide, high = int(rng.integers(30, 120)), int(rng.integers(15, 130))
        if rng.random() < 0.45:
            wall = np.asarray(_color(rng, 0.35, 0.9), np.float32)
            cv2.rectangle(image, (x, horizon - high), (x + wide, horizon + 40), wall.tolist(), -1)
            for wy in range(horizon - high + 6, horizon, 14):
                for wx in range(x + 5, x + wide - 8, 13):
                    lit = night and rng.random() < 0.3
                    pane = (1.0, 0.85, 0.5) if lit else tuple((wall * 0.45).tolist())
                    cv2.rectangle(image, (wx, wy), (wx + 6, wy + 8), pane, -1)
        x += wide + int(rng.integers(0, 60))


def _trees(image: Image, rng: np.random.Generator, horizon: int) -> None:
    height, width = image.shape[:2]
    tops = horizon + 25 - rng.uniform(10, 90) * _soft(rng, 2, width, int(rng.integers(10, 40)))[0] ** 1.5
    tops = tops - 14 * _soft(rng, 2, width, 160)[0]
    inside = np.arange(height)[:, None] > tops
    light = _soft(rng, height, width, 220)[..., None]
    green = np.asarray((rng.uniform(0.12, 0.35), rng.uniform(0.25, 0.42), rng.uniform(0.08, 0.2)), np.float32)
    image[inside] = (green * (0.4 + 1.1 * light))[inside]


def _outside(rng: np.random.Generator) -> Image:
    """All around: sky with clouds, houses, trees, ground."""
    width, height = VIEW_SIZE
    horizon = int(height * rng.uniform(0.45, 0.58))
    image = _slope(_color(rng, 0.75, 0.95), (0.93, 0.95, 0.98), height, width)
    blue = np.array([0.42, 0.62, 0.9], np.float32) + np.asarray(rng.uniform(-0.1, 0.15, 3), np.float32)
    cloud = np.clip(
        _soft(rng, height, width, 12) * 0.7 + _soft(rng, height, width, 40) * 0.5 - rng.uniform(0, 0.5), 0, 1
    )
    image = 0.35 * image + 0.65 * (blue * (1 - cloud[..., None]) + 0.97 * cloud[..., None])
    ground = np.asarray(_color(rng, 0.25, 0.6), np.float32)
    image[horizon:] = ground * (0.8 + 0.4 * _soft(rng, height - horizon, width, 90)[..., None])
    if rng.random() < 0.75:
        _houses(image, rng, horizon, night=False)
    if rng.random() < 0.8:
        _trees(image, rng, horizon)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.8), np.float32)


_DRAWN: dict[str, Callable[[np.random.Generator], Image]] = {
    "picture": _picture,
    "poster": _poster,
    "screen_on": _screen,
    "view": _outside,
}


@lru_cache(maxsize=256)
def drawn(pattern: str, seed: int) -> Image:
    """The image of this pattern and seed, (h, w, 3) float32, 0..1."""
    rng = np.random.default_rng([abs(seed), len(pattern)])
    return np.clip(_DRAWN[pattern](rng), 0, 1).astype(np.float32)


def _on_face(pattern: str, p: Patch) -> Look:
    """The drawn image stretched over the face, shrunk first where pixels are coarser than it."""
    color = np.empty_like(p.color)
    for seed in np.unique(p.seed).tolist():
        here = np.flatnonzero(p.seed == seed)
        image = drawn(pattern, seed)
        coarse = float(np.median(p.footprint_m[here] / np.minimum(p.width_m, p.height_m)[here])) * SIDE
        side = int(np.clip(SIDE / max(coarse, 1.0), 4, SIDE))
        if side < SIDE:
            image = np.asarray(cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA), np.float32)
        x = (p.u[here] / p.width_m[here] + 0.5) * side - 0.5
        y = (0.5 - p.v[here] / p.height_m[here]) * side - 0.5
        color[:, here] = sampled(image, x, y, cv2.BORDER_REPLICATE).T
    return Look(color)


def picture(p: Patch) -> Look:
    """A painting, a landscape, a photograph, perhaps in a mat."""
    return _on_face("picture", p)


def poster(p: Patch) -> Look:
    """A printed poster or notice."""
    return _on_face("poster", p)


def screen_on(p: Patch) -> Look:
    """What a lit display shows."""
    return _on_face("screen_on", p)


def view(p: Patch) -> Look:
    """The world outside, far away: it depends on the direction of view alone."""
    x, y, z = p.direction
    around = np.arctan2(y, x) / np.float32(2 * np.pi) + 0.5
    up = np.arctan2(z, np.hypot(x, y)) / np.float32(2 * VIEW_REACH)
    width, height = VIEW_SIZE
    color: Colors = np.empty_like(p.color)
    for seed in np.unique(p.seed).tolist():
        here = np.flatnonzero(p.seed == seed)
        row = np.clip(0.5 - up[here], 0, 1) * (height - 1)
        color[:, here] = sampled(drawn("view", seed), around[here] * width, row).T
    return Look(color)

"""What walls, floors and ceilings are made of."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick_weighted
from sensors.rooms.materials import RGB, Material, Pattern
from sensors.rooms.palettes import colors, looks
from sensors.rooms.palettes.colors import jittered, luminance, shaded

WALLS = {
    colors.white: 0.5,
    colors.beige: 0.16,
    colors.grey: 0.08,
    colors.pastel: 0.18,
    colors.muted: 0.04,
    colors.dark: 0.02,
}
TILED = ("bathroom", "kitchen")


def wall(rng: np.random.Generator, kind: str) -> Material:
    """Mostly paint; tiles in wet rooms; wallpaper, bricks or panelling now and then."""
    if kind in TILED and chance(rng, 0.75 if kind == "bathroom" else 0.25):
        return _tiles(rng, colors.drawn(rng, WALLS), between(rng, 0.1, 0.35), 0.5)
    color = colors.drawn(rng, WALLS)
    pattern: Pattern = pick_weighted(rng, {"paint": 0.82, "wallpaper": 0.1, "bricks": 0.04, "planks": 0.04})
    if pattern == "planks":
        return looks.wood(rng).with_(pattern="planks", scale_m=between(rng, 0.1, 0.2))
    if pattern == "bricks":
        color = colors.white(rng) if chance(rng, 0.5) else jittered(rng, (0.58, 0.33, 0.24), 0.06)
    accent = colors.drawn(rng, WALLS) if pattern == "wallpaper" else shaded(color, between(rng, 0.8, 0.95))
    scale_m = {"paint": 1.0, "wallpaper": between(rng, 0.15, 0.5), "bricks": between(rng, 0.07, 0.2)}[pattern]
    strength = between(rng, 0.2, 0.7) if pattern == "wallpaper" else between(rng, 0.3, 1.0)
    return Material(color, pattern, accent, scale_m, strength, looks.seed(rng), infrared=looks.infrared(rng, color))


def floor(rng: np.random.Generator, kind: str) -> Material:
    """Boards, carpet, tiles, linoleum."""
    wet = kind in TILED
    choices: dict[Pattern, float] = {"planks": 0.45, "carpet": 0.3, "tiles": 0.15, "speckle": 0.1}
    if wet:
        choices = {"planks": 0.2, "tiles": 0.6, "speckle": 0.1, "marble": 0.1}
    elif kind in ("office", "classroom", "meeting_room", "lab", "library"):
        choices = {"planks": 0.15, "carpet": 0.5, "tiles": 0.15, "speckle": 0.2}
    pattern = pick_weighted(rng, choices)
    if pattern == "planks":
        return looks.wood(rng).with_(pattern="planks", scale_m=between(rng, 0.07, 0.18), gloss=between(rng, 0.02, 0.35))
    color = colors.drawn(
        rng,
        {
            colors.grey: 0.35,
            colors.beige: 0.3,
            colors.brown: 0.12,
            colors.muted: 0.14,
            colors.dark: 0.04,
            colors.white: 0.05,
        },
    )
    if pattern == "tiles":
        return _tiles(rng, color, between(rng, 0.2, 0.6), between(rng, 0.1, 0.5))
    if pattern == "carpet":
        accent = shaded(color, between(rng, 0.6, 0.9))
        return Material(
            color,
            "carpet",
            accent,
            between(rng, 0.004, 0.015),
            between(rng, 0.3, 0.9),
            looks.seed(rng),
            bump=0.4,
            infrared=looks.infrared(rng, color, 0.25),
        )
    return looks.stone(rng).with_(color=color, accent=shaded(color, 0.75), pattern=pattern)


def ceiling(rng: np.random.Generator, kind: str) -> Material:
    """White, or a grid of panels in public rooms."""
    color = colors.white(rng)
    panels = 0.75 if kind in ("office", "classroom", "meeting_room", "lab", "corridor") else 0.06
    if chance(rng, panels):
        return Material(
            color, "tiles", shaded(color, 0.75), 0.6, between(rng, 0.4, 1.0), looks.seed(rng), infrared=0.75
        )
    if chance(rng, 0.05):
        return looks.wood(rng).with_(pattern="planks", scale_m=0.12)
    return Material(color, "paint", shaded(color, 0.92), 1.0, 0.5, looks.seed(rng), infrared=0.8)


def _tiles(rng: np.random.Generator, color: RGB, scale_m: float, gloss: float) -> Material:
    grout = (0.85, 0.84, 0.82) if luminance(color) < 0.5 else shaded(color, between(rng, 0.6, 0.85))
    return Material(
        color, "tiles", grout, scale_m, between(rng, 0.4, 1.0), looks.seed(rng), gloss, 0.2, looks.infrared(rng, color)
    )

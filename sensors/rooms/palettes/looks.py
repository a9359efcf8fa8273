"""Random but plausible materials: woods, paints, cloths, metals, plastics, walls and floors."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import between, chance, pick, pick_weighted
from sensors.rooms.materials import RGB, Material, Pattern
from sensors.rooms.palettes import colors
from sensors.rooms.palettes.colors import jittered, luminance, shaded

WOODS: tuple[RGB, ...] = (
    (0.72, 0.55, 0.36),  # oak
    (0.80, 0.65, 0.45),  # pine
    (0.83, 0.70, 0.54),  # birch, maple
    (0.76, 0.58, 0.41),  # beech
    (0.62, 0.45, 0.29),  # teak
    (0.42, 0.28, 0.18),  # walnut
    (0.50, 0.28, 0.17),  # cherry, mahogany
    (0.22, 0.15, 0.11),  # wenge
    (0.58, 0.53, 0.46),  # grey oak
)
METALS: tuple[RGB, ...] = (
    (0.72, 0.73, 0.75),
    (0.58, 0.59, 0.60),
    (0.80, 0.80, 0.80),
    (0.30, 0.30, 0.31),
    (0.68, 0.56, 0.34),
)


def seed(rng: np.random.Generator) -> int:
    """Which instance of a pattern."""
    return int(rng.random() * 2**31)


def infrared(rng: np.random.Generator, color: RGB, low: float = 0.22) -> float:
    """Near infra-red albedo: rises with how light the surface looks, and dyes let much of it through."""
    return min(max(low + 0.6 * luminance(color) + between(rng, -0.08, 0.12), 0.04), 0.95)


def wood(rng: np.random.Generator) -> Material:
    """Natural wood or a print of it."""
    color = jittered(rng, pick(rng, WOODS), 0.06)
    return Material(
        color,
        "wood",
        accent=shaded(color, between(rng, 0.6, 0.88)),
        scale_m=between(rng, 0.02, 0.07),
        strength=between(rng, 0.3, 0.9),
        seed=seed(rng),
        gloss=between(rng, 0.02, 0.3),
        infrared=infrared(rng, color, 0.3),
    )


def paint(rng: np.random.Generator) -> Material:
    """Painted wood or lacquer."""
    color = colors.drawn(rng, colors.PAINT)
    return Material(color, "plain", seed=seed(rng), gloss=between(rng, 0.02, 0.4), infrared=infrared(rng, color, 0.12))


def metal(rng: np.random.Generator) -> Material:
    """Chrome, steel, brass, or powder-coated."""
    if chance(rng, 0.35):
        color = colors.black(rng) if chance(rng, 0.6) else colors.white(rng)
        return Material(color, "plain", seed=seed(rng), gloss=0.25, infrared=infrared(rng, color, 0.1))
    color = jittered(rng, pick(rng, METALS))
    return Material(color, "metal", shaded(color, 0.8), 0.02, 0.4, seed(rng), between(rng, 0.4, 0.9), infrared=0.45)


def steel(rng: np.random.Generator) -> Material:
    """Stainless steel."""
    color = jittered(rng, (0.68, 0.69, 0.70), 0.06)
    return Material(color, "metal", shaded(color, 0.85), 0.02, 0.5, seed(rng), between(rng, 0.4, 0.8), infrared=0.5)


def plastic(rng: np.random.Generator, color: RGB | None = None) -> Material:
    """Plastic of some colour."""
    color = colors.drawn(rng, colors.GOODS) if color is None else color
    return Material(color, "plastic", seed=seed(rng), gloss=between(rng, 0.1, 0.5), infrared=infrared(rng, color, 0.12))


def dark_plastic(rng: np.random.Generator) -> Material:
    """The black or dark grey of appliances."""
    color = colors.black(rng)
    return Material(color, "plastic", seed=seed(rng), gloss=between(rng, 0.15, 0.6), infrared=between(rng, 0.06, 0.2))


def leather(rng: np.random.Generator) -> Material:
    """Leather or its imitation."""
    color = pick_weighted(
        rng, {colors.black: 4, colors.brown: 4, colors.beige: 2, colors.white: 1, colors.dark: 1, colors.grey: 1}
    )(rng)
    return Material(
        color,
        "leather",
        shaded(color, 0.8),
        0.02,
        0.6,
        seed(rng),
        between(rng, 0.1, 0.4),
        0.3,
        infrared(rng, color, 0.12),
    )


CLOTH_PATTERNS: dict[Pattern, float] = {
    "fabric": 0.62,
    "plain": 0.08,
    "stripes": 0.08,
    "checks": 0.06,
    "dots": 0.05,
    "floral": 0.11,
}


def fabric(rng: np.random.Generator, patterned: float = 1.0) -> Material:
    """Woven cloth; patterned: how likely a pattern is, relative to usual."""
    color = colors.drawn(rng, colors.CLOTH)
    pattern = pick_weighted(rng, CLOTH_PATTERNS)
    if pattern not in ("fabric", "plain") and not chance(rng, patterned):
        pattern = "fabric"
    accent = shaded(color, between(rng, 0.7, 0.9)) if pattern == "fabric" else colors.drawn(rng, colors.CLOTH)
    scale_m = between(rng, 0.003, 0.008) if pattern == "fabric" else between(rng, 0.04, 0.16)
    return Material(
        color,
        pattern,
        accent,
        scale_m,
        between(rng, 0.4, 1.0),
        seed(rng),
        0.0,
        between(rng, 0.3, 0.9),
        infrared(rng, color, 0.3),
    )


def upholstery(rng: np.random.Generator) -> Material:
    """What sofas and soft chairs are covered with."""
    return leather(rng) if chance(rng, 0.25) else fabric(rng, 0.5)


def ceramic(rng: np.random.Generator) -> Material:
    """Glazed ceramics or enamel, nearly always white."""
    color = colors.white(rng) if chance(rng, 0.88) else colors.drawn(rng, colors.PAINT)
    return Material(color, "plain", seed=seed(rng), gloss=between(rng, 0.4, 0.8), infrared=infrared(rng, color))


def stone(rng: np.random.Generator) -> Material:
    """Worktops: granite, marble, laminate."""
    color = colors.drawn(
        rng, {colors.white: 0.25, colors.grey: 0.3, colors.black: 0.2, colors.beige: 0.2, colors.brown: 0.05}
    )
    pattern: Pattern = pick_weighted(rng, {"speckle": 0.55, "marble": 0.25, "plain": 0.2})
    accent = shaded(color, pick(rng, (0.55, 0.75, 1.3)))
    return Material(
        color,
        pattern,
        accent,
        between(rng, 0.01, 0.04) if pattern == "speckle" else between(rng, 0.2, 0.5),
        between(rng, 0.3, 0.9),
        seed(rng),
        between(rng, 0.2, 0.6),
        infrared=infrared(rng, color, 0.15),
    )


def cardboard(rng: np.random.Generator) -> Material:
    """Brown cardboard."""
    color = jittered(rng, (0.70, 0.54, 0.36), 0.07)
    return Material(color, "paint", shaded(color, 0.85), 0.1, 0.5, seed(rng), infrared=0.65)


def glow(color: RGB) -> Material:
    """Lit from within."""
    return Material(color, surface="glow", infrared=0.5)


def white_paper(rng: np.random.Generator) -> Material:
    """A written or printed sheet."""
    return Material(
        colors.white(rng) if chance(rng, 0.85) else colors.muted(rng),
        "paper",
        (0.25, 0.25, 0.28),
        between(rng, 0.006, 0.012),
        between(rng, 0.3, 1.0),
        seed(rng),
        infrared=0.8,
    )


def foliage(rng: np.random.Generator) -> Material:
    """Leaves."""
    color = jittered(rng, pick(rng, ((0.20, 0.38, 0.15), (0.30, 0.48, 0.20), (0.14, 0.30, 0.16))), 0.05)
    return Material(color, "leaves", shaded(color, 1.6), between(rng, 0.02, 0.06), 1.0, seed(rng), bump=1, infrared=0.7)


def skin(rng: np.random.Generator) -> Material:
    """Human skin."""
    tone = rng.random()
    color = jittered(rng, (0.90 - 0.56 * tone, 0.70 - 0.48 * tone, 0.60 - 0.44 * tone), 0.03)
    return Material(color, "skin", shaded(color, 0.85), 0.05, 0.4, seed(rng), 0.05, infrared=0.6)


def hair(rng: np.random.Generator) -> Material:
    """Human hair."""
    color = jittered(
        rng, pick(rng, ((0.06, 0.05, 0.05), (0.20, 0.13, 0.08), (0.40, 0.27, 0.15), (0.62, 0.5, 0.3))), 0.03
    )
    return Material(color, "hair", shaded(color, 1.5), 0.01, 0.6, seed(rng), 0.1, 0.5, infrared=0.3)

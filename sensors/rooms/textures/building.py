"""Patterns of walls, floors and furniture boards."""

from __future__ import annotations

import numpy as np

from sensors.rooms.textures.noise import Values, band, cell, clouds, grain, hash01, line, noise, visible
from sensors.rooms.textures.patch import Look, Patch


def plain(p: Patch) -> Look:
    """One colour, hardly uneven."""
    return Look(p.toned(0.012 * clouds(p.u, p.v, 0.3, p.footprint_m, 2)))


def paint(p: Patch) -> Look:
    """Plaster under paint: large-scale unevenness, smudges, a fine roller's texture."""
    large = clouds(p.u, p.v, 0.9, p.footprint_m, 3)
    smudges = np.maximum(noise(p.u / 0.5 + 31, p.v / 0.35) - 1.3, 0)
    fine = grain(p.u, p.v, 0.008, 0.008, p.footprint_m)
    return Look(p.toned((0.022 * large - 0.05 * smudges + 0.018 * fine) * p.strength))


def wallpaper(p: Patch) -> Look:
    """Stripes, a lattice of ornaments, or woven paper, as the seed has it."""
    kind = hash01(p.seed, 11)
    x, y = p.u / p.scale_m, p.v / p.scale_m
    soft = p.footprint_m / p.scale_m
    stripes = band(x, 0.5, soft)
    fx, fy = cell(x)[1], cell(y + 0.5 * np.floor(x))[1]
    dx, dy = fx - 0.5, fy - 0.5
    radius = np.hypot(dx, dy * 0.8) + 0.05 * np.cos(5 * np.arctan2(dy, dx))
    ornament = np.clip((0.28 - radius) / np.maximum(soft, 0.04) + 0.5, 0, 1)
    ring = np.clip(0.6 - np.abs(radius - 0.4) / np.maximum(soft, 0.04), 0, 1)
    motif = (ornament + 0.6 * ring) * visible(p.scale_m * 0.3, p.footprint_m)
    weave = 0.5 + 0.35 * grain(p.u, p.v, 0.004, 0.02, p.footprint_m)
    share = np.where(kind < 0.4, stripes, np.where(kind < 0.75, motif, weave))
    aged = clouds(p.u, p.v, 0.8, p.footprint_m, 2)
    return Look(p.mixed(share * 0.55 * p.strength) * (1 + 0.02 * aged))


def _fibres(along: Values, across: Values, p: Patch, shift: Values) -> Values:
    """Wood's grain, about -1..1: growth rings cut lengthwise, and fine fibres."""
    stretch = p.scale_m * 14
    warp = noise(along / stretch + shift, across / (p.scale_m * 2.2) + shift)
    rings = np.sin((across / p.scale_m + 1.1 * warp + shift) * np.float32(2 * np.pi))
    rings *= visible(p.scale_m * 0.6, p.footprint_m)
    fine = grain(along + shift, across, p.scale_m * 3, p.scale_m * 0.09, p.footprint_m)
    middle = grain(along + shift, across, p.scale_m * 6, p.scale_m * 0.35, p.footprint_m)
    return 0.4 * rings + 0.28 * middle + 0.22 * fine + 0.22 * warp


def wood(p: Patch) -> Look:
    """Veneer with its grain along the longer side."""
    along, across = p.grained()
    fibres = _fibres(along, across, p, hash01(p.seed, 3) * 90)
    return Look(p.mixed(0.4 + 0.42 * fibres * p.strength), gloss=1 + 0.25 * fibres)


def planks(p: Patch) -> Look:
    """Floor boards: width scale_m, staggered, each of its own tone."""
    along, across = p.grained()
    row, inside = cell(across / p.scale_m)
    length = p.scale_m * (7 + 5 * hash01(p.seed, 5))
    piece, lengthwise = cell(along / length + hash01(row, p.seed))
    tone = hash01(row, piece, p.seed + 1)
    fibres = _fibres(along, across, p, hash01(piece, row, p.seed + 2) * 70)
    sides = np.minimum(inside, 1 - inside) * p.scale_m
    ends = np.minimum(lengthwise, 1 - lengthwise) * length
    gap = np.maximum(line(sides, 0.0014, p.footprint_m), line(ends, 0.0012, p.footprint_m))
    seen = visible(p.scale_m * 0.7, p.footprint_m)
    color = p.mixed(0.35 + (0.55 * (tone - 0.5) * seen + 0.3 * fibres) * p.strength)
    return Look(color * (1 - 0.65 * gap), gloss=(1 - gap) * (0.85 + 0.3 * tone))


def tiles(p: Patch) -> Look:
    """Square or oblong tiles with joints in the accent colour."""
    kind = hash01(p.seed, 21)
    wide = np.where(kind < 0.65, 1.0, 2.0).astype(np.float32) * p.scale_m
    row, fy = cell(p.v / p.scale_m)
    stagger = np.where(kind > 0.85, 0.5, 0.0).astype(np.float32)
    column, fx = cell(p.u / wide + stagger * (row & 1))
    edge_u, edge_v = np.minimum(fx, 1 - fx) * wide, np.minimum(fy, 1 - fy) * p.scale_m
    joint = np.maximum(line(edge_u, 0.0025, p.footprint_m), line(edge_v, 0.0025, p.footprint_m))
    tone = (hash01(row, column, p.seed) - 0.5) * visible(p.scale_m, p.footprint_m)
    glaze = clouds(p.u + 3 * tone, p.v, p.scale_m * 0.8, p.footprint_m, 3)
    color = p.toned((0.14 * tone + 0.03 * glaze) * p.strength)
    color += (p.accent - color) * joint
    near = visible(0.02, p.footprint_m)
    tilt_u = near * np.clip(1 - edge_u / 0.006, 0, 1) * np.sign(0.5 - fx) * -0.35
    tilt_v = near * np.clip(1 - edge_v / 0.006, 0, 1) * np.sign(0.5 - fy) * -0.35
    return Look(color, np.stack([tilt_u, tilt_v]).astype(np.float32), 1 - joint)


def bricks(p: Patch) -> Look:
    """Running bond: scale_m long, a third as high, mortar in the accent colour."""
    high = p.scale_m / 3
    row, fy = cell(p.v / high)
    column, fx = cell(p.u / p.scale_m + 0.5 * (row & 1))
    joint = np.maximum(
        line(np.minimum(fx, 1 - fx) * p.scale_m, 0.005, p.footprint_m),
        line(np.minimum(fy, 1 - fy) * high, 0.005, p.footprint_m),
    )
    tone = (hash01(row, column, p.seed) - 0.5) * visible(high, p.footprint_m)
    rough = clouds(p.u, p.v, 0.03, p.footprint_m, 3)
    color = p.toned(0.5 * tone + 0.07 * rough)
    color += (p.accent * (1 + 0.05 * rough) - color) * joint
    return Look(color, 0.12 * np.stack([rough, np.roll(rough, 1)]))


def marble(p: Patch) -> Look:
    """Clouds crossed by veins."""
    size = p.scale_m * 3
    warp = clouds(p.u, p.v, size, p.footprint_m, 3)
    veins = np.exp(-np.abs(noise(p.u / size + 0.35 * warp, p.v / size * 0.7 - 0.4 * warp)) * 9)
    thin = np.exp(-np.abs(noise(p.u / size * 2.3 + 40, p.v / size * 2.1 + 0.5 * warp)) * 14)
    share = (0.75 * veins + 0.35 * thin) * visible(size * 0.15, p.footprint_m) + 0.12 * warp + 0.1
    return Look(p.mixed(share * p.strength))


def speckle(p: Patch) -> Look:
    """Terrazzo and granite: chips of the accent colour, light ones and dark ones."""
    size = np.minimum(p.scale_m, 0.05) * 0.22
    chips = grain(p.u, p.v, size, size, p.footprint_m)
    small = grain(p.u + 5, p.v, size * 0.5, size * 0.5, p.footprint_m)
    mean = 1 - visible(size, p.footprint_m)
    share = np.clip((chips - 0.7) * 4, 0, 1) + 0.12 * mean
    return Look(p.mixed(share * p.strength) * (1 + 0.16 * np.sign(small) * (np.abs(small) > 1.1) + 0.02 * chips))

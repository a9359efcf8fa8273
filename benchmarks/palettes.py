"""How far apart the classes' colours look, in both palettes; with --write the second palette is made again.

    python benchmarks/palettes.py [--write]

Made by coordinate ascent over a grid of colours: again and again the pair that falls shortest of what it needs gets
another colour, until none helps; then a few are drawn anew, and again. The commonest classes need most.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.color_vision import SEEN, ciede2000, differences, lab_of, least_differences
from app.palette import PALETTES, with_palette
from segmentation.classes import CLASS_SET_NAMES, class_set

OUT = Path(__file__).resolve().parents[1] / "assets" / "classes" / "colour-blind.json"
# By how many pixels they have in SUN RGB-D and NYUDv2, and on roads in Cityscapes; the rest share the last rank.
COMMON = {
    "indoor": (
        ("wall", "floor", "ceiling", "chair", "table", "bed", "sofa", "cabinet", "door", "window"),
        ("desk", "bookshelf", "curtain", "picture", "counter", "shelves", "dresser", "pillow", "person", "box"),
    ),
    "street": (
        ("road", "sidewalk", "building", "vegetation", "sky", "car", "person", "pole"),
        ("terrain", "fence", "wall", "bicycle", "rider", "truck", "bus"),
    ),
}
NEEDS = (1.0, 0.6, 0.4)  # how far apart classes of a rank must be, against each other
STARTS, KICKS, KICKED = 6, 250, 3
GRID = np.arange(0, 256, 17, dtype=np.uint8)
LIGHTNESS = (28.0, 97.0)  # void is black, and what is laid over a picture must show


def main() -> None:
    if "--write" in sys.argv[1:]:
        write()
    print(f"{'classes':14}{'palette':14}" + "".join(f"{vision:>10}" for vision in SEEN) + f"{'commonest':>12}")
    for name in CLASS_SET_NAMES:
        for palette in PALETTES:
            report(name, palette)


def report(name: str, palette: str) -> None:
    """The least CIEDE2000 between any two classes to each kind of eyes, and between the commonest to the worst."""
    classes = with_palette(class_set(name), palette)  # pyright: ignore[reportArgumentType]
    least = [_least(differences(classes.colors, vision)) for vision in SEEN]
    first = [index for index, each in enumerate(classes.names) if each in _ranks(name)[0]]
    common = _least(least_differences(classes.colors[first]))
    print(f"{name:14}{palette:14}" + "".join(f"{value:10.1f}" for value in least) + f"{common:12.1f}")


def write() -> None:
    """Make the colours of all class sets; sets of rooms share them by name."""
    indoor = made([*class_set("nyu40").names[1:]], COMMON["indoor"], _wanted("nyu40"))
    indoor |= {"furniture": indoor["cabinet"], "objects": indoor["box"]}
    street = made([*class_set("cityscapes19").names[1:]], COMMON["street"], _wanted("cityscapes19"))
    sets = {name: street if name == "cityscapes19" else indoor for name in CLASS_SET_NAMES}
    lines = [
        f'  "{name}": {{\n'
        + ",\n".join(f'    "{each}": {colors[each]}' for each in class_set(name).names[1:])
        + "\n  }"
        for name, colors in sets.items()
    ]
    source = json.dumps("computed by benchmarks/palettes.py")
    OUT.write_text(f'{{\n  "source": {source},\n' + ",\n".join(lines) + "\n}\n")


def made(names: list[str], common: tuple[tuple[str, ...], ...], wanted: NDArray[np.uint8]) -> dict[str, list[int]]:
    """A colour for every name. wanted: what people are used to, (N, 3); followed where it costs nothing."""
    candidates = _candidates()
    apart = np.min([_all_differences(candidates, vision) for vision in SEEN], axis=0)
    ranks = np.array([_rank(name, common) for name in names])
    needs = np.sqrt(np.outer(np.take(NEEDS, ranks), np.take(NEEDS, ranks)))
    best = max((_searched(apart, needs, np.random.default_rng(seed)) for seed in range(STARTS)), key=lambda one: one[0])
    chosen = _as_people_know_them(candidates[best[1]], ranks, wanted)
    return {name: [int(value) for value in color] for name, color in zip(names, chosen, strict=True)}


def _searched(
    apart: NDArray[np.float32], needs: NDArray[np.float64], rng: np.random.Generator
) -> tuple[float, NDArray[np.intp]]:
    """How far apart the worst pair is, by its need, and which candidates were taken."""
    best, chosen = _ascended(apart, needs, rng.choice(len(apart), len(needs), replace=False))
    for _ in range(KICKS):
        tried = chosen.copy()
        tried[rng.choice(len(needs), KICKED, replace=False)] = rng.choice(len(apart), KICKED)
        worst, tried = _ascended(apart, needs, tried)
        if worst >= best:
            best, chosen = worst, tried
    return best, chosen


def _ascended(
    apart: NDArray[np.float32], needs: NDArray[np.float64], chosen: NDArray[np.intp]
) -> tuple[float, NDArray[np.intp]]:
    itself = np.eye(len(needs), dtype=bool)
    while True:
        ratios = np.where(itself, np.inf, apart[np.ix_(chosen, chosen)] / needs)
        worst = float(ratios.min())
        # Whoever belongs to a worst pair may move, to where it has the most room.
        for mover in np.unique(np.argwhere(ratios <= worst + 1e-6)):
            others = np.flatnonzero(~itself[mover])
            room = (apart[:, chosen[others]] / needs[mover, others]).min(axis=1)
            if room.max() > worst + 1e-6:
                chosen[mover] = int(room.argmax())
                break
        else:
            return worst, chosen


def _as_people_know_them(
    colors: NDArray[np.uint8], ranks: NDArray[np.intp], wanted: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The same colours, handed out anew within each rank so that they are close to the usual ones."""
    from scipy.optimize import linear_sum_assignment

    out = np.empty_like(colors)
    for rank in np.unique(ranks):
        members = np.flatnonzero(ranks == rank)
        cost = ciede2000(lab_of(wanted[members])[:, None], lab_of(colors[members])[None])
        rows, columns = linear_sum_assignment(cost)
        out[members[rows]] = colors[members[columns]]
    return out


def _candidates() -> NDArray[np.uint8]:
    colors = np.stack(np.meshgrid(GRID, GRID, GRID, indexing="ij"), axis=-1).reshape(-1, 3)
    lightness = np.array([lab_of(colors, vision)[:, 0] for vision in SEEN])
    return colors[((lightness >= LIGHTNESS[0]) & (lightness <= LIGHTNESS[1])).all(axis=0)]


def _all_differences(colors: NDArray[np.uint8], vision: str) -> NDArray[np.float32]:
    lab = lab_of(colors, vision)  # pyright: ignore[reportArgumentType]
    return np.stack([ciede2000(one, lab).astype(np.float32) for one in lab])


def _wanted(name: str) -> NDArray[np.uint8]:
    return class_set(name).colors[1:]


def _ranks(name: str) -> tuple[tuple[str, ...], ...]:
    return COMMON["street" if name == "cityscapes19" else "indoor"]


def _rank(name: str, common: tuple[tuple[str, ...], ...]) -> int:
    return next((rank for rank, names in enumerate(common) if name in names), len(common))


def _least(apart: NDArray[np.float64]) -> float:
    return float(apart[~np.eye(len(apart), dtype=bool)].min())


if __name__ == "__main__":
    main()

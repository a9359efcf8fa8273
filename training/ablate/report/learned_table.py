"""What malleable layers have learned, as a table to read: means over the seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from training.ablate.report.learned import LearnedLayer
from training.evaluate.report.tables import Row, table

HEAD = ["variant", "stage", "seeds", "centres, grid steps", "temperature", "kernel scales"]
HOW = (
    "Means over the seeds, from each run's `best.safetensors`; every seed's are in `ablation_learned.csv`. Centres are"
    " relative depths in grid steps, nearer than the middle of the window first; the outer two bound the range. They"
    " start one step apart, the temperature at 1 (at 0.1 where it is not learned), the scales at 1; an odd number's"
    " middle centre is held at 0."
)


def learned_table(layers: Sequence[LearnedLayer]) -> list[str]:
    """The section of the report; nothing where no layer is malleable."""
    if not layers:
        return []
    picture = "![Learned centres, temperature and kernel scales](ablation_learned.png)"
    return ["## What was learned", picture, table(HEAD, [_line(same) for same in by_layer(layers)], left=2), HOW]


def by_layer(layers: Sequence[LearnedLayer]) -> list[list[LearnedLayer]]:
    """The seeds of each variant's layer together, in the order given."""
    groups: dict[tuple[str, str], list[LearnedLayer]] = {}
    for layer in layers:
        groups.setdefault((layer.variant, layer.name), []).append(layer)
    return list(groups.values())


def _line(seeds: Sequence[LearnedLayer]) -> Row:
    first = seeds[0]
    return [
        f"`{first.variant}`",
        first.stage,
        str(len(seeds)),
        _numbers(layer.centres for layer in seeds),
        f"{np.mean([layer.temperature for layer in seeds]):.3f}",
        _numbers(layer.scales for layer in seeds),
    ]


def _numbers(rows: Iterable[Sequence[float]]) -> str:
    return ", ".join(f"{value + 0.0:.2f}".replace("-0.00", "0.00") for value in np.mean(list(rows), axis=0))

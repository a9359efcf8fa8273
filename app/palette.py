"""The colours of the classes: the data set's own, or ones that colour-blind people can tell apart."""

from __future__ import annotations

import json
from functools import cache
from typing import Literal, get_args

import numpy as np

from segmentation.assets import asset_path
from segmentation.classes import ClassSet

Palette = Literal["standard", "colour-blind"]
PALETTES: tuple[Palette, ...] = get_args(Palette)


def with_palette(classes: ClassSet, palette: Palette) -> ClassSet:
    """The same classes in the colours of a palette; classes that it does not know keep theirs.

    The colours of the second are computed (benchmarks/palettes.py), for all eyes at once: the commonest classes are
    furthest apart. Of 37 not all can be, which is what names in the picture are for.
    """
    return classes if palette == "standard" else _colour_blind(classes)


@cache
def _colour_blind(classes: ClassSet) -> ClassSet:
    table = json.loads(asset_path("classes/colour-blind.json").read_text()).get(classes.name, {})
    colors = [table.get(name, color.tolist()) for name, color in zip(classes.names, classes.colors, strict=True)]
    return ClassSet(classes.name, classes.names, np.array(colors, np.uint8))

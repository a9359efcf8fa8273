"""One room's taste: furniture in a room tends to match."""

from __future__ import annotations

import numpy as np

from sensors.rooms.draw import chance, pick
from sensors.rooms.materials import Material
from sensors.rooms.palettes import looks

LOYALTY = 0.6  # how often a piece takes the room's own material


class Style:
    """Draws materials for one room; rng is the room's."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._wood, self._paint, self._metal = looks.wood(rng), looks.paint(rng), looks.metal(rng)
        self._cloths = [looks.fabric(rng) for _ in range(3)]
        self._painted = rng.random() * 0.8

    def wood(self) -> Material:
        """Natural wood."""
        return self._wood if chance(self._rng, LOYALTY) else looks.wood(self._rng)

    def body(self) -> Material:
        """What cabinets, tables and shelves are made of: wood or paint."""
        if chance(self._rng, self._painted):
            return self._paint if chance(self._rng, LOYALTY) else looks.paint(self._rng)
        return self.wood()

    def metal(self) -> Material:
        """Handles, legs, frames."""
        return self._metal if chance(self._rng, LOYALTY) else looks.metal(self._rng)

    def cloth(self) -> Material:
        """Curtains, cushions, bedding."""
        return pick(self._rng, self._cloths) if chance(self._rng, 0.35) else looks.fabric(self._rng)

"""The list of classes: those that were in view, in the order of their labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.legend import LEAST_SHARE
from app.look import Look
from segmentation.classes import ClassSet
from segmentation.result import Segmentation


@dataclass(frozen=True, slots=True)
class LegendRow:
    """A class in the list. share: of all pixels, 0..1. is_shown: whether it is painted. is_solo: whether only it is."""

    label: int
    name: str
    color: tuple[int, int, int]
    share: float
    is_shown: bool
    is_solo: bool


class ClassesSeen:
    """Once listed a class stays, so that nothing moves away from under a finger."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._seen: set[int] = set()
        self._of = ""

    def rows(self, segmentation: Segmentation, classes: ClassSet) -> list[LegendRow]:
        """The list for this frame; classes: with the colours that are painted."""
        if classes.name != self._of:
            self._seen, self._of = set(), classes.name
        labels = segmentation.labels[::4, ::4]
        shares = np.bincount(labels.ravel(), minlength=256) / labels.size
        self._seen |= {int(label) for label in np.flatnonzero(shares >= LEAST_SHARE) if 0 < label <= len(classes)}
        return [
            LegendRow(
                label,
                classes.names[label],
                tuple(classes.colors[label].tolist()),
                float(shares[label]),
                self._look.shows(label),
                self._look.solo == label,
            )
            for label in sorted(self._seen)
        ]

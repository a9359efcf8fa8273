"""Where the samples of a data set were taken, which decides what is near and what is far."""

from __future__ import annotations

STREETS = frozenset({"cityscapes19"})


def is_street(class_set: str) -> bool:
    """Whether this class set, by its name, labels streets; the others label rooms."""
    return class_set in STREETS

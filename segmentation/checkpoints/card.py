"""What a model file says of itself: enough to rebuild the network and to feed it as in training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from segmentation.classes import ClassSet
from segmentation.preprocess import ColorNormalisation

FORMAT_VERSION = 1
LARGEST_SIDE_PX = 8192


@dataclass(frozen=True, slots=True, eq=False)
class ModelCard:
    """A model's description.

    model: one of MODEL_NAMES. classes: what its outputs mean. input_size: (width, height) px that frames become.
    options: what build_model was given beside name and classes. normalisation: of the colours.
    training: a note on how the weights came about; None = untrained. scores: such as {"miou": 0.41}.
    Raises ValueError for an input size that is out of range.
    """

    model: str
    classes: ClassSet
    input_size: tuple[int, int] = (320, 240)
    options: Mapping[str, Any] = field(default_factory=dict)
    normalisation: ColorNormalisation = field(default_factory=ColorNormalisation)
    training: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.input_size) != 2 or not all(0 < side_px <= LARGEST_SIDE_PX for side_px in self.input_size):
            raise ValueError(f"input_size: expected width and height in 1..{LARGEST_SIDE_PX}, got {self.input_size}")

    @property
    def trained(self) -> bool:
        """Whether the weights were trained at all."""
        return self.training is not None

    def as_document(self) -> dict[str, Any]:
        """Plain JSON values; the inverse of from_document."""
        names, colors = self.classes.names[1:], self.classes.colors[1:].tolist()
        return {
            "format_version": FORMAT_VERSION,
            "model": self.model,
            "options": {name: _plain(value) for name, value in self.options.items()},
            "class_set": self.classes.name,
            "classes": [{"name": name, "color": color} for name, color in zip(names, colors, strict=True)],
            "void_color": self.classes.colors[0].tolist(),
            "input_size": list(self.input_size),
            "normalisation": {"mean": list(self.normalisation.mean), "std": list(self.normalisation.std)},
            "training": self.training,
            "scores": {name: float(score) for name, score in self.scores.items()},
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> ModelCard:
        """The card that was written. Raises ValueError, TypeError or KeyError for a document that is none."""
        version = document["format_version"]
        if version != FORMAT_VERSION:
            raise ValueError(f"format version {version}; this program reads {FORMAT_VERSION}: use a matching version")
        colors = [document["void_color"], *(entry["color"] for entry in document["classes"])]
        names = ("void", *(str(entry["name"]) for entry in document["classes"]))
        normalisation = document["normalisation"]
        width, height = document["input_size"]
        return cls(
            model=str(document["model"]),
            classes=ClassSet(str(document["class_set"]), names, np.array(colors, dtype=np.uint8)),
            input_size=(int(width), int(height)),
            options=dict(document["options"]),
            normalisation=ColorNormalisation(tuple(normalisation["mean"]), tuple(normalisation["std"])),
            training=document["training"],
            scores=dict(document["scores"]),
        )


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, (tuple, set, frozenset)) else value

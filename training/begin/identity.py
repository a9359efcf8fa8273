"""What makes a run this one and no other: it lies in last.ckpt, so that --resume can tell."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sensors.prepared import PreparedIndex, PreparedSample
from training.options import TrainOptions
from training.recipes import Recipe


@dataclass(frozen=True, slots=True)
class RunIdentity:
    """Plain values only.

    choices: what the run was asked for, by option, as the recipe filled it in. class_set, samples, names: of what it
    sees, wherever that lies; names: a hash of the samples' names in their order. epochs, max_minutes: where it ends.
    earlier: how the weights were trained that it started from.
    """

    choices: dict[str, Any]
    class_set: str
    samples: int
    names: str
    epochs: int | None
    max_minutes: float | None
    earlier: str | None

    def as_document(self) -> dict[str, Any]:
        """As it lies in a checkpoint; the inverse of from_document."""
        return asdict(self)

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> RunIdentity:
        """Raises KeyError or TypeError for what is none."""
        return cls(**{field.name: document[field.name] for field in fields(cls)})


def identity_of(
    options: TrainOptions,
    recipe: Recipe,
    index: PreparedIndex,
    samples: Sequence[PreparedSample],
    earlier: str | None,
) -> RunIdentity:
    """Of the run that these options ask for, settled by training.pace. samples: all that it sees, in order."""
    choices = {
        "--recipe": recipe.name,
        "--loss": options.loss,
        "--lr": options.learning_rate,
        "--batch-size": options.batch_size or recipe.batch_size,
        "--seed": options.seed,
        "--split": options.split,
        "--depth": options.depth,
        "--limit-train-batches": 1 if options.fast_dev_run else options.limit_train_batches,
    }
    return RunIdentity(
        choices=choices,
        class_set=index.class_set,
        samples=len(samples),
        names=hash_of_names(samples),
        epochs=options.epochs,
        max_minutes=options.max_minutes,
        earlier=earlier,
    )


def hash_of_names(samples: Sequence[PreparedSample]) -> str:
    """The same for the same samples in the same order, in whatever folder."""
    return hashlib.sha256("\n".join(sample.name for sample in samples).encode()).hexdigest()[:16]

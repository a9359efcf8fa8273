"""What the runs of a grid are trained on and scored on."""

from __future__ import annotations

from typing import Any

from training.begin.identity import hash_of_names
from training.datasets import open_dataset, samples_of
from training.options import TrainOptions


def data_facts(options: TrainOptions) -> dict[str, Any]:
    """What tells these samples from others, in whatever folder they lie, as plain values.

    Raises UsageError and PreparedDataError for a folder that will not do.
    """
    index = open_dataset(options.data, options.dataset, options.depth)
    train, val = samples_of(index, "train"), samples_of(index, "val")
    return {
        "dataset": index.dataset,
        "class_set": index.class_set,
        "training_samples": len(train),
        "validation_samples": len(val),
        "names_hash": hash_of_names([*train, *val]),
    }

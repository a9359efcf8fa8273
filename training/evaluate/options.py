"""What `rgbd-train evaluate` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import UsageError
from training.names import DATASETS

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """One evaluation.

    data: folder of prepared samples. model: a model's name, or a model file or Lightning checkpoint. dataset: what the
    data are; None = what the folder says. out: folder for the report; None = only the table is printed. limit: score
    only so many frames, spread evenly over the split. Raises UsageError for a value that is none.
    """

    data: Path
    model: str
    dataset: str | None = None
    out: Path | None = None
    split: str = "val"
    device: str = "auto"
    limit: int | None = None
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.dataset not in (None, *DATASETS):
            raise UsageError(f"--dataset {self.dataset}: use one of {', '.join(DATASETS)}")
        if self.split not in SPLITS:
            raise UsageError(f"--split {self.split}: use one of {', '.join(SPLITS)}")
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"--limit {self.limit}: give a number from 1")

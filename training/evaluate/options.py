"""What `rgbd-train evaluate` was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from console.errors import UsageError
from segmentation.engines.engine import Precision
from training.names import DATASETS, DEPTHS, Depth

SPLITS = ("train", "val", "test")


@dataclass(frozen=True, slots=True)
class EvaluateOptions:
    """One evaluation.

    data: folder of prepared samples. model: a model's name, or a model file or Lightning checkpoint. dataset: what the
    data are; None = what the folder says. depth: which of the depth images the model is given. out: folder for the
    report; None = only the tables are printed. limit: score only so many frames, spread evenly over the split.
    engine, precision: what runs the network, as load_segmenter has them. multi_scale: score several input sizes and
    mirror images too. Raises UsageError for a value that is none.
    """

    data: Path
    model: str
    dataset: str | None = None
    depth: Depth = "raw"
    out: Path | None = None
    split: str = "val"
    device: str = "auto"
    engine: str = "torch"
    precision: Precision = "auto"
    limit: int | None = None
    multi_scale: bool = False
    overwrite: bool = False

    def __post_init__(self) -> None:
        if self.dataset not in (None, *DATASETS):
            raise UsageError(f"--dataset {self.dataset}: use one of {', '.join(DATASETS)}")
        if self.depth not in DEPTHS:
            raise UsageError(f"--depth {self.depth}: use one of {', '.join(DEPTHS)}")
        if self.split not in SPLITS:
            raise UsageError(f"--split {self.split}: use one of {', '.join(SPLITS)}")
        if self.limit is not None and self.limit < 1:
            raise UsageError(f"--limit {self.limit}: give a number from 1")

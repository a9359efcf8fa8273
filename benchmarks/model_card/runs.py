"""What a training run and its evaluation left behind, as the model card wants it.

RUN/history.csv                   written by rgbd-train
RUN/evaluation/evaluation.json    written by rgbd-train evaluate --out RUN/evaluation, with its pictures beside it
RUN/real/real_frames.json         written by real_frames.py --out RUN/real; may be absent
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class CardRun:
    """One network of the comparison.

    history: by column of history.csv, a value for each epoch, nan where an epoch was not validated.
    evaluation: evaluation.json. real: real_frames.json, or nothing.
    """

    name: str
    folder: Path
    history: dict[str, NDArray[np.float64]]
    evaluation: dict[str, Any]
    real: dict[str, Any]

    @property
    def epochs(self) -> int:
        """How many were trained."""
        return len(self.history["epoch"])

    @property
    def minutes(self) -> float:
        """How long that took."""
        return float(self.history["seconds"][-1]) / 60


def read_run(name: str, folder: Path) -> CardRun:
    """Read a run. Raises SystemExit, which names the file, where one is missing."""
    for needed in (folder / "history.csv", folder / "evaluation" / "evaluation.json"):
        if not needed.is_file():
            raise SystemExit(f"{needed} is missing; see {Path(__file__).name} for what a run must hold")
    real = folder / "real" / "real_frames.json"
    return CardRun(
        name,
        folder,
        read_history(folder / "history.csv"),
        json.loads((folder / "evaluation" / "evaluation.json").read_text()),
        json.loads(real.read_text()) if real.is_file() else {},
    )


def read_history(path: Path) -> dict[str, NDArray[np.float64]]:
    """By column, a value for each epoch; nan where the cell is empty."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise SystemExit(f"{path}: no epoch has ended yet")
    return {column: np.array([float(row[column] or "nan") for row in rows]) for column in rows[0]}

"""The files of a run of the grid, beside those that every training run leaves (see training.outputs)."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.atomic import output_errors, write_whole
from console.errors import OutputError, StoppedError

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class GridRunFiles:
    """Names inside the run's folder."""

    folder: Path

    @property
    def configuration(self) -> Path:
        """All that the run was asked for, and the command that repeats it."""
        return self.folder / "run.json"

    @property
    def result(self) -> Path:
        """How it ended; there only when it is finished."""
        return self.folder / "result.json"

    @property
    def log(self) -> Path:
        """What the run says."""
        return self.folder / "log.txt"


@dataclass(frozen=True, slots=True)
class Result:
    """How a finished run ended.

    miou, pixel_accuracy, val_loss: validation after the last epoch (of the averaged weights, where the recipe keeps
    any).
    best_miou, best_epoch: the best validation of any epoch. parameters: of the network. seconds: of training.
    """

    miou: float
    pixel_accuracy: float
    val_loss: float
    best_miou: float
    best_epoch: int
    epochs: int
    parameters: int
    seconds: float


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write it whole. Raises OutputError."""
    write_whole(path, (json.dumps({"format_version": FORMAT_VERSION, **document}, indent=1) + "\n").encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """None where there is no such file. Raises OutputError for one that is damaged or cannot be read."""
    with output_errors(path):
        if not path.exists():
            return None
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            document = None
    if not isinstance(document, dict):
        raise OutputError(f"{path} is damaged: delete it, and the same command makes it anew")
    return document


def write_result(folder: Path, result: Result) -> None:
    """Mark the run as finished. Raises OutputError."""
    write_json(GridRunFiles(folder).result, dataclasses.asdict(result))


def read_result(folder: Path) -> Result | None:
    """None where the run is not finished. Raises OutputError where the file is damaged."""
    path = GridRunFiles(folder).result
    document = read_json(path)
    if document is None:
        return None
    try:
        return Result(**{field.name: document[field.name] for field in dataclasses.fields(Result)})
    except KeyError as error:
        raise OutputError(f"{path} lacks {error}: delete it, and the same command makes it anew") from error


def read_history(path: Path) -> list[dict[str, str]]:
    """The lines of a run's history.csv; none where it is not begun."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))
    except FileNotFoundError:
        return []


def result_of(history: list[dict[str, str]], parameters: int) -> Result:
    """From the history of a run that is done. Raises StoppedError where no epoch has a score."""
    scored = [row for row in history if row["miou"] and math.isfinite(float(row["miou"]))]
    if not scored:
        raise StoppedError("no validation sample has a labelled pixel, so the run has no score")
    best, last = max(scored, key=lambda row: float(row["miou"])), scored[-1]
    return Result(
        miou=float(last["miou"]),
        pixel_accuracy=float(last["pixel_accuracy"]),
        val_loss=float(last["val_loss"]),
        best_miou=float(best["miou"]),
        best_epoch=int(best["epoch"]),
        epochs=int(history[-1]["epoch"]),
        parameters=parameters,
        seconds=float(history[-1]["seconds"]),
    )

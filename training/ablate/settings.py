"""What a grid was begun with, so that a later call goes on in the same way or is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from console.errors import UsageError
from training.ablate.options import AblateOptions
from training.ablate.runs.files import GridRunFiles, read_json, write_json
from training.ablate.runs.plan import RUNS, plain_options
from training.ablate.runs.words import flag_and_text
from training.outputs import RunFiles

SETTINGS_NAME = "grid.json"
# These decide how a run goes; where it runs and how it is fed (workers, cache) does not.
KEPT = (
    "depth", "recipe", "loss", "epochs", "batch_size", "learning_rate", "input_size", "encoder_weights", "init",
    "validate_every", "limit_train_batches", "limit_val_batches", "device", "precision",
)  # fmt: skip


def begin(options: AblateOptions, data: dict[str, Any]) -> None:
    """Note what a new folder is begun with, or check that this call goes on with what is in it.

    Where nothing was trained yet, a later call may correct the one that came to nothing.
    data: what is trained on. Raises UsageError for a folder that was begun in another way or holds something else, and
    OutputError where it cannot be written.
    """
    path = options.out / SETTINGS_NAME
    begun, now = read_json(path), _settings(options, data)
    if begun is None:
        _refuse_strange(options.out)
    if begun is None or not _has_trained(options.out):
        write_json(path, now)
        return
    for name, value in now.items():
        if begun.get(name) != value:
            raise UsageError(
                f"--out: {options.out} was begun with {_spelled(name, begun.get(name))}, not {_spelled(name, value)};"
                " go on in the same way or choose another folder"
            )


def _settings(options: AblateOptions, data: dict[str, Any]) -> dict[str, Any]:
    """What must be the same, by its name in the file."""
    shared = plain_options(options.run)
    return {"host": options.host, **{name: shared[name] for name in KEPT}, **data}


def _refuse_strange(folder: Path) -> None:
    if any(entry.name[0] != "." for entry in folder.iterdir()):
        raise UsageError(f"--out: {folder} holds something else than ablations; choose a new or empty folder")


def _has_trained(out: Path) -> bool:
    """Whether any run has something to go on with."""
    folders = (out / RUNS).glob("*/*")
    return any(RunFiles(folder).last.exists() or GridRunFiles(folder).result.exists() for folder in folders)


def _spelled(name: str, value: Any) -> str:
    if name == "host" or name in KEPT:
        flag, text = flag_and_text(name, value)
        return f"no {flag}" if value is None else f"{flag} {text}"
    return f"{name.replace('_', ' ')} {value}"

"""The files of a run: where they lie, and whether they may be written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from console.atomic import make_folder, output_errors
from console.errors import UsageError


@dataclass(frozen=True, slots=True)
class RunFiles:
    """Names inside a run's folder."""

    folder: Path

    @property
    def best(self) -> Path:
        """The network that scored best on the validation samples, for rgbd-live --model."""
        return self.folder / "best.safetensors"

    @property
    def last(self) -> Path:
        """Everything that a later part of the run needs."""
        return self.folder / "last.ckpt"

    @property
    def history(self) -> Path:
        """A line of figures for every epoch."""
        return self.folder / "history.csv"

    @property
    def logs(self) -> Path:
        """What TensorBoard reads."""
        return self.folder / "tensorboard"


def check_folder(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Raise UsageError where an earlier run lies there and may be neither resumed nor overwritten."""
    written = _written(RunFiles(folder))
    if written and not (resume or overwrite):
        raise UsageError(f"{written[0]} exists: go on with it by --resume, or replace it by --overwrite")


def prepare_folder(folder: Path, *, resume: bool, overwrite: bool) -> RunFiles:
    """Make the folder, empty of an earlier run unless that is resumed.

    Raises UsageError where an earlier run lies there and neither is allowed, OutputError where it cannot be written.
    """
    check_folder(folder, resume=resume, overwrite=overwrite)
    files = RunFiles(folder)
    make_folder(folder)
    if overwrite:
        with output_errors(folder):
            for path in _written(files):
                path.unlink()
            shutil.rmtree(files.logs, ignore_errors=True)
    return files


def _written(files: RunFiles) -> list[Path]:
    return [path for path in (files.last, files.best, files.history) if path.exists()]

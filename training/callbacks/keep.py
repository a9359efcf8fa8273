"""After every epoch: the checkpoint, the best model so far and the history, each whole or not at all."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint
from torch import Tensor

from console.atomic import output_errors, part_path, write_whole
from segmentation.checkpoints.checkpoint import save_checkpoint
from training.module import SegmentationModule
from training.outputs import RunFiles

COLUMNS = ("epoch", "train_loss", "val_loss", "miou", "pixel_accuracy", "lr", "seconds")


class Keep(Checkpoint):
    """Keeps last.ckpt, best.safetensors and history.csv up to date.

    note: how the weights come about, for the card of the best model. half: write its weights in float16.
    chooses: the best model is the one that validation scores best; else, without validation, the last one.
    The files are written before the first epoch too, so that there is something to resume from the start.
    """

    def __init__(self, files: RunFiles, note: str, *, half: bool, chooses: bool = True) -> None:
        self.files, self.note, self.half, self.chooses = files, note, half, chooses
        self.rows: list[dict[str, Any]] = []
        self.best_miou = -math.inf

    @property
    def state_key(self) -> str:
        """The name of the state in a checkpoint."""
        return "keep"

    def state_dict(self) -> dict[str, Any]:
        """What a later part of the run goes on with."""
        return {"rows": self.rows, "best_miou": self.best_miou}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with it."""
        self.rows, self.best_miou = list(state_dict["rows"]), float(state_dict["best_miou"])

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Begin the files."""
        self._write_history(trainer)
        self._write_last(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Add the epoch to the files; the checkpoint last, so that it never knows of what is not there."""
        assert isinstance(pl_module, SegmentationModule)
        row = self._row(trainer, pl_module)
        self.rows.append(row)
        if self._is_best(row["miou"]):
            self._write_best(trainer, pl_module, row)
        self._write_history(trainer)
        self._write_last(trainer)

    def _is_best(self, miou: Any) -> bool:
        if not self.chooses:
            return True
        if not isinstance(miou, float) or not miou > self.best_miou:
            return False
        self.best_miou = miou
        return True

    def _row(self, trainer: pl.Trainer, module: SegmentationModule) -> dict[str, Any]:
        scored = "val_miou" in trainer.callback_metrics and module.validation.images > 0
        matrix = module.validation.matrix
        return {
            "epoch": trainer.current_epoch + 1,
            "train_loss": module.mean_train_loss(),
            "val_loss": module.validation.loss if scored else "",
            "miou": matrix.miou() if scored else "",
            "pixel_accuracy": matrix.pixel_accuracy() if scored else "",
            "lr": float(trainer.optimizers[0].param_groups[0]["lr"]),
            "seconds": round(module.clock.elapsed_s, 1),
        }

    def _write_best(self, trainer: pl.Trainer, module: SegmentationModule, row: dict[str, Any]) -> None:
        scores = {name: row[name] for name in ("miou", "pixel_accuracy") if row[name] != ""}
        note = f"{self.note}; epoch {row['epoch']}"
        module.card = replace(module.card, training=note, scores=scores)
        if trainer.is_global_zero:
            with output_errors(self.files.best):
                save_checkpoint(self.files.best, _exported(module.model.state_dict(), self.half), module.card)

    def _write_history(self, trainer: pl.Trainer) -> None:
        if trainer.is_global_zero:
            table = io.StringIO()
            writer = csv.DictWriter(table, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: _figure(row[name]) for name in COLUMNS} for row in self.rows)
            write_whole(self.files.history, table.getvalue().encode())

    def _write_last(self, trainer: pl.Trainer) -> None:
        part = part_path(self.files.last)
        with output_errors(self.files.last):
            try:
                trainer.save_checkpoint(part)
                if trainer.is_global_zero:
                    part.replace(self.files.last)
            finally:
                if trainer.is_global_zero:
                    part.unlink(missing_ok=True)


def _figure(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def _exported(state: dict[str, Tensor], half: bool) -> dict[str, Tensor]:
    return {name: tensor.half() if half and tensor.is_floating_point() else tensor for name, tensor in state.items()}

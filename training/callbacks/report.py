"""What the user sees: a bar in a terminal, a line for every epoch elsewhere."""

from __future__ import annotations

import sys
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, RichProgressBar

from console.say import say
from training.module import SegmentationModule


class EpochLines(Callback):
    """One line for every epoch, on standard error."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say how the epoch went."""
        assert isinstance(pl_module, SegmentationModule)
        loss = pl_module.mean_train_loss()
        if not trainer.is_global_zero:
            return
        validation, epochs = pl_module.validation, trainer.max_epochs
        of = f" of {epochs}" if epochs is not None and epochs > 0 else ""
        text = f"epoch {trainer.current_epoch + 1}{of}: loss {loss:.4f}"
        if validation.images:
            matrix = validation.matrix
            text += (
                f", validation loss {validation.loss:.4f}, mIoU {matrix.miou():.3f} over {matrix.classes_present}"
                f" classes, pixel accuracy {matrix.pixel_accuracy():.3f}"
            )
        say(f"{text}, {pl_module.clock.elapsed_s:.0f} s")


class Bar(RichProgressBar):
    """Lightning's bar, counting epochs from 1, without the number of a version, which our runs do not have."""

    def get_metrics(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> dict[str, Any]:
        """What stands beside the bar."""
        return {name: value for name, value in super().get_metrics(trainer, pl_module).items() if name != "v_num"}

    def _get_train_description(self, current_epoch: int) -> str:
        epochs = self.trainer.max_epochs
        of = f"/{epochs}" if epochs is not None and epochs > 0 else ""
        # As long as the validation's, so that the bar does not jump.
        return f"Epoch {current_epoch + 1}{of}".ljust(len(self.validation_description))


def shows_bar() -> bool:
    """Whether there is a terminal for a progress bar."""
    return sys.stdout is not None and sys.stdout.isatty()


def progress_callbacks() -> list[Callback]:
    """The lines, and in a terminal the bar."""
    return [*([Bar()] if shows_bar() else []), EpochLines()]

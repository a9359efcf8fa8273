"""Ctrl-C between two batches."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from console.interrupt import Interrupt
from training.errors import StopRequest

TOGETHER_EVERY = 10  # batches: how often several processes ask each other, which costs them a moment


class StopOnSignal(Callback):
    """Leaves the loops when a signal came; what was written after the last whole epoch stays as it is.

    Several processes leave together, else those that go on would wait for the others for ever.
    """

    def __init__(self, interrupt: Interrupt) -> None:
        self.interrupt = interrupt

    def on_sanity_check_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Take the signals back: Lightning's own answer to SIGTERM leaves the processes waiting for each other."""
        if self.interrupt.installed:
            self.interrupt.install()

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """The same where a resumed run has no sanity check."""
        self.on_sanity_check_start(trainer, pl_module)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Raise StopRequest if a signal came, to this process or to another."""
        requested = self.interrupt.requested
        if trainer.world_size > 1:
            requested = batch_idx % TOGETHER_EVERY == 0 and trainer.strategy.reduce_boolean_decision(
                requested, all=False
            )
        if requested:
            raise StopRequest

    def on_validation_batch_end(self, trainer: pl.Trainer, *args: Any, **more: Any) -> None:
        """Raise StopRequest if a signal came; several processes, which may validate unequally many batches, wait."""
        if trainer.world_size == 1 and self.interrupt.requested:
            raise StopRequest

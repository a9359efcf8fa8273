"""Ctrl-C between two batches."""

from __future__ import annotations

from typing import Any

from pytorch_lightning.callbacks import Callback

from console.interrupt import Interrupt
from training.errors import StopRequest


class StopOnSignal(Callback):
    """Leaves the loops when a signal came; what was written after the last whole epoch stays as it is."""

    def __init__(self, interrupt: Interrupt) -> None:
        self.interrupt = interrupt

    def on_train_batch_end(self, *args: Any, **more: Any) -> None:
        """Raise StopRequest if a signal came."""
        self._check()

    def on_validation_batch_end(self, *args: Any, **more: Any) -> None:
        """Raise StopRequest if a signal came."""
        self._check()

    def _check(self) -> None:
        if self.interrupt.requested:
            raise StopRequest

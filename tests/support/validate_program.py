"""Validates a run's last checkpoint in however many processes, and writes the confusion matrix.

Arguments: data, run folder, processes, file for the counts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from console.interrupt import Interrupt
from training.options import TrainOptions
from training.recipes import RECIPES
from training.run import Run

if __name__ == "__main__":
    data, folder, processes, counts = sys.argv[1:]
    options = TrainOptions(
        data=Path(data), out=Path(folder), dataset="rooms", batch_size=2, input_size=(64, 48), device="cpu",
        devices=processes, workers=0, learning_rate=3e-3, resume=True,
    )  # fmt: skip
    run = Run(options, RECIPES["strong"], Interrupt())
    run.trainer.validate(run.module, datamodule=run.data, ckpt_path=run.files.last, verbose=False)
    if run.trainer.is_global_zero:
        np.save(counts, run.module.validation.matrix.counts)

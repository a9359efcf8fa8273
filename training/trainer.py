"""Lightning's trainer, as the options and the recipe want it."""

from __future__ import annotations

from collections.abc import Sequence

import pytorch_lightning as pl
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import Callback, EarlyStopping
from pytorch_lightning.loggers import TensorBoardLogger

from console.errors import UsageError
from console.exit_codes import one_line
from segmentation.errors import EngineUnavailableError
from training.callbacks.report import shows_bar
from training.hardware import lightning_precision
from training.options import TrainOptions
from training.outputs import RunFiles
from training.recipes import Recipe

LOG_EVERY = 10  # batches


def make_trainer(options: TrainOptions, recipe: Recipe, files: RunFiles, callbacks: Sequence[Callback]) -> pl.Trainer:
    """The trainer.

    Raises EngineUnavailableError where the device asked for is not there, UsageError for a number of devices or a
    strategy that Lightning does not take.
    """
    if options.device == "cuda" and not torch.cuda.is_available():
        raise EngineUnavailableError("--device cuda: no CUDA device can be used here; leave it out, or give cpu")
    waits = recipe.stop_patience if options.validates else 0
    stopping = [EarlyStopping("val_loss", patience=waits)] if waits else []
    try:
        return _trainer(options, recipe, files, [*callbacks, *stopping])
    except (MisconfigurationException, ValueError) as error:
        raise UsageError(f"--devices {options.devices} --strategy {options.strategy}: {one_line(error)}") from error


def _trainer(options: TrainOptions, recipe: Recipe, files: RunFiles, callbacks: list[Callback]) -> pl.Trainer:
    once = options.fast_dev_run
    return pl.Trainer(
        accelerator={"auto": "auto", "cpu": "cpu", "cuda": "gpu"}[options.device],
        devices=int(options.devices) if options.devices.isdigit() else options.devices,
        num_nodes=options.nodes,
        strategy=options.strategy,
        precision=lightning_precision(options.precision, options.device, recipe.mixed_precision),
        max_epochs=1 if once else options.epochs or -1,  # settled: only a run that time ends has none
        limit_train_batches=1 if once else options.limit_train_batches,
        limit_val_batches=1 if once else options.limit_val_batches,
        check_val_every_n_epoch=1 if once else options.validate_every,
        gradient_clip_val=recipe.gradient_clip or None,
        num_sanity_val_steps=1,
        log_every_n_steps=LOG_EVERY,
        use_distributed_sampler=False,  # ours neither pads nor repeats
        sync_batchnorm=options.device != "cpu" and torch.cuda.device_count() > 1,
        callbacks=callbacks,
        logger=TensorBoardLogger(files.folder, name="", version=files.logs.name),
        default_root_dir=files.folder,
        enable_checkpointing=True,
        enable_progress_bar=shows_bar(),
        enable_model_summary=False,
    )

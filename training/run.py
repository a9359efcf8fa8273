"""`rgbd-train` without a sub-command: builds what the options name and trains it."""

from __future__ import annotations

import errno
import logging
import os
import warnings

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, EarlyStopping
from pytorch_lightning.loggers import TensorBoardLogger
from pytorch_lightning.utilities.exceptions import SIGTERMException

from console.errors import OutputError, StoppedError
from console.exit_codes import one_line
from console.interrupt import Interrupt
from console.say import say
from segmentation.checkpoints.checkpoint import load_checkpoint
from training.build import build_network, check_same
from training.callbacks.keep import Keep
from training.callbacks.pictures import Pictures
from training.callbacks.report import progress_callbacks, shows_bar
from training.callbacks.stop import StopOnSignal
from training.class_weights import count_labels, median_frequency_weights
from training.data import TrainingData
from training.errors import NotFiniteError, StopRequest
from training.hardware import lightning_precision
from training.memory import is_out_of_memory, largest_that_fits
from training.module import Batch, SegmentationModule
from training.options import TrainOptions
from training.outputs import prepare_folder
from training.recipes import RECIPES, Recipe

READER_KILLED = "a process that reads data was killed, as when memory runs out: lower --workers"
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)


def train(options: TrainOptions, interrupt: Interrupt) -> int:
    """Train; returns the exit code.

    Raises KeyboardInterrupt after a signal, StoppedError where the loss is no number or memory runs out, and the errors
    that console.exit_codes knows.
    """
    _quieten()
    recipe = RECIPES[options.recipe]
    with interrupt.shielded():
        run = Run(options, recipe, interrupt)
        interrupt.check()
        run.go()
    interrupt.check()
    return 0


class Run:
    """One training run, made ready: everything that the options can get wrong is found here."""

    def __init__(self, options: TrainOptions, recipe: Recipe, interrupt: Interrupt) -> None:
        self.options, self.recipe, self.interrupt = options, recipe, interrupt
        self.first = int(os.environ.get("RANK") or os.environ.get("LOCAL_RANK") or 0) == 0
        torch.manual_seed(options.seed)
        self.data = TrainingData(options, recipe)
        network, card, origin = build_network(options, self.data.classes)
        again = options.resume or not self.first  # the first process has made the folder already
        self.files = prepare_folder(options.out, resume=again, overwrite=options.overwrite and self.first)
        self.resumes = options.resume and self.files.last.exists()
        if self.resumes:
            check_same(load_checkpoint(self.files.last)[0], card, self.files.last)
            origin = f"goes on from {self.files.last}"
        samples = f"{len(self.data.train_set)} training and {len(self.data.val_set)} validation samples"
        self._say(f"{options.model}, {samples}; {origin}")
        self.module = SegmentationModule(
            network,
            card,
            recipe,
            self._class_weights(),
            learning_rate=options.learning_rate or recipe.learning_rate,
            loss=options.loss,
            budget_s=None if options.max_minutes is None else options.max_minutes * 60,
            camera_names=self.data.val_set.camera_names,
        )
        self.trainer = self._trainer()

    def go(self) -> None:
        """Train to the end."""
        failed_batch = self._fit()
        if failed_batch is not None:  # out here, where the failed step's tensors are gone
            raise StoppedError(self._too_large(failed_batch))
        self._say(f"best mIoU {self.keep.best_miou:.4f}: {self.files.best}")

    def _fit(self) -> Batch | None:
        """Run the loops; returns the batch that there was no memory for."""
        try:
            self.trainer.fit(self.module, datamodule=self.data, ckpt_path=self.files.last if self.resumes else None)
        except NotFiniteError as error:
            names = ", ".join(self.data.train_set.samples[i].name for i in error.indices)
            raise StoppedError(
                f"the loss is not a number in epoch {self.trainer.current_epoch + 1}, in the batch of {names}: look at"
                " these, or lower --lr"
            ) from error
        except (StopRequest, SIGTERMException):
            raise KeyboardInterrupt from None
        except OSError as error:
            if error.errno in NO_ROOM:
                raise OutputError(f"cannot write in {self.files.folder}: {error.strerror}") from error
            raise
        except Exception as error:
            if self.interrupt.requested:  # another process of this run was stopped first
                raise KeyboardInterrupt from None
            if is_out_of_memory(error) and self.module.last_batch is not None:
                return self.module.last_batch
            if "DataLoader worker" in str(error):
                raise StoppedError(f"{READER_KILLED} ({one_line(error)})") from error
            raise
        return None

    def _too_large(self, batch: Batch) -> str:
        width, height = self.options.input_size
        fits = largest_that_fits(self.module, batch)
        tried = f"memory is not enough for batches of {len(batch['index'])} at {width}x{height}"
        if not fits:
            return f"{tried}, nor for single samples: lower --input-size, or take a smaller --model"
        return f"{tried}; {fits} fit: give --batch-size {fits}"

    def _class_weights(self) -> torch.Tensor:
        classes, largest = len(self.data.classes), self.recipe.largest_class_weight
        if not largest:
            return torch.ones(classes)
        counts = count_labels(self.data.index, self.data.train_set.samples, classes)
        return torch.from_numpy(median_frequency_weights(counts, largest))

    def _trainer(self) -> pl.Trainer:
        options, recipe = self.options, self.recipe
        self.keep = Keep(self.files, self._note(), half=options.export == "fp16")
        callbacks: list[Callback] = [*progress_callbacks(), StopOnSignal(self.interrupt), self._pictures(), self.keep]
        if recipe.stop_patience:
            callbacks.append(EarlyStopping("val_loss", patience=recipe.stop_patience))
        accelerator = {"auto": "auto", "cpu": "cpu", "cuda": "gpu"}[options.device]
        epochs = options.epochs or (-1 if options.max_minutes is not None else recipe.epochs)
        return pl.Trainer(
            accelerator=accelerator,
            devices=int(options.devices) if options.devices.isdigit() else options.devices,
            num_nodes=options.nodes,
            strategy=options.strategy,
            precision=lightning_precision(options.precision, options.device, recipe.mixed_precision),
            max_epochs=1 if options.fast_dev_run else epochs,
            limit_train_batches=1 if options.fast_dev_run else options.limit_train_batches,
            limit_val_batches=1 if options.fast_dev_run else options.limit_val_batches,
            check_val_every_n_epoch=options.validate_every,
            gradient_clip_val=recipe.gradient_clip or None,
            num_sanity_val_steps=1,
            log_every_n_steps=10,
            use_distributed_sampler=False,  # ours neither pads nor repeats
            sync_batchnorm=options.device != "cpu" and torch.cuda.device_count() > 1,
            callbacks=callbacks,
            logger=TensorBoardLogger(self.files.folder, name="", version=self.files.logs.name),
            default_root_dir=self.files.folder,
            enable_checkpointing=True,
            enable_progress_bar=shows_bar(),
            enable_model_summary=False,
        )

    def _pictures(self) -> Pictures:
        return Pictures(self.data.val_set, self.data.classes, self.options.seed)

    def _note(self) -> str:
        options, data = self.options, self.data
        depth = ", without depth" if options.no_depth else ""
        return (
            f"{len(data.train_set)} samples of {options.dataset}{depth}, recipe {options.recipe},"
            f" batch {data.batch_size}, seed {options.seed}"
        )

    def _say(self, text: str) -> None:
        if self.first:
            say(text)


def _quieten() -> None:
    """What Lightning says of itself; what it says of errors comes as exceptions."""
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(pytorch_lightning|lightning_fabric|torch)\b")

"""`rgbd-train` without a sub-command: builds what the options name and trains it."""

from __future__ import annotations

import logging
import math
import warnings
from dataclasses import replace

import torch
from pytorch_lightning.callbacks import Callback

from console.errors import StoppedError
from console.interrupt import Interrupt
from training.begin.identity import identity_of
from training.begin.resume import begun_run
from training.build import build_network
from training.callbacks.keep import Keep
from training.callbacks.pictures import Pictures
from training.callbacks.report import progress_callbacks
from training.callbacks.stop import StopOnSignal
from training.class_weights import count_labels, median_frequency_weights
from training.data import TrainingData
from training.failures import explained
from training.first_process import is_first_process, say_once
from training.memory import is_out_of_memory, largest_that_fits
from training.module import Batch, SegmentationModule
from training.options import TrainOptions
from training.outputs import prepare_folder
from training.pace import learning_rate_of, settled
from training.recipes import RECIPES, Recipe
from training.samples.open import warning_of
from training.trainer import make_trainer


def train(options: TrainOptions, interrupt: Interrupt) -> int:
    """Train; returns the exit code.

    Raises KeyboardInterrupt after a signal, StoppedError where the loss is no number or memory runs out, and the errors
    that console.exit_codes knows.
    """
    _quieten()
    with interrupt.shielded():
        run = Run(options, RECIPES[options.recipe], interrupt)
        interrupt.check()
        run.go()
    interrupt.check()
    return 0


class Run:
    """One training run, made ready: everything that the options can get wrong is found here."""

    def __init__(self, options: TrainOptions, recipe: Recipe, interrupt: Interrupt) -> None:
        first = is_first_process()
        torch.manual_seed(options.seed)
        begun = begun_run(options)
        if begun is not None:
            options = begun.continued(options)
        self.recipe, self.interrupt = recipe, interrupt
        self.data = TrainingData(options, recipe)
        self.options = options = settled(options, recipe, len(self.data.train_set))
        start = build_network(options, self.data.classes, self.data.index.dataset)
        identity = identity_of(options, recipe, self.data.index, self.data.samples, start.earlier)
        if begun is not None:
            begun.check(start.card, identity)
            identity = replace(identity, earlier=begun.identity.earlier)
        self.resumes = begun is not None
        again = options.resume or not first  # the first process has made the folder already
        self.files = prepare_folder(options.out, resume=again, overwrite=options.overwrite and first)
        origin = start.origin if begun is None else begun.where(options)
        say_once(f"{options.model}, {self._samples()}; {origin}")
        if warning := warning_of(self.data.index):
            say_once(warning)
        self.module = SegmentationModule(
            start.network,
            start.card,
            recipe,
            self._class_weights(),
            learning_rate=learning_rate_of(options, recipe),
            loss=options.loss,
            budget_s=math.inf if options.max_minutes is None else options.max_minutes * 60,
            camera_names=self.data.train_set.camera_names,
            identity=identity.as_document(),
        )
        note, half = self._note(identity.earlier), options.export == "fp16"
        self.keep = Keep(self.files, note, half=half, chooses=options.validates)
        callbacks = [*progress_callbacks(), StopOnSignal(interrupt), *self._pictures(), self.keep]
        self.trainer = make_trainer(options, recipe, self.files, callbacks)

    def go(self) -> None:
        """Train to the end."""
        failed_batch = self._fit()
        if failed_batch is not None:  # out here, where the failed step's tensors are gone
            raise StoppedError(self._too_large(failed_batch))
        if not self.options.validates:
            say_once(f"nothing was chosen: {self.files.best} holds the last epoch's weights")
        elif self.keep.best_miou > -math.inf:
            say_once(f"best mIoU {self.keep.best_miou:.3f}: {self.files.best}")
        else:
            say_once("no validation sample has a labelled pixel, so no model is the best; last.ckpt holds the last")

    def _fit(self) -> Batch | None:
        """Run the loops; returns the batch that there was no memory for."""
        try:
            with explained(self.files.folder, self.data.train_set.samples, self.interrupt):
                self.trainer.fit(self.module, datamodule=self.data, ckpt_path=self.files.last if self.resumes else None)
        except Exception as error:
            if is_out_of_memory(error) and self.module.last_batch is not None:
                return self.module.last_batch
            raise
        return None

    def _too_large(self, batch: Batch) -> str:
        height, width = batch["target"].shape[-2:]
        tried = f"memory is not enough for batches of {len(batch['index'])} at {width}x{height}"
        if self.trainer.world_size > 1:  # a step here would wait for the other processes
            return f"{tried}: halve --batch-size"
        fits = largest_that_fits(self.module, batch)
        if not fits:
            few = "single" if self.module.network.least_batch == 1 else "two"
            return f"{tried}, nor for {few} samples: lower --input-size, or take a smaller --model"
        return f"{tried}; {fits} fit: give --batch-size {fits}"

    def _class_weights(self) -> torch.Tensor:
        classes, largest = len(self.data.classes), self.recipe.largest_class_weight
        if not largest:
            return torch.ones(classes)
        counts = count_labels(self.data.index, self.data.train_set.samples, classes)
        return torch.from_numpy(median_frequency_weights(counts, largest))

    def _samples(self) -> str:
        training = len(self.data.train_set)
        if self.data.val_set is None:
            return f"{training} training samples ({self.options.split}), no validation: the last epoch's weights count"
        return f"{training} training and {len(self.data.val_set)} validation samples"

    def _pictures(self) -> list[Callback]:
        if self.data.val_set is None:
            return []
        return [Pictures(self.data.val_set, self.data.classes, self.options.seed)]

    def _note(self, earlier: str | None) -> str:
        options, data = self.options, self.data
        depth = ", without depth" if options.no_depth else f", {data.index.depth} depth"
        before = f"; before that {earlier}" if earlier else ""
        return (
            f"{len(data.train_set)} {options.split} samples of {data.index.dataset}{depth}, recipe {options.recipe},"
            f" batch {data.batch_size}, seed {options.seed}{before}"
        )


def _quieten() -> None:
    """What Lightning says of itself; what it says of errors comes as exceptions."""
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(pytorch_lightning|lightning_fabric|torch)\b")

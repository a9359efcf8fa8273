"""The two loaders of a run, for whichever of the processes this is."""

from __future__ import annotations

from typing import Any

import pytorch_lightning as pl
from torch.utils.data import DataLoader

from console.errors import UsageError
from segmentation.classes import ClassSet
from segmentation.classes import class_set as class_set_named
from sensors.cores import usable_cores
from sensors.prepared import PreparedIndex, PreparedSample
from training.augment import build_augmentation, normalisation_of, training_size
from training.datasets import SampleMemory, SegmentationDataset, build_loader
from training.options import TrainOptions
from training.recipes import Recipe
from training.samples.open import open_dataset, samples_to_train, samples_to_validate
from training.surroundings import is_street

MOST_WORKERS = 8


class TrainingData(pl.LightningDataModule):
    """Training and validation samples of a folder; val_set: None where all are trained on.

    Raises UsageError and PreparedDataError for a folder that will not do; reading a sample later on raises
    PreparedDataError, which names the file.
    """

    def __init__(self, options: TrainOptions, recipe: Recipe) -> None:
        super().__init__()
        self.options = options
        self.batch_size = options.batch_size or recipe.batch_size
        self.index: PreparedIndex = open_dataset(options.data, options.dataset, options.depth)
        self.classes: ClassSet = class_set_named(self.index.class_set)
        self.train_set = self._dataset(samples_to_train(self.index, validates=options.validates), recipe)
        self.val_set = self._dataset(samples_to_validate(self.index), None) if options.validates else None

    @property
    def samples(self) -> tuple[PreparedSample, ...]:
        """All that the run sees: what it trains on, then what it validates on."""
        return self.train_set.samples + (() if self.val_set is None else self.val_set.samples)

    def _dataset(self, samples: tuple[PreparedSample, ...], recipe: Recipe | None) -> SegmentationDataset:
        options = self.options
        return SegmentationDataset(
            self.index,
            samples,
            num_classes=len(self.classes),
            input_size=options.frame_size if recipe is None else training_size(recipe.name, options.frame_size),
            normalisation=normalisation_of(options.recipe),
            augment=None
            if recipe is None
            else build_augmentation(recipe.name, options.frame_size, street=is_street(self.index.class_set)),
            seed=options.seed,
            memory=SampleMemory(samples) if options.cache == "ram" else None,
        )

    def train_dataloader(self) -> DataLoader[Any]:
        """Shuffled and augmented, from the epoch that the run is at."""
        loader = self._loader(self.train_set, train=True)
        # The loop makes its first iterator before it tells the sampler the epoch.
        loader.sampler.set_epoch(self._trainer.fit_loop.epoch_progress.current.processed)  # pyright: ignore[reportAttributeAccessIssue]
        return loader

    def val_dataloader(self) -> DataLoader[Any] | list[Any]:
        """In order, every sample once over all processes."""
        return [] if self.val_set is None else self._loader(self.val_set, train=False)

    def _loader(self, dataset: SegmentationDataset, *, train: bool) -> DataLoader[Any]:
        trainer = self._trainer
        if len(dataset) < trainer.world_size:
            raise UsageError(f"{len(dataset)} samples are too few for {trainer.world_size} processes: lower --devices")
        workers = self.options.workers
        return build_loader(
            dataset,
            self.batch_size,
            train=train,
            workers=workers_for(trainer.num_devices, trainer.strategy.root_device.type) if workers is None else workers,
            seed=self.options.seed,
            rank=trainer.global_rank,
            world=trainer.world_size,
            pin_memory=trainer.strategy.root_device.type == "cuda",
        )

    @property
    def _trainer(self) -> pl.Trainer:
        if self.trainer is None:
            raise RuntimeError("the loaders are made by a trainer")
        return self.trainer


def workers_for(devices: int, kind: str) -> int:
    """How many processes feed each device: the processors shared out, one left for the training itself.

    Where a CPU trains, a sample takes a sixth of the time of its training step, and a worker that takes a core from the
    step's own threads holds all of them up: measured on two cores, 23 samples/s with one worker and 29 with none.
    """
    if kind == "cpu":
        return min(MOST_WORKERS, usable_cores() // devices // 4)
    return max(1, min(MOST_WORKERS, usable_cores() // devices - 1))

"""Every few epochs, for TensorBoard: random validation samples with their depth, truth and prediction."""

from __future__ import annotations

import numpy as np
import pytorch_lightning as pl
import torch
from numpy.typing import NDArray
from pytorch_lightning.callbacks import Callback
from pytorch_lightning.loggers import TensorBoardLogger

from segmentation.classes import ClassSet, labels_from_ids
from segmentation.labels import label_map
from segmentation.preprocess import picked_nearest, resized_color
from training.datasets import SegmentationDataset
from training.module import SegmentationModule
from training.paint import far_of, paint_depth, paint_labels

EVERY = 5  # epochs
SAMPLES = 4
TAG = "validation: colour, depth, truth, prediction"


class Pictures(Callback):
    """Adds one picture to the log after the first epoch and after every EVERY-th. seed: of which samples are shown."""

    def __init__(self, dataset: SegmentationDataset, classes: ClassSet, seed: int) -> None:
        self.dataset, self.classes, self.seed = dataset, classes, seed

    def on_validation_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw, where it is time."""
        epoch = trainer.current_epoch
        due = epoch == 0 or (epoch + 1) % EVERY == 0
        if due and trainer.is_global_zero and not trainer.sanity_checking and isinstance(pl_module, SegmentationModule):
            picture = self.draw(pl_module, epoch)
            for logger in trainer.loggers:
                if isinstance(logger, TensorBoardLogger):
                    logger.experiment.add_image(TAG, picture, trainer.global_step, dataformats="HWC")

    def draw(self, module: SegmentationModule, epoch: int) -> NDArray[np.uint8]:
        """One row (h, 4 w, 3) uint8 RGB for each of a few random samples, below each other."""
        count = min(SAMPLES, len(self.dataset))
        chosen = np.random.default_rng((self.seed, epoch)).choice(len(self.dataset), count, replace=False)
        return np.concatenate([self._row(module, int(position)) for position in chosen])

    def _row(self, module: SegmentationModule, position: int) -> NDArray[np.uint8]:
        frame, item = self.dataset.frame(position), self.dataset[position]
        inputs = (item[name][None].to(module.device) for name in ("color", "depth_m", "focal_px"))
        with torch.inference_mode(), module.trainer.precision_plugin.forward_context():
            logits = module.model(*inputs)
        truth = labels_from_ids(item["target"].numpy().astype(np.uint8))
        height, width = truth.shape
        predicted = label_map(logits, (height, width)).labels.cpu().numpy()
        size = (width, height)
        panels = (
            resized_color(frame.color, size),
            paint_depth(picked_nearest(frame.depth_m, size), far_of(self.classes)),
            paint_labels(truth, self.classes),
            paint_labels(predicted, self.classes),
        )
        return np.concatenate(panels, axis=1)

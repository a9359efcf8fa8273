"""Counts a validation pass, over all processes, for the whole set and for each camera."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segmentation.labels import label_map
from training.metrics import ConfusionMatrix


class Validation:
    """The confusion matrices of the last pass. camera_names: what the batches' camera numbers mean."""

    def __init__(self, num_classes: int, camera_names: tuple[str, ...]) -> None:
        self.num_classes, self.camera_names = num_classes, camera_names
        self.reset()

    def reset(self) -> None:
        """Forget the last pass."""
        self.by_camera = [ConfusionMatrix(self.num_classes) for _ in self.camera_names]
        self._loss_sum, self._images = 0.0, 0

    def update(self, logits: Tensor, target: Tensor, camera: Tensor, loss: Tensor) -> None:
        """Add a batch: logits (N, C, h, w), target (N, H, W) ids, camera (N,), loss () its mean."""
        size = (target.shape[-2], target.shape[-1])
        for image, number in enumerate(camera.tolist()):
            labels = label_map(logits[image : image + 1], size).labels
            self.by_camera[number].update(labels.to(torch.int64) - 1, target[image])
        self._loss_sum += float(loss) * len(target)
        self._images += len(target)

    def gather(self, strategy: Any) -> None:
        """Replace the counts by the sums over all processes; strategy: the trainer's."""
        own = [[self._loss_sum, self._images], *(matrix.counts.ravel() for matrix in self.by_camera)]
        totals = torch.from_numpy(np.concatenate([np.asarray(part, np.float64) for part in own]))
        totals = strategy.reduce(totals.to(strategy.root_device), reduce_op="sum").cpu().numpy()
        self._loss_sum, self._images = float(totals[0]), int(totals[1])
        tables = totals[2:].reshape(len(self.by_camera), self.num_classes, self.num_classes)
        self.by_camera = [ConfusionMatrix(self.num_classes, table.astype(np.int64)) for table in tables]

    @property
    def images(self) -> int:
        """How many images were scored."""
        return self._images

    @property
    def loss(self) -> float:
        """Mean over the images."""
        return self._loss_sum / max(self._images, 1)

    @property
    def matrix(self) -> ConfusionMatrix:
        """Of all cameras."""
        return sum(self.by_camera, ConfusionMatrix(self.num_classes))

    def scores(self, class_names: Sequence[str]) -> dict[str, float]:
        """Scores by the names they are logged under, beside loss and mIoU. class_names: (C,) without void."""
        matrix = self.matrix
        scores = {"val_pixel_accuracy": matrix.pixel_accuracy(), "val_mean_accuracy": matrix.mean_accuracy()}
        for name, iou in zip(class_names, matrix.iou(), strict=True):
            if not np.isnan(iou):
                scores[f"val_iou/{name}"] = float(iou)
        for name, part in zip(self.camera_names, self.by_camera, strict=True):
            if part.pixels:
                scores[f"val_miou/{name}"] = part.miou()
        return scores

"""Augmentation: labelled frames that could have been, made of frames that were."""

from __future__ import annotations

from training.augment.build import build_augmentation, normalisation_of, training_size
from training.augment.frame import Augmentation, LabelledFrame

__all__ = ["Augmentation", "LabelledFrame", "build_augmentation", "normalisation_of", "training_size"]

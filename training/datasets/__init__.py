"""From prepared samples on disk to batches of tensors."""

from __future__ import annotations

from training.datasets.dataset import SampleError, SegmentationDataset
from training.datasets.loader import build_loader
from training.datasets.memory import SampleMemory
from training.datasets.sampler import EpochSampler, SampleKey
from training.samples.open import open_dataset, samples_of

__all__ = [
    "EpochSampler",
    "SampleError",
    "SampleKey",
    "SampleMemory",
    "SegmentationDataset",
    "build_loader",
    "open_dataset",
    "samples_of",
]

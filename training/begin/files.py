"""The files that a network's first weights come from. Nothing here loads torch, so a refusal does not wait for it."""

from __future__ import annotations

from pathlib import Path

from console.errors import UsageError
from segmentation.assets import asset_path
from segmentation.errors import CheckpointError
from segmentation.models import MODEL_NAMES
from training.options import DOWNLOAD, NO_WEIGHTS


def init_file(init: str) -> Path:
    """The file that --init means.

    Raises UsageError for a name that no weights come along with, CheckpointError where there is no such file.
    """
    path = asset_path(f"models/{init}.safetensors") if init in MODEL_NAMES else Path(init)
    if path.exists():
        return path
    if init in MODEL_NAMES:
        raise UsageError(f"--init {init}: no weights come with the program; give the file of a model that was trained")
    raise CheckpointError(f"--init: model file not found: {init}")


def check_encoder_file(wanted: str | None) -> None:
    """Raise CheckpointError where --encoder-weights means a file that is not there."""
    if wanted not in (None, DOWNLOAD, NO_WEIGHTS) and not Path(wanted).exists():
        raise CheckpointError(
            f"--encoder-weights: file not found: {wanted}; give a file of torchvision's ImageNet weights, {DOWNLOAD} or"
            f" {NO_WEIGHTS}"
        )

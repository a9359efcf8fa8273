"""What a training run was asked for, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console.errors import UsageError
from segmentation.models import DEFAULT_MODEL, check_model_name
from training.names import (
    CACHES,
    DATASETS,
    DEPTHS,
    LOSSES,
    RECIPE_NAMES,
    TRAINED_ON,
    Depth,
    Loss,
    RecipeName,
    TrainedOn,
)
from training.network_options import check_network_option_names
from training.recipes import RECIPES

PRECISIONS = ("auto", "fp32", "bf16", "fp16")
EXPORTS = ("fp32", "fp16")
MODEL_SUFFIXES = (".safetensors", ".ckpt")
DOWNLOAD, NO_WEIGHTS = "download", "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """The options of `rgbd-train` without a sub-command; None = as the folder, the recipe or the machine has it.

    split: what is trained on. input_size: (width, height) px. encoder_weights: a file, "download" or "none". init: a
    model file, or a name whose weights come along. device: auto, cpu, cuda or gpu. network_options: what build_model
    takes beside the model's name. export: precision of the weights in best.safetensors. Raises UsageError, one line.
    """

    data: Path
    out: Path
    dataset: str | None = None
    depth: Depth = "raw"
    split: TrainedOn = "train"
    model: str = DEFAULT_MODEL
    network_options: Mapping[str, Any] = field(default_factory=dict)
    recipe: RecipeName = "strong"
    loss: Loss = "ce"
    epochs: int | None = None
    max_minutes: float | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    input_size: tuple[int, int] | None = None
    encoder_weights: str | None = None
    init: str | None = None
    no_depth: bool = False
    seed: int = 0
    workers: int | None = None
    cache: str = "none"
    device: str = "auto"
    devices: str = "auto"
    nodes: int = 1
    strategy: str = "auto"
    precision: str = "auto"
    export: str = "fp32"
    validate_every: int = 1
    limit_train_batches: int | None = None
    limit_val_batches: int | None = None
    resume: bool = False
    overwrite: bool = False
    fast_dev_run: bool = False

    def __post_init__(self) -> None:
        _check_model(self.model)
        check_network_option_names(self.network_options)
        if self.dataset is not None:
            _among("--dataset", self.dataset, DATASETS)
        _among("--depth", self.depth, DEPTHS)
        _among("--split", self.split, TRAINED_ON)
        _among("--recipe", self.recipe, RECIPE_NAMES)
        _among("--loss", self.loss, LOSSES)
        _among("--precision", self.precision, PRECISIONS)
        _among("--cache", self.cache, CACHES)
        _among("--export", self.export, EXPORTS)
        _among("--device", self.device, ("auto", "cpu", "cuda"))
        for name in ("epochs", "batch_size", "nodes", "validate_every", "limit_train_batches", "limit_val_batches"):
            _at_least(name, getattr(self, name), 1)
        _at_least("workers", self.workers, 0)
        _at_least("seed", self.seed, 0)
        if self.devices != "auto" and not (self.devices.isdigit() and int(self.devices)):
            raise UsageError(f"--devices {self.devices}: give a number from 1, or auto")
        for name, value in (("--lr", self.learning_rate), ("--max-minutes", self.max_minutes)):
            if value is not None and not 0 < value < float("inf"):
                raise UsageError(f"{name} {value:g}: give a number above 0")
        if min(self.frame_size) < 32:
            raise UsageError(f"--input-size {self.frame_size[0]}x{self.frame_size[1]}: both must be at least 32")
        if self.split == "train+val" and RECIPES[self.recipe].plateau is not None:
            raise UsageError(
                f"--split train+val leaves no validation loss, by which {self.recipe} lowers its learning rate:"
                " use --recipe strong, or --split train"
            )
        if self.resume and self.overwrite:
            raise UsageError("--resume goes on with what --overwrite would delete: give one of them")
        if self.resume and self.fast_dev_run:
            raise UsageError("--fast-dev-run tries out a beginning: leave out --resume")
        if self.init is not None and self.encoder_weights not in (None, NO_WEIGHTS):
            raise UsageError("--init brings the encoders' weights along: leave out --encoder-weights")
        if self.no_depth and "farthest_m" in self.network_options:
            raise UsageError("--no-depth believes no depth at all: leave out --network farthest_m")

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height, px, of what frames become: input_size, or the recipe's."""
        return self.input_size or RECIPES[self.recipe].input_size

    @property
    def validates(self) -> bool:
        """Whether samples are kept back from training, to choose the best epoch by."""
        return self.split == "train"


def _check_model(model: str) -> None:
    if Path(model).suffix in MODEL_SUFFIXES:
        raise UsageError(f"--model {model}: give a name here; to start from that file, add --init {model}")
    check_model_name(model)


def _among(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError(f"{name} {value}: use one of {', '.join(known)}")


def _at_least(name: str, value: int | None, least: int) -> None:
    if value is not None and value < least:
        raise UsageError(f"--{name.replace('_', '-')} {value}: must be at least {least}")

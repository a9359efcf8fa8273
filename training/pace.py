"""How long a run is and how fast it learns, where the recipe was published for one batch size and one data set."""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from training.hardware import on_cuda
from training.options import TrainOptions
from training.recipes import Recipe


def settled(options: TrainOptions, recipe: Recipe, samples: int) -> TrainOptions:
    """The options with the run's length, unless only time ends it, and its learning rate. samples: to train on."""
    ends_in_time = options.epochs is None and options.max_minutes is not None
    epochs = None if ends_in_time else epochs_of(options, recipe, samples)
    return replace(options, epochs=epochs, learning_rate=learning_rate_of(options, recipe))


def processes_of(options: TrainOptions) -> int:
    """How many processes train together, as Lightning will start them."""
    if options.devices.isdigit():
        return options.nodes * int(options.devices)
    return options.nodes * (torch.cuda.device_count() if on_cuda(options.device) else 1)


def whole_batch(options: TrainOptions, recipe: Recipe) -> int:
    """The samples of one step, of all processes together."""
    return (options.batch_size or recipe.batch_size) * processes_of(options)


def epochs_of(options: TrainOptions, recipe: Recipe, samples: int) -> int:
    """How many epochs the run has, if no time budget ends it. samples: what is trained on.

    Where the recipe counts iterations, as many epochs as hold them; of another batch than the recipe's more or fewer
    iterations, so that as many samples are seen.
    """
    if options.epochs or recipe.epochs:
        return options.epochs or recipe.epochs
    batch = whole_batch(options, recipe)
    batches = max(1, samples // batch)
    if options.limit_train_batches is not None:
        batches = min(batches, options.limit_train_batches)
    return math.ceil(recipe.iterations * recipe.batch_size / batch / batches)


def learning_rate_of(options: TrainOptions, recipe: Recipe) -> float:
    """The highest learning rate: the one asked for, or the recipe's."""
    if options.learning_rate is not None:
        return options.learning_rate
    follows = whole_batch(options, recipe) / recipe.batch_size if recipe.lr_follows_batch else 1.0
    return recipe.learning_rate * follows

"""The recipe's optimiser."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer

from training.parameters import parameter_groups
from training.recipes import Recipe


def make_optimizer(recipe: Recipe, modules: Sequence[nn.Module], learning_rate: float) -> Optimizer:
    """For everything in these modules that learns; what must not decay does not, see training.parameters."""
    groups = parameter_groups(modules)
    groups[0]["weight_decay"] = recipe.weight_decay
    if recipe.optimizer == "sgd":
        return SGD(groups, lr=learning_rate, momentum=recipe.momentum)
    return (AdamW if recipe.optimizer == "adamw" else Adam)(groups, lr=learning_rate)

from __future__ import annotations

import pytest
import torch
from torch import nn

from segmentation.malleable import MalleableConv2d
from segmentation.models import build_model
from training.optimizer import make_optimizer
from training.recipes import RECIPES


@pytest.mark.parametrize(
    ("recipe", "kind", "decay"), [("strong", "AdamW", 0.01), ("slides", "Adam", 0.0), ("malleable", "SGD", 5e-4)]
)
def test_each_recipe_has_its_optimiser_and_its_decay(recipe, kind, decay) -> None:
    network = build_model("malleable-deresunet-lite", 5)
    optimizer = make_optimizer(RECIPES[recipe], [network], 0.3)
    decayed, rest = optimizer.param_groups
    assert type(optimizer).__name__ == kind
    assert (decayed["weight_decay"], rest["weight_decay"]) == (decay, 0.0)
    assert decayed["lr"] == rest["lr"] == 0.3
    assert decayed.get("momentum") == (0.9 if recipe == "malleable" else None)
    free = {id(parameter) for parameter in rest["params"]}
    for module in network.modules():
        if isinstance(module, MalleableConv2d):
            assert {id(scalar) for scalar in module.no_weight_decay_parameters()} <= free
        if isinstance(module, nn.BatchNorm2d):
            assert {id(module.weight), id(module.bias)} <= free


def test_sgd_steps_as_written_down() -> None:
    """v <- 0.9 v + (g + 5e-4 w); w <- w - lr v."""
    layer = nn.Conv2d(1, 1, 1)
    with torch.no_grad():
        layer.weight.fill_(2.0)
        layer.bias.fill_(1.0)
    optimizer = make_optimizer(RECIPES["malleable"], [layer], 0.1)
    weight, velocity = 2.0, 0.0
    for gradient in (1.0, -0.5, 0.25):
        layer.weight.grad, layer.bias.grad = torch.full_like(layer.weight, gradient), torch.zeros(1)
        optimizer.step()
        velocity = 0.9 * velocity + gradient + 5e-4 * weight
        weight -= 0.1 * velocity
    assert layer.weight.item() == pytest.approx(weight, rel=1e-6)
    assert layer.bias.item() == 1.0

from __future__ import annotations

import pytest
import torch
from torch import nn

from training.average import MovingAverage


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))


def step(net: nn.Sequential, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    net.train()(torch.randn(4, 1, 3, 3, generator=generator) + 5)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator))


def test_weights_and_running_statistics_follow_by_the_same_share() -> None:
    net = network()
    averaging = MovingAverage(net, 0.9)
    expected = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    for count in range(20):
        step(net, count)
        averaging.update(count)
        decay = min(0.9, (1 + count) / (10 + count))
        for name, tensor in net.state_dict().items():
            moves = tensor.is_floating_point()
            expected[name] = decay * expected[name] + (1 - decay) * tensor if moves else tensor.clone()
    for name, tensor in averaging.average.state_dict().items():
        torch.testing.assert_close(tensor, expected[name])
    assert averaging.average[1].num_batches_tracked == 20


def test_the_average_is_no_part_of_what_is_trained() -> None:
    net = network()
    averaging = MovingAverage(net, 0.99)
    before = averaging.average[0].weight.clone()
    step(net, 1)
    assert torch.equal(averaging.average[0].weight, before)
    assert not averaging.average.training
    assert not any(parameter.requires_grad for parameter in averaging.average.parameters())
    assert all(parameter.requires_grad for parameter in net.parameters())


def test_the_first_updates_do_not_cling_to_the_untrained_weights() -> None:
    net = network()
    averaging = MovingAverage(net, 0.9999)
    with torch.no_grad():
        net[0].weight.fill_(7.0)
    for count in range(10):
        averaging.update(count)
    assert (averaging.average[0].weight - 7).abs().max() < 0.01


@pytest.mark.parametrize("decay", [-0.1, 1.0, 1.5])
def test_a_decay_that_is_none_is_refused(decay) -> None:
    with pytest.raises(ValueError, match="decay"):
        MovingAverage(network(), decay)
